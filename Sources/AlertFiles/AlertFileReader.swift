public import Alerting
public import CreditCore
import Documents

/// Reads `alerts.yaml`.
public enum AlertFileReader {
  /// The destinations and rules of a text.
  ///
  /// Throws ``BadInput`` with every fault, in reading order.
  public static func plan(_ source: SourceText) throws(BadInput) -> AlertPlan {
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    var decoder = AlertFileDecoder()
    let plan = decoder.plan(root)
    if !decoder.faults.isEmpty {
      throw BadInput(
        decoder.faults.sorted { ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column) }
      )
    }
    return plan
  }
}

/// Takes rules out of nodes and collects every fault on the way.
struct AlertFileDecoder {
  var faults: [Diagnostic] = []

  mutating func plan(_ root: Node) -> AlertPlan {
    var plan = AlertPlan()
    let what = "the alerts"
    let fields = Fields(root, of: what, allowed: ["destinations", "rules"], into: &faults)
    for entry in fields.mapping("destinations", into: &faults) ?? [] {
      guard let (kind, fallback) = destination(entry) else { continue }
      plan.destinations.append(Destination(name: entry.key.text, kind: kind))
      if let fallback { plan.fallbacks[entry.key.text] = fallback.name }
    }
    checkFallbacks(fields, plan)
    _ = fields.required("rules", of: what, into: &faults)
    let nodes = fields.list("rules", into: &faults) ?? []
    if let node = fields["rules"], case .sequence(let all) = node.content, all.isEmpty {
      faults.append(node.diagnostic("there are no rules", expected: "at least one rule"))
    }
    let names = plan.destinations.map(\.name)
    var known: Set<String> = []
    for (index, node) in nodes.enumerated() {
      guard let rule = rule(node, index + 1, names) else { continue }
      if !known.insert(rule.name).inserted {
        faults.append(
          node.diagnostic(
            "rule \(index + 1) is named \"\(printable(rule.name))\", as is one before it",
            expected: "a name of its own"
          )
        )
      }
      plan.rules.append(rule)
    }
    return plan
  }

  private mutating func checkFallbacks(_ fields: Fields, _ plan: AlertPlan) {
    for entry in fields.mapping("destinations", into: &faults) ?? [] {
      guard let fallback = plan.fallbacks[entry.key.text],
        case .mapping(let entries) = entry.value.content,
        let node = entries.first(where: { $0.key.text == "fallback" })?.value
      else { continue }
      if fallback == entry.key.text {
        faults.append(
          node.diagnostic("\(fallback) is its own fallback", expected: "another destination")
        )
      } else if !plan.destinations.contains(where: { $0.name == fallback }) {
        faults.append(unknownDestination(node, fallback, plan.destinations.map(\.name)))
      }
    }
  }

  func unknownDestination(_ node: Node, _ name: String, _ names: [String]) -> Diagnostic {
    node.diagnostic(
      "there is no destination \"\(printable(name))\"",
      expected: names.isEmpty
        ? "a name of a destination; there are none" : "one of \(names.joined(separator: ", "))",
      hint: nearest(to: name, among: names).map { "did you mean \($0)?" }
    )
  }

  private mutating func rule(_ node: Node, _ number: Int, _ names: [String]) -> AlertRule? {
    let what = "rule \(number)"
    let keys = [
      "name", "when", "severity", "for", "release", "repeat_every", "send_to", "org",
    ]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    hintMisplaced(node)
    let name = fields.required("name", of: what, into: &faults).flatMap { _ in
      fields.string("name", into: &faults)
    }
    let when = fields.required("when", of: what, into: &faults)
    let condition = when.flatMap { self.condition($0, of: what) }
    let severity: AlertMessage.Severity? = fields.choice("severity", into: &faults)
    let hold = span("for", fields, allowsZero: true)
    let release = fields["release"].flatMap { percent($0, "release", most: 1_000) }
    let repeats = repeatEvery(fields)
    let sendTo = strings("send_to", fields)
    for (name, node) in sendTo ?? [] where !names.contains(name) {
      faults.append(unknownDestination(node, name, names))
    }
    let orgs = strings("org", fields)
    guard let name, let condition else { return nil }
    var rule = AlertRule(name: name, condition: condition)
    rule.severity = severity ?? .warning
    rule.hold = hold ?? Span(seconds: 0)
    rule.release = release ?? ExactDecimal(10)
    rule.repeatEvery = repeats ?? AlertRule.usualRepeat(rule.severity)
    if repeats == .some(nil) { rule.repeatEvery = nil }
    rule.sendTo = sendTo?.map(\.0) ?? names
    rule.orgs = orgs?.map(\.0) ?? []
    return rule
  }

