import CreditCore
import Documents
import Rating

extension BookDecoder {
  private static let operationKeys = [
    "id", "title", "requests", "drivers", "quantity_from", "credits_from", "job_from",
    "job_path", "hold", "waterfall", "repeats", "plans",
  ]

  /// An operation with the place of each of its patterns, or nil where the id is missing.
  ///
  /// What the node does not say is as in the operation of the same id in `base`.
  mutating func operation(
    _ node: Node,
    base: PriceBook?,
    plans: [String]
  ) -> (Operation, [SourceMark?]?)? {
    let allowed = Self.operationKeys + Self.rateKeys
    let fields = Fields(node, of: "an operation", allowed: allowed, into: &faults)
    guard let id = id(fields, base) else { return nil }
    let old = base?.operation(id)
    let unknown = Rate(
      metering: .unpriced,
      unit: .request,
      provenance: Provenance(source: "", confidence: .assumed)
    )
    let rate = rate(fields, of: id, fallback: old?.rate ?? unknown)
    var operation = old ?? Operation(id: id, title: id, rate: rate)
    operation.rate = rate
    operation.title = fields.string("title", into: &faults) ?? operation.title
    readQuantity(of: &operation, fields)
    if let node = fields["waterfall"] { operation.waterfall = waterfall(node) }
    if let node = fields["repeats"] { operation.repeats = repeatRule(node) ?? operation.repeats }
    readPlans(of: &operation, fields, plans)
    let requests = fields.list("requests", into: &faults)
    let patterns = requests?.compactMap { node in pattern(node).map { ($0, node.mark) } }
    if let patterns { operation.requests = patterns.map(\.0) }
    check(operation, fields)
    checkJobPath(of: operation, fields)
    return (operation, patterns?.map(\.1))
  }

  /// The operation's id, or nil, with faults, where the node is no operation.
  private mutating func id(_ fields: Fields, _ base: PriceBook?) -> String? {
    _ = fields.required("id", of: "an operation", into: &faults)
    guard let id = fields.string("id", into: &faults), let node = fields["id"] else { return nil }
    guard isOperationID(id) else {
      faults.append(node.diagnostic("id \"\(id)\"", expected: "family.action in small letters"))
      return nil
    }
    if base?.operation(id) != nil { return id }
    let needed = ["title", "metering", "unit", "source", "confidence"]
    if let base, needed.contains(where: { fields[$0] == nil }) {
      let similar = nearest(to: id, among: base.operations.map(\.id))
      faults.append(
        node.diagnostic(
          "\(id) is not in the extended book and not a whole operation either",
          expected: "an operation of \(base.provider), or \(needed.joined(separator: ", "))",
          hint: similar.map { "did you mean \($0)?" }
        )
      )
      return nil
    }
    for key in needed { _ = fields.required(key, of: id, into: &faults) }
    return id
  }

  private mutating func readQuantity(of operation: inout Operation, _ fields: Fields) {
    if let drivers = fields.list("drivers", into: &faults) {
      operation.drivers = drivers.compactMap { driver($0) }
    }
    if let formulas = fields.list("quantity_from", into: &faults) {
      operation.quantityFormulas = formulas.map { formula($0) }
    }
    if let pointers = fields.list("credits_from", into: &faults) {
      operation.creditPointers = pointers.compactMap { bodyPointer($0)?.0 }
    }
    if let places = fields.list("job_from", into: &faults) {
      operation.jobPointers = places.compactMap { bodyPointer($0)?.0 }
    }
    operation.jobPlaceholder =
      fields.string("job_path", into: &faults) ?? operation.jobPlaceholder
    if let hold = fields["hold"] { operation.hold = self.hold(hold) ?? operation.hold }
  }

  private mutating func readPlans(
    of operation: inout Operation,
    _ fields: Fields,
    _ plans: [String]
  ) {
    for entry in fields.mapping("plans", into: &faults) ?? [] {
      let plan = entry.key.text
      if !plans.contains(plan) {
        faults.append(unknownKey(entry.key, of: "the plans of \(operation.id)", allowed: plans))
      }
      let what = "\(operation.id) on \(plan)"
      let detail = Fields(entry.value, of: what, allowed: Self.rateKeys, into: &faults)
      operation.planRates[plan] = rate(
        detail,
        of: what,
        fallback: operation.planRates[plan] ?? operation.rate
      )
    }
  }

  private func isOperationID(_ id: String) -> Bool {
    let parts = id.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy(\.isPlainName)
  }

