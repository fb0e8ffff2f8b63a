import CreditCore
import Documents
import Rating

extension BookDecoder {
  private static let countKeys = ["units", "requests", "items", "tag"]

  /// What credits are spent for; as in `base` where the book lists none.
  mutating func outcomes(
    _ fields: Fields,
    _ base: PriceBook?,
    of operations: [Operation]
  ) -> [Outcome] {
    guard let nodes = fields.list("outcomes", into: &faults) else { return base?.outcomes ?? [] }
    var outcomes: [Outcome] = []
    for node in nodes {
      guard let outcome = outcome(node, operations) else { continue }
      if outcomes.contains(where: { $0.id == outcome.id }) {
        faults.append(
          node.diagnostic("outcome \(outcome.id) stands twice", expected: "each outcome once")
        )
      }
      outcomes.append(outcome)
    }
    return outcomes
  }

  private mutating func outcome(_ node: Node, _ operations: [Operation]) -> Outcome? {
    let what = "an outcome"
    let keys = ["id", "title", "counted_by", "costs", "note"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    for key in ["id", "title", "counted_by"] { _ = fields.required(key, of: what, into: &faults) }
    guard let id = fields.string("id", into: &faults), let idNode = fields["id"],
      let title = fields.string("title", into: &faults), let counter = fields["counted_by"]
    else { return nil }
    if !id.isPlainName {
      faults.append(
        idNode.diagnostic("outcome \"\(id)\"", expected: "a name in small letters, digits and _")
      )
    }
    guard let count = count(counter, operations) else { return nil }
    var costs: [String] = []
    if case .tag = count {
      if let stray = fields["costs"] {
        faults.append(
          stray.diagnostic("a tag costs what its requests cost", expected: "no such key")
        )
      }
    } else {
      _ = fields.required("costs", of: what, into: &faults)
      costs = names("costs", fields, operations)
    }
    return Outcome(
      id: id,
      title: title,
      count: count,
      costs: costs,
      note: fields.string("note", into: &faults)
    )
  }

  private mutating func count(_ node: Node, _ operations: [Operation]) -> Outcome.Count? {
    let what = "counted_by"
    let fields = Fields(node, of: what, allowed: Self.countKeys, into: &faults)
    let given = Self.countKeys.filter { fields[$0] != nil }
    guard given.count == 1, let key = given.first else {
      if case .mapping = node.content {
        faults.append(
          node.diagnostic(
            given.isEmpty
              ? "\(what) says nothing" : "\(what) has \(given.joined(separator: " and "))",
            expected: "one of \(Self.countKeys.joined(separator: ", "))"
          )
        )
      }
      return nil
    }
    switch key {
    case "tag": return fields.string("tag", into: &faults).map { .tag($0) }
    case "units": return .units(of: names(key, fields, operations))
    case "requests": return .requests(of: names(key, fields, operations))
    default: return .items(of: names(key, fields, operations))
    }
  }

  /// Names of operations, perhaps with `*`.
  private mutating func names(
    _ key: String,
    _ fields: Fields,
    _ operations: [Operation]
  ) -> [String] {
    (fields.list(key, into: &faults) ?? []).compactMap { node in
      attempt { () throws(Diagnostic) in
        let name = try node.string(of: "an operation")
        let wildcard = Wildcard(name)
        if operations.contains(where: { wildcard.matches($0.id) }) { return name }
        throw node.diagnostic(
          "unknown operation \"\(name)\"",
          expected: "an operation of the book, or several such as voice.*",
          hint: nearest(to: name, among: operations.map(\.id)).map { "did you mean \($0)?" }
        )
      }
    }
  }

  /// Whether the same call again pays for the same work.
  mutating func repeatRule(_ node: Node) -> RepeatRule? {
    let what = "repeats"
    let keys = ["within", "told_by", "note"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    for key in ["within", "told_by"] { _ = fields.required(key, of: what, into: &faults) }
    let days = fields.read("within", into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "within")
      guard let span = Span(text), span.seconds > 0, span.seconds % 86_400 == 0,
        span.seconds <= 366 * 86_400
      else {
        throw node.diagnostic("within is \"\(text)\"", expected: "days, such as 7d, at most 366")
      }
      return Int(span.seconds / 86_400)
    }
    let identity: RepeatRule.Identity? = fields.choice("told_by", into: &faults)
    guard let days, let identity else { return nil }
    return RepeatRule(
      within: days,
      toldBy: identity,
      note: fields.string("note", into: &faults)
    )
  }
}
