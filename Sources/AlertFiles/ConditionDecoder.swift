import Alerting
import CreditCore
import Documents

// What a rule watches.
extension AlertFileDecoder {
  /// The key that names the kind of a condition, and the others that it may have.
  private static let kinds: [(key: String, others: [String])] = [
    ("balance_below", []),
    ("runway_below", ["percentile"]),
    ("budget", ["per", "at", "forecast_at", "operation", "family", "tag"]),
    ("burn_rate_above", ["window", "and_window"]),
    ("spike_above", ["window"]),
    ("rate_limited_above", ["window"]),
    ("snapshot_older_than", []),
    ("usage_older_than", []),
    ("unexplained_above", ["window"]),
    ("unpriced_above", ["window"]),
  ]

  static let kindNames = kinds.map(\.key)

  mutating func condition(_ node: Node, of rule: String) -> AlertCondition? {
    let what = "when of \(rule)"
    let names = Self.kindNames
    guard
      let entries = attempt({ () throws(Diagnostic) in try node.entries(of: what) })
    else { return nil }
    let found = Self.kinds.filter { kind in entries.contains { $0.key.text == kind.key } }
    guard let kind = found.first else {
      if let entry = entries.first {
        faults.append(unknownKey(entry.key, of: what, allowed: names))
      } else {
        faults.append(
          node.diagnostic("\(what) is empty", expected: "one of \(names.joined(separator: ", "))")
        )
      }
      return nil
    }
    if found.count > 1, let second = entries.first(where: { $0.key.text == found[1].key }) {
      faults.append(
        Diagnostic(
          "\(rule) watches both \(found[0].key) and \(found[1].key)",
          at: second.key.mark,
          expected: "one of them; the other in a rule of its own"
        )
      )
      return nil
    }
    let fields = Fields(node, of: what, allowed: [kind.key] + kind.others, into: &faults)
    for entry in entries where Int64(entry.key.text) != nil {
      for place in faults.indices where faults[place].mark.isAt(entry.key.mark) {
        faults[place].hint = "a comma separates keys: write numbers without one"
      }
    }
    guard let value = fields[kind.key] else { return nil }
    return condition(kind.key, value, fields)
  }

  private mutating func condition(
    _ kind: String,
    _ value: Node,
    _ fields: Fields
  ) -> AlertCondition? {
    let hour = Span(seconds: 3_600)
    let day = Span(seconds: 86_400)
    switch kind {
    case "balance_below":
      return limit(value, kind, "credits, or a percentage such as 10%").map { .balanceBelow($0) }
    case "runway_below":
      let percentile: RunwayPercentile? = fields.choice("percentile", into: &faults)
      return span(value, kind).map { .runwayBelow($0, percentile ?? .p10) }
    case "budget": return budget(value, fields)
    case "burn_rate_above":
      let (window, other) = (self.window(fields) ?? hour, self.window(fields, "and_window"))
      return factor(value, kind).map { .burnRateAbove($0, window: window, and: other) }
    case "spike_above":
      let window = self.window(fields) ?? hour
      return factor(value, kind).map { .spikeAbove($0, window: window) }
    case "rate_limited_above":
      let window = self.window(fields) ?? hour
      return percent(value, kind, most: 100).map { .rateLimitedAbove($0, window: window) }
    case "unexplained_above":
      let window = self.window(fields) ?? Span(seconds: 7 * 86_400)
      return percent(value, kind, most: 100_000).map { .unexplainedAbove($0, window: window) }
    case "unpriced_above":
      let window = self.window(fields) ?? day
      return limit(value, kind, "a number of requests, or a percentage").map {
        .unpricedAbove($0, window: window)
      }
    case "snapshot_older_than": return span(value, kind).map { .snapshotOlderThan($0) }
    default: return span(value, kind).map { .usageOlderThan($0) }
    }
  }

  private mutating func window(_ fields: Fields, _ key: String = "window") -> Span? {
    guard let node = fields[key], let span = span(node, key) else { return nil }
    if span.seconds > 31 * 86_400 {
      faults.append(node.diagnostic("\(key) is \(span)", expected: "at most 31d"))
      return nil
    }
    return span
  }