  private mutating func driver(_ node: Node) -> Driver? {
    let what = "a driver"
    let fields = Fields(
      node,
      of: what,
      allowed: ["name", "kind", "default", "items", "requests"],
      into: &faults
    )
    _ = fields.required("name", of: what, into: &faults)
    guard let name = fields.string("name", into: &faults) else { return nil }
    return Driver(
      name: name,
      kind: fields.choice("kind", into: &faults) ?? .amount,
      defaultValue: fields.amount("default", into: &faults),
      countsItems: fields.boolean("items", into: &faults) ?? false,
      countsRequests: fields.boolean("requests", into: &faults) ?? false
    )
  }

  private mutating func formula(_ node: Node) -> [QuantityFactor] {
    let factors = attempt { () throws(Diagnostic) in
      try node.elements(of: "a formula of quantity_from")
    }
    if factors?.isEmpty == true {
      faults.append(node.diagnostic("a formula has no factors", expected: "at least one"))
    }
    return (factors ?? []).compactMap { factor in
      if case .mapping(let entries) = factor.content, entries.first?.key.text == "sequence_steps" {
        let fields = Fields(factor, of: "a factor", allowed: ["sequence_steps"], into: &faults)
        return fields.string("sequence_steps", into: &faults).map {
          .sequenceSteps(placeholder: $0)
        }
      }
      return bodyPointer(factor).map { .body($0.0, per: $0.1, isAssumed: $0.2) }
    }
  }

  mutating func bodyPointer(_ node: Node) -> (BodyPointer, ExactDecimal, Bool)? {
    let what = "a place in a body"
    let fields = Fields(
      node,
      of: what,
      allowed: ["request", "response", "per", "assumed"],
      into: &faults
    )
    let isAssumed = fields.boolean("assumed", into: &faults) ?? false
    let per = fields.amount("per", into: &faults) ?? .one
    if per.isZero, let node = fields["per"] {
      faults.append(node.diagnostic("per is 0", expected: "a number above zero"))
    }
    if fields["request"] != nil, let node = fields["response"] {
      faults.append(node.diagnostic("\(what) names both bodies", expected: "one of them"))
    }
    for side in [BodySide.request, .response] {
      guard let place = fields[side.rawValue] else { continue }
      if case .scalar("", quoted: true) = place.content, let whole = JSONPointer("") {
        return (BodyPointer(side: side, pointer: whole), per.isZero ? .one : per, isAssumed)
      }
      guard let text = fields.string(side.rawValue, into: &faults) else { return nil }
      guard let pointer = JSONPointer(text) else {
        faults.append(
          place.diagnostic(
            "\"\(text)\" is not a JSON Pointer",
            expected: "a pointer such as /data/id"
          )
        )
        return nil
      }
      return (BodyPointer(side: side, pointer: pointer), per.isZero ? .one : per, isAssumed)
    }
    faults.append(node.diagnostic("\(what) names no body", expected: "request: or response:"))
    return nil
  }

  private mutating func hold(_ node: Node) -> Hold? {
    let keys = ["factor", "of", "release_every", "source", "confidence", "note", "disputed"]
    let fields = Fields(node, of: "hold", allowed: keys, into: &faults)
    for key in ["factor", "of"] { _ = fields.required(key, of: "hold", into: &faults) }
    guard let factor = fields.amount("factor", into: &faults),
      let driver = fields.string("of", into: &faults)
    else { return nil }
    for (key, value) in [
      ("factor", factor), ("release_every", fields.amount("release_every", into: &faults) ?? .one),
    ] where value.isZero {
      faults.append(
        (fields[key] ?? node).diagnostic("\(key) is 0", expected: "a number above zero")
      )
    }
    return Hold(
      factor: factor,
      driver: driver,
      releaseEvery: fields.amount("release_every", into: &faults) ?? .one,
      provenance: provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    )
  }

  mutating func pattern(_ node: Node) -> RequestPattern? {
    guard case .mapping = node.content else { return pattern(node, text: node) }
    let fields = Fields(node, of: "a request", allowed: ["match", "body"], into: &faults)
    guard let match = fields.required("match", of: "a request", into: &faults),
      var pattern = pattern(node, text: match)
    else { return nil }
    for entry in fields.mapping("body", into: &faults) ?? [] {
      guard
        let text = attempt({ () throws(Diagnostic) in
          try entry.value.string(of: "a body condition")
        })
      else { continue }
      pattern.conditions.append(
        RequestPattern.Condition(
          place: .body,
          name: entry.key.text,
          values: RequestPattern.values(text)
        )
      )
    }
    return pattern
  }

  private mutating func pattern(_ node: Node, text: Node) -> RequestPattern? {
    attempt { () throws(Diagnostic) in
      let written = try text.string(of: "a request")
      do throws(RequestPattern.Fault) {
        return try RequestPattern(written)
      } catch {
        throw text.diagnostic(error.message, expected: error.expected)
      }
    }
  }
}

extension StringProtocol {
  /// Whether it is a name in small letters, digits and `_`.
  var isPlainName: Bool {
    !isEmpty
      && utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
      }
  }
}