  /// What a rule watches stands in `when`, which is easily left empty above it.
  private mutating func hintMisplaced(_ node: Node) {
    guard case .mapping(let entries) = node.content else { return }
    for entry in entries where Self.kindNames.contains(entry.key.text) {
      for place in faults.indices where faults[place].mark.isAt(entry.key.mark) {
        faults[place].hint = "it belongs into when: indent it further"
      }
    }
  }

  /// Nil where the rule does not say; a nil within for never.
  private mutating func repeatEvery(_ fields: Fields) -> Span?? {
    guard let node = fields["repeat_every"] else { return nil }
    if case .scalar("never", _) = node.content { return .some(nil) }
    return span("repeat_every", fields, allowsZero: false, or: " or never").map { .some($0) }
  }

  /// One text, or a list of them, each with its place.
  mutating func strings(_ key: String, _ fields: Fields) -> [(String, Node)]? {
    guard let node = fields[key] else { return nil }
    var nodes = [node]
    if case .sequence(let elements) = node.content { nodes = elements }
    if nodes.isEmpty {
      faults.append(
        node.diagnostic("\(key) is empty", expected: "at least one; without \(key) it is all")
      )
    }
    return nodes.compactMap { node in
      attempt { () throws(Diagnostic) in (try node.string(of: key), node) }
    }
  }

  mutating func span(
    _ key: String,
    _ fields: Fields,
    allowsZero: Bool,
    or alternative: String = ""
  ) -> Span? {
    fields[key].flatMap { span($0, key, allowsZero: allowsZero, or: alternative) }
  }

  mutating func span(
    _ node: Node,
    _ what: String,
    allowsZero: Bool = false,
    or alternative: String = ""
  ) -> Span? {
    attempt { () throws(Diagnostic) in
      let expected = "a time such as 30m, 24h or 7d" + alternative
      guard case .scalar(let text, _) = node.content, let span = Span(text) else {
        throw node.diagnostic(
          "\(what) is \(node.kindDescription)",
          expected: expected,
          hint: node.written.flatMap(AlertFileHints.span)
        )
      }
      if span.seconds == 0, !allowsZero {
        throw node.diagnostic("\(what) is \(text)", expected: "a time above zero")
      }
      return span
    }
  }

  /// A percentage such as `10%`.
  mutating func percent(_ node: Node, _ what: String, most: Int) -> ExactDecimal? {
    attempt { () throws(Diagnostic) in
      guard case .scalar(let text, _) = node.content, text.hasSuffix("%"),
        let number = try? ExactDecimal(String(text.dropLast())), !number.isNegative,
        number <= ExactDecimal(most), number.scale <= 6
      else {
        throw node.diagnostic(
          "\(what) is \(node.kindDescription)",
          expected: "a percentage from 0% to \(most)%",
          hint: node.written.flatMap(AlertFileHints.percent)
        )
      }
      return number.normalized
    }
  }

  mutating func attempt<Value>(_ body: () throws(Diagnostic) -> Value) -> Value? {
    do throws(Diagnostic) { return try body() } catch {
      faults.append(error)
      return nil
    }
  }
}

extension Node {
  /// A scalar as it is written; nil for others.
  var written: String? { if case .scalar(let text, _) = content { text } else { nil } }
}

extension SourceMark {
  func isAt(_ other: SourceMark) -> Bool { line == other.line && column == other.column }
}
