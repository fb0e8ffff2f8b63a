import CreditCore
import Documents
import Rating

/// What a line says about the order of a waterfall's providers and their verifier.
struct WaterfallFields {
  var field: Node?
  var providers: Node?
  var verifier: Node?
  var rejectRate: QuantityRange?

  var isGiven: Bool {
    field != nil || providers != nil || verifier != nil || rejectRate != nil
  }

  func plan(
    for operation: Operation,
    _ line: CampaignLine,
    _ node: Node
  ) throws(Diagnostic) -> WaterfallPlan? {
    guard let waterfall = operation.waterfall else { return nil }
    if rejectRate != nil, verifier == nil {
      throw node.fault(
        at: "reject_rate",
        "reject_rate without a verifier",
        expected: "the key verifier"
      )
    }
    if let verifier, rejectRate == nil {
      throw verifier.diagnostic(
        "a verifier without a reject_rate",
        expected: "reject_rate, the share of finds that it rejects",
        hint: "what it accepts costs nothing more"
      )
    }
    var plan = WaterfallPlan(
      steps: [],
      rejectRate: rejectRate ?? Bounds(.zero),
      verifierPrice: .zero
    )
    if let known = try verifier(in: waterfall) {
      plan.verifierPrice = known.price
      plan.confidence = known.provenance.confidence
    }
    guard let providers else {
      if let field, verifier == nil {
        throw field.diagnostic("a field without providers", expected: "the key providers")
      }
      return plan
    }
    try refuseOther(line, operation, node)
    let fieldName = try self.fieldName(waterfall)
    for element in try providers.elements(of: "providers") {
      let step = try step(element, fieldName, waterfall, plan.rejectRate)
      if plan.steps.contains(where: { $0.provider == step.provider }) {
        throw element.diagnostic(
          "provider \(step.provider) stands twice",
          expected: "each provider once"
        )
      }
      plan.steps.append(step)
    }
    if plan.steps.isEmpty {
      throw providers.diagnostic("providers is empty", expected: "at least one provider")
    }
    for step in plan.steps where !step.ownKey {
      let known = waterfall.provider(step.provider)?.provenance.confidence ?? .assumed
      plan.confidence = max(plan.confidence, known)
    }
    return plan
  }

  /// Providers bring their own hit rates, prices and keys, so the line must not.
  private func refuseOther(
    _ line: CampaignLine,
    _ operation: Operation,
    _ node: Node
  ) throws(Diagnostic) {
    if line.creditsPerUnit != nil {
      throw node.fault(
        at: "credits_per_unit",
        "both providers and credits_per_unit are given",
        expected: "one of the two"
      )
    }
    for (driver, value) in zip(operation.drivers, line.drivers)
    where value != nil && driver.kind == .rate {
      throw node.fault(
        at: driver.name,
        "both providers and \(driver.name) are given",
        expected: "the hit_rate of each provider instead"
      )
    }
  }

  /// The field that providers are asked for; the first of the book's orders unless told.
  private func fieldName(_ waterfall: Waterfall) throws(Diagnostic) -> String {
    guard let field else { return waterfall.orders.first?.field ?? "" }
    let name = try field.string(of: "field")
    let known = Set(waterfall.providers.flatMap { $0.prices.map(\.field) }).sorted()
    if known.contains(name) { return name }
    throw field.diagnostic(
      "unknown field \"\(name)\"",
      expected: "one of \(known.joined(separator: ", "))",
      hint: nearest(to: name, among: known).map { "did you mean \($0)?" }
    )
  }

  private func verifier(in waterfall: Waterfall) throws(Diagnostic) -> Waterfall.Verifier? {
    guard let verifier else { return nil }
    let name = try verifier.string(of: "verifier")
    if let known = waterfall.verifier(name) { return known }
    let names = waterfall.verifiers.map(\.id)
    throw verifier.diagnostic(
      "unknown verifier \"\(name)\"",
      expected: "one of \(names.joined(separator: ", "))",
      hint: nearest(to: name, among: names).map { "did you mean \($0)?" }
    )
  }

  private func step(
    _ node: Node,
    _ field: String,
    _ waterfall: Waterfall,
    _ lineReject: QuantityRange
  ) throws(Diagnostic) -> WaterfallPlan.Step {
    var faults: [Diagnostic] = []
    let fields = Fields(
      node,
      of: "a provider",
      allowed: ["provider", "hit_rate", "reject_rate", "own_key"],
      into: &faults
    )
    _ = fields.required("provider", of: "a provider", into: &faults)
    _ = fields.required("hit_rate", of: "a provider", into: &faults)
    let hitRate = fields.read("hit_rate", into: &faults) { (node) throws(Diagnostic) in
      try node.range(of: "hit_rate", isShare: true)
    }
    let reject = fields.read("reject_rate", into: &faults) { (node) throws(Diagnostic) in
      try node.range(of: "reject_rate", isShare: true)
    }
    let ownKey = fields.boolean("own_key", into: &faults) ?? false
    if let fault = faults.first { throw fault }
    guard let nameNode = fields["provider"], let hitRate else {
      throw node.diagnostic("not a provider", expected: "provider and hit_rate")
    }
    let name = try nameNode.string(of: "provider")
    let names = waterfall.providers.map(\.id)
    guard let provider = waterfall.provider(name) else {
      throw nameNode.diagnostic(
        "unknown provider \"\(name)\"",
        expected: "one of \(names.joined(separator: ", "))",
        hint: nearest(to: name, among: names).map { "did you mean \($0)?" }
      )
    }
    if provider.ownKeyOnly, !ownKey {
      throw nameNode.diagnostic(
        "\(name) only answers with your own key",
        expected: "own_key: true on this provider",
        hint: "with your own key a hit costs no credits"
      )
    }
    guard let price = ownKey ? .zero : provider.price(of: field) else {
      let sold = provider.prices.map(\.field).joined(separator: ", ")
      throw nameNode.diagnostic(
        "\(name) has no published price for the field \"\(field)\"",
        expected: sold.isEmpty ? "another provider" : "a field it is priced for: \(sold)"
      )
    }
    return WaterfallPlan.Step(
      provider: name,
      hitRate: hitRate,
      rejectRate: reject ?? lineReject,
      price: price,
      ownKey: ownKey
    )
  }
}
