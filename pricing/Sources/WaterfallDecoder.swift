import CreditCore
import Documents
import Rating

extension BookDecoder {
  mutating func waterfall(_ node: Node) -> Waterfall? {
    let what = "waterfall"
    let fields = Fields(
      node,
      of: what,
      allowed: ["providers", "verifiers", "orders"],
      into: &faults
    )
    _ = fields.required("providers", of: what, into: &faults)
    let providers = (fields.list("providers", into: &faults) ?? []).compactMap { provider($0) }
    let verifiers = (fields.list("verifiers", into: &faults) ?? []).compactMap { verifier($0) }
    var orders: [(field: String, providers: [String])] = []
    for entry in fields.mapping("orders", into: &faults) ?? [] {
      let nodes = attempt { () throws(Diagnostic) in
        try entry.value.elements(of: "the order of \(entry.key.text)")
      }
      orders.append((entry.key.text, (nodes ?? []).compactMap { name($0, among: providers) }))
    }
    return Waterfall(providers: providers, verifiers: verifiers, orders: orders)
  }

  private mutating func name(_ node: Node, among providers: [Waterfall.Provider]) -> String? {
    attempt { () throws(Diagnostic) in
      let name = try node.string(of: "a provider")
      if providers.contains(where: { $0.id == name }) { return name }
      let known = providers.map(\.id)
      throw node.diagnostic(
        "unknown provider \"\(name)\"",
        expected: "one of \(known.joined(separator: ", "))",
        hint: nearest(to: name, among: known).map { "did you mean \($0)?" }
      )
    }
  }

  private mutating func provider(_ node: Node) -> Waterfall.Provider? {
    let what = "a provider"
    let keys = ["id", "prices", "own_key_only", "source", "confidence", "note", "disputed"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    for key in ["id", "prices"] { _ = fields.required(key, of: what, into: &faults) }
    guard let id = fields.string("id", into: &faults) else { return nil }
    var prices: [(field: String, price: ExactDecimal)] = []
    for entry in fields.mapping("prices", into: &faults) ?? [] {
      let price = attempt { () throws(Diagnostic) in
        try entry.value.amount(of: "the price of \(entry.key.text)")
      }
      if let price { prices.append((entry.key.text, price)) }
    }
    return Waterfall.Provider(
      id: id,
      prices: prices,
      ownKeyOnly: fields.boolean("own_key_only", into: &faults) ?? false,
      provenance: provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    )
  }

  private mutating func verifier(_ node: Node) -> Waterfall.Verifier? {
    let what = "a verifier"
    let keys = ["id", "price", "source", "confidence", "note", "disputed"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    for key in ["id", "price"] { _ = fields.required(key, of: what, into: &faults) }
    guard let id = fields.string("id", into: &faults),
      let price = fields.amount("price", into: &faults)
    else { return nil }
    return Waterfall.Verifier(
      id: id,
      price: price,
      provenance: provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    )
  }
}
