import Alerting
import CreditCore
import Testing

@Suite("Alerts at the very line, and a micro-credit beside it")
struct BoundaryTests {
  static func rule(
    _ condition: AlertCondition = .balanceBelow(.amount(ExactDecimal(5_000))),
    hold: Int64 = 0,
    repeatEvery: Int64? = nil
  ) -> AlertRule {
    var rule = AlertRule(name: "rule", condition: condition)
    rule.hold = Span(seconds: hold)
    rule.repeatEvery = repeatEvery.map { Span(seconds: $0) }
    return rule
  }

  /// Feeds a rule with one value after another, and gives what it says at each.
  static func run(
    _ rule: AlertRule,
    _ values: [String?],
    every seconds: Int64 = 300
  ) throws -> (states: [String], messages: [[AlertMessage]]) {
    var entries: [AlertKey: AlertEntry] = [:]
    var states: [String] = []
    var messages: [[AlertMessage]] = []
    for (step, text) in values.enumerated() {
      let now = Instant(microseconds: Int64(step) * seconds * 1_000_000)
      var machine = AlertMachine(org: "o", epoch: 0, event: nil, now: now) { $0 }
      var measure = AlertMeasure(value: try text.map { try ExactDecimal($0) })
      measure.asOf = now
      machine.take(rule, measure) { entries[$0] }
      machine.conclude([])
      for row in machine.rows { entries[row.key] = row.entry }
      states.append(machine.rows.map(\.entry.state.rawValue).joined(separator: " "))
      messages.append(machine.messages.map(\.message))
    }
    return (states, messages)
  }

  static let cases: [(name: String, values: [String?], states: [String], said: [Int])] = [
    ("a micro-credit above", ["5000.000001"], ["ok"], [0]),
    ("exactly at it", ["5000"], ["firing"], [1]),
    ("a micro-credit below", ["4999.999999"], ["firing"], [1]),
    ("nothing left is not nothing known", ["0"], ["firing"], [1]),
    ("below zero", ["-17.5"], ["firing"], [1]),
    ("the first look fires too", ["12"], ["firing"], [1]),
    (
      "the same again says nothing", ["4000", "4000", "4000"], ["firing", "firing", "firing"],
      [1, 0, 0]
    ),
    ("topped up exactly to the line", ["4000", "5000"], ["firing", "firing"], [1, 0]),
    ("within the band", ["4000", "5499.999999"], ["firing", "firing"], [1, 0]),
    ("at the end of the band", ["4000", "5500"], ["firing", "firing"], [1, 0]),
    ("beyond the band", ["4000", "5500.000001"], ["firing", "resolved"], [1, 1]),
    ("and again", ["4000", "6000", "4000"], ["firing", "resolved", "firing"], [1, 1, 1]),
    ("the band itself does not fire", ["6000", "5200"], ["ok", "ok"], [0, 0]),
    (
      "what is not known changes nothing", ["4000", nil, "6000"], ["firing", "firing", "resolved"],
      [1, 0, 1]
    ),
    ("not known at first", [nil], ["ok"], [0]),
  ]

  @Test("a balance", arguments: cases.indices)
  func balance(index: Int) throws {
    let (_, values, states, said) = Self.cases[index]
    let result = try Self.run(Self.rule(), values)
    #expect(result.states == states)
    #expect(result.messages.map(\.count) == said)
  }

  @Test("an alert that fires at zero alone")
  func zero() throws {
    let rule = Self.rule(.balanceBelow(.amount(.zero)))
    let result = try Self.run(rule, ["0.000001", "0", "-5", "1", "1.000001"])
    #expect(result.states == ["ok", "firing", "firing", "firing", "resolved"])
  }

  @Test("what must hold a while is pending, and a short breach is nothing")
  func hold() throws {
    let result = try Self.run(
      Self.rule(hold: 600),
      ["4000", "4000", "6000", "4000", "4000", "4000"]
    )
    #expect(result.states == ["pending", "pending", "ok", "pending", "pending", "firing"])
    #expect(result.messages.map(\.count) == [0, 0, 0, 0, 0, 1])
  }

  @Test("a repeat is a message of its own, and never is never")
  func repeats() throws {
    let values = Array(repeating: "4000", count: 9)
    let often = try Self.run(Self.rule(repeatEvery: 1_200), values)
    #expect(often.messages.map(\.count) == [1, 0, 0, 0, 1, 0, 0, 0, 1])
    #expect(Set(often.messages.flatMap { $0 }.map(\.id)).count == 3)
    let never = try Self.run(Self.rule(), values, every: 86_400 * 30)
    #expect(never.messages.flatMap { $0 }.count == 1)
  }

  @Test("levels fire at or above; several at once are one message, of the highest")
  func levels() throws {
    let budget = Budget(
      credits: ExactDecimal(1_000),
      per: .month,
      levels: [50, 80, 100].map { ExactDecimal($0) }
    )
    let rule = Self.rule(.budget(budget))
    let result = try Self.run(rule, ["499.999999", "500", "1000", "900", "899.999999", "1"])
    #expect(
      result.states == [
        "ok ok ok", "firing ok ok", "firing firing firing", "firing firing firing",
        "firing firing resolved", "resolved resolved resolved",
      ]
    )
    #expect(
      result.messages.map { $0.map { "\($0.state) \($0.level)" } } == [
        [], ["firing 50%"], ["firing 100%"], [], ["firing 80%", "resolved 100%"],
        ["resolved 50%", "resolved 80%"],
      ]
    )
    #expect(result.messages[2][0].reason.contains("also passed: 80%"))
  }

  @Test("what is above must be strictly above")
  func above() throws {
    let rule = Self.rule(.rateLimitedAbove(ExactDecimal(5), window: Span(seconds: 3_600)))
    let result = try Self.run(rule, ["5", "5.000001", "4.5", "4.499999"])
    #expect(result.states == ["ok", "firing", "firing", "resolved"])
    let none = Self.rule(.unpricedAbove(.amount(.zero), window: Span(seconds: 3_600)))
    #expect(try Self.run(none, ["0", "1", "0"]).states == ["ok", "firing", "resolved"])
  }

  @Test("a value that is estimated fires, and resolves nothing")
  func estimated() throws {
    let rule = Self.rule()
    var measure = AlertMeasure(value: ExactDecimal(4_000))
    measure.isEstimated = true
    #expect(rule.readings(measure)[0].side == .breached)
    measure.value = ExactDecimal(9_000)
    #expect(rule.readings(measure)[0].side == .band)
  }
}