  /// An amount, or a share in percent.
  private mutating func limit(_ node: Node, _ what: String, _ expected: String) -> AlertLimit? {
    if case .scalar(let text, _) = node.content, text.hasSuffix("%") {
      return percent(node, what, most: 100).map { .percent($0) }
    }
    return attempt { () throws(Diagnostic) in
      if case .scalar(let text, _) = node.content, Span(text) != nil {
        throw node.diagnostic(
          "\(what) is \"\(printable(text))\"",
          expected: expected,
          hint: what == "balance_below" ? "runway_below takes a time" : nil
        )
      }
      return .amount(try Self.amount(node, what, expected))
    }
  }

  private static func amount(
    _ node: Node,
    _ what: String,
    _ expected: String
  ) throws(Diagnostic) -> ExactDecimal {
    if let hint = node.written.flatMap(AlertFileHints.amount) {
      throw node.diagnostic("\(what) is \(node.kindDescription)", expected: expected, hint: hint)
    }
    let number = try node.amount(of: what, or: expected).normalized
    guard number.millionths != nil else {
      throw node.diagnostic(
        "\(what) is \(number)",
        expected: "at most six decimals, and no more than 9,223,372,036,854 credits"
      )
    }
    return number
  }

  /// `3x`, or 3.
  private mutating func factor(_ node: Node, _ what: String) -> ExactDecimal? {
    attempt { () throws(Diagnostic) in
      guard case .scalar(let text, _) = node.content,
        let number = try? ExactDecimal(text.hasSuffix("x") ? String(text.dropLast()) : text),
        !number.isNegative, !number.isZero, number.scale <= 6, number < ExactDecimal(1_000_000)
      else {
        throw node.diagnostic(
          "\(what) is \(node.kindDescription)",
          expected: "how many times the usual, such as 3x",
          hint: node.written.flatMap(AlertFileHints.factor)
        )
      }
      return number.normalized
    }
  }

  private mutating func budget(_ value: Node, _ fields: Fields) -> AlertCondition? {
    let credits = attempt { () throws(Diagnostic) in
      let credits = try Self.amount(value, "budget", "credits")
      if credits.isZero { throw value.diagnostic("budget is 0", expected: "credits above zero") }
      return credits
    }
    let per: Budget.Period? = fields.choice("per", into: &faults)
    if fields["per"] == nil {
      _ = fields.required("per", of: "a budget", into: &faults)
    }
    let isLevelled = fields["at"] != nil || fields["forecast_at"] != nil
    let levels = self.levels("at", fields) ?? (isLevelled ? [] : [ExactDecimal(100)])
    var budget = Budget(credits: credits ?? .zero, per: per ?? .month, levels: levels)
    budget.forecastLevels = self.levels("forecast_at", fields) ?? []
    budget.operation = fields.string("operation", into: &faults)
    budget.family = fields.string("family", into: &faults)
    let known = faults.count
    for entry in fields.mapping("tag", into: &faults) ?? [] {
      let value = attempt { () throws(Diagnostic) in try entry.value.string(of: "a tag") }
      if let value { budget.tags.append(Budget.Tag(name: entry.key.text, value: value)) }
    }
    if faults.count > known, let node = fields["tag"], let hint = AlertFileHints.tag(node) {
      faults[known].hint = hint
    }
    return credits == nil || per == nil ? nil : .budget(budget)
  }

  /// Percentages that rise.
  private mutating func levels(_ key: String, _ fields: Fields) -> [ExactDecimal]? {
    guard let node = fields[key] else { return nil }
    var nodes = [node]
    if case .sequence(let elements) = node.content { nodes = elements }
    if nodes.isEmpty {
      faults.append(node.diagnostic("\(key) is empty", expected: "a list such as [50%, 100%]"))
    }
    var levels: [ExactDecimal] = []
    for node in nodes {
      guard let level = percent(node, "a level of \(key)", most: 10_000) else { continue }
      if level.isZero || levels.last.map({ level <= $0 }) ?? false {
        faults.append(
          node.diagnostic("level \(level)% does not rise", expected: "percentages that rise from 0")
        )
      } else {
        levels.append(level)
      }
    }
    return levels
  }
}
