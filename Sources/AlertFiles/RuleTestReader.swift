public import CreditCore
import Documents

/// A team's own test of its rules: what happens, and the messages that are expected.
public struct RuleTest: Sendable {
  public struct Event: Sendable {
    public var at: Instant
    public var snapshot: Snapshot?
    public var request: Request?

    public struct Request: Sendable {
      public var method: String
      public var path: String
      public var status: Int
      public var credits: ExactDecimal?
      public var count: Int
      public var tags: [(name: String, value: String)]
    }
  }

  public struct Expectation: Sendable {
    public var at: Instant
    public var rule: String
    public var state: AlertMessage.State
    /// Nil where any will do.
    public var level: String?
    public var severity: AlertMessage.Severity?
    public var mark: SourceMark
  }

  public var name: String
  public var org: String
  public var every: Span
  public var until: Instant?
  public var timeline: [Event] = []
  public var expected: [Expectation] = []
}

/// A file of such tests, with the rules' own file where it names one.
public struct RuleTestFile: Sendable {
  /// As the file means it: relative to the folder that it is in.
  public var alerts: String?
  public var tests: [RuleTest]
}

public enum RuleTestReader {
  /// Throws ``BadInput`` with every fault, in reading order.
  public static func tests(_ source: SourceText) throws(BadInput) -> RuleTestFile {
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    var decoder = RuleTestDecoder()
    let file = decoder.file(root)
    if !decoder.base.faults.isEmpty {
      throw BadInput(
        decoder.base.faults.sorted {
          ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column)
        }
      )
    }
    return file
  }
}

private struct RuleTestDecoder {
  var base = AlertFileDecoder()

  mutating func file(_ root: Node) -> RuleTestFile {
    let fields = Fields(root, of: "the tests", allowed: ["alerts", "tests"], into: &base.faults)
    _ = fields.required("tests", of: "the file", into: &base.faults)
    var tests: [RuleTest] = []
    for (index, node) in (fields.list("tests", into: &base.faults) ?? []).enumerated() {
      tests.append(test(node, index + 1))
    }
    return RuleTestFile(alerts: fields.string("alerts", into: &base.faults), tests: tests)
  }

  private mutating func test(_ node: Node, _ number: Int) -> RuleTest {
    let what = "test \(number)"
    let keys = ["name", "org", "every", "until", "timeline", "expect"]
    let fields = Fields(node, of: what, allowed: keys, into: &base.faults)
    for key in ["timeline", "expect"] {
      _ = fields.required(key, of: what, into: &base.faults)
    }
    var test = RuleTest(
      name: fields.string("name", into: &base.faults) ?? what,
      org: fields.string("org", into: &base.faults) ?? "org_test",
      every: base.span("every", fields, allowsZero: false) ?? Span(seconds: 300)
    )
    test.until = instant("until", fields)
    for node in fields.list("timeline", into: &base.faults) ?? [] {
      if let event = event(node) { test.timeline.append(event) }
    }
    for node in fields.list("expect", into: &base.faults) ?? [] {
      if let expected = expectation(node) { test.expected.append(expected) }
    }
    test.timeline.sort { $0.at < $1.at }
    return test
  }

  private mutating func instant(_ key: String, _ fields: Fields) -> Instant? {
    fields.read(key, into: &base.faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: key)
      if let instant = Instant(text) { return instant }
      throw node.diagnostic(
        "\(key) is \"\(printable(text))\"",
        expected: "a time such as 2026-11-18T09:30:00Z"
      )
    }
  }

  private mutating func event(_ node: Node) -> RuleTest.Event? {
    let what = "an event"
    let keys = [
      "at", "balance", "used", "tier", "request", "credits", "status", "count", "tags",
    ]
    let fields = Fields(node, of: what, allowed: keys, into: &base.faults)
    _ = fields.required("at", of: what, into: &base.faults)
    let at = instant("at", fields)
    let balance = fields.read("balance", into: &base.faults) { (node) throws(Diagnostic) in
      try Self.credits(node, "balance")
    }
    let used = fields.read("used", into: &base.faults) { (node) throws(Diagnostic) in
      try Self.credits(node, "used")
    }
    let tier = fields.string("tier", into: &base.faults)
    let request = request(fields)
    guard let at else { return nil }
    var event = RuleTest.Event(at: at)
    if fields["request"] != nil {
      event.request = request
    } else if balance != nil {
      event.snapshot = Snapshot(
        org: nil,
        at: at,
        balance: balance,
        billingPeriodUsed: used,
        tier: tier
      )
    } else if fields["balance"] == nil {
      base.faults.append(
        node.diagnostic("an event has neither balance nor request", expected: "one of them")
      )
    }
    return event
  }

  private static func credits(_ node: Node, _ what: String) throws(Diagnostic) -> Credits {
    // A balance may be below zero.
    if case .scalar(let text, quoted: false) = node.content, let number = try? ExactDecimal(text),
      let micros = number.millionths
    {
      return Credits(micros: micros)
    }
    throw node.diagnostic("\(what) is \(node.kindDescription)", expected: "credits")
  }

  private mutating func request(_ fields: Fields) -> RuleTest.Event.Request? {
    let credits = fields.amount("credits", into: &base.faults)
    let count = fields.amount("count", into: &base.faults)
    let status = fields.amount("status", into: &base.faults)
    var tags: [(name: String, value: String)] = []
    for entry in fields.mapping("tags", into: &base.faults) ?? [] {
      let value = base.attempt { () throws(Diagnostic) in try entry.value.string(of: "a tag") }
      if let value { tags.append((entry.key.text, value)) }
    }
    let parts = fields.read("request", into: &base.faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "request")
      let parts = text.split(separator: " ").map(String.init)
      guard parts.count == 2, parts[1].hasPrefix("/") else {
        throw node.diagnostic(
          "request is \"\(printable(text))\"",
          expected: "a method and a path such as POST /voice/calls"
        )
      }
      return parts
    }
    guard let parts else { return nil }
    return RuleTest.Event.Request(
      method: parts[0],
      path: parts[1],
      status: Self.whole(status) ?? 200,
      credits: credits,
      count: min(10_000, Self.whole(count) ?? 1),
      tags: tags
    )
  }

  private static func whole(_ number: ExactDecimal?) -> Int? {
    number.flatMap { Int(exactly: $0.roundedDown.significand) }
  }

  private mutating func expectation(_ node: Node) -> RuleTest.Expectation? {
    let what = "an expected message"
    let keys = ["at", "rule", "state", "level", "severity"]
    let fields = Fields(node, of: what, allowed: keys, into: &base.faults)
    for key in ["at", "rule"] { _ = fields.required(key, of: what, into: &base.faults) }
    let at = instant("at", fields)
    let rule = fields.string("rule", into: &base.faults)
    let state: AlertMessage.State? = fields.choice("state", into: &base.faults)
    let severity: AlertMessage.Severity? = fields.choice("severity", into: &base.faults)
    let level = fields.string("level", into: &base.faults)
    guard let at, let rule else { return nil }
    return RuleTest.Expectation(
      at: at,
      rule: rule,
      state: state ?? .firing,
      level: level,
      severity: severity,
      mark: node.mark
    )
  }
}
