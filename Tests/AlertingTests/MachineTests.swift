import Alerting
import CreditCore
import Testing

@Suite("Who is told what")
struct MachineTests {
  private func balance(_ name: String, _ line: Int, _ severity: AlertMessage.Severity) -> AlertRule
  {
    var rule = AlertRule(name: name, condition: .balanceBelow(.amount(ExactDecimal(line))))
    rule.severity = severity
    return rule
  }

  /// Evaluates rules of one organisation over balances, and says who is told at each.
  private func run(
    _ rules: [AlertRule],
    _ balances: [Int],
    _ silences: [Silence] = [],
    every seconds: Int64 = 300
  ) -> [[String]] {
    var entries: [AlertKey: AlertEntry] = [:]
    return balances.enumerated().map { step, balance in
      let now = Instant(microseconds: Int64(step) * seconds * 1_000_000)
      var machine = AlertMachine(org: "o", epoch: 0, event: nil, now: now) { $0 }
      for rule in rules {
        machine.take(rule, AlertMeasure(value: ExactDecimal(balance))) { entries[$0] }
      }
      machine.conclude(silences)
      for row in machine.rows { entries[row.key] = row.entry }
      return machine.messages.map { "\($0.message.state) \($0.message.rule)" }
    }
  }

  @Test("of rules about the balance the gravest is told, and nothing left is gravest")
  func inhibition() {
    let rules = [
      balance("low", 5_000, .warning), balance("very low", 1_000, .critical),
      balance("nothing", 0, .info),
    ]
    #expect(
      run(rules, [9_000, 500, -1, 500, 3_000, 9_000]) == [
        [], ["firing very low"], ["firing nothing"], ["resolved nothing"],
        ["firing low", "resolved very low"], ["resolved low"],
      ]
    )
  }

  @Test("a silence stops messages, not states; at its end, one is told")
  func silence() {
    let silence = Silence(
      rule: "low",
      org: nil,
      from: Instant(microseconds: 0),
      until: Instant(microseconds: 600_000_000),
      author: "a",
      reason: "b"
    )
    let said = run([balance("low", 5_000, .warning)], [4_000, 4_000, 4_000, 4_000], [silence])
    #expect(said == [[], [], ["firing low"], []])
  }

  @Test("a top-up and a new period advance the epoch; spending does not")
  func epochs() {
    func snapshot(_ at: Int64, _ balance: Int64, _ used: Int64?) -> Snapshot {
      Snapshot(
        org: "o",
        at: Instant(microseconds: at),
        balance: Credits(micros: balance),
        billingPeriodUsed: used.map { Credits(micros: $0) }
      )
    }
    var watch = AlertWatch(evaluated: Instant(microseconds: 0))
    #expect(watch.advance(to: snapshot(1, 100, 10)) == nil)
    #expect(watch.advance(to: snapshot(2, 90, 20)) == nil)
    #expect(watch.advance(to: snapshot(3, 140, 30)) == .topUp(Credits(micros: 60)))
    #expect(watch.advance(to: snapshot(3, 500, 30)) == nil)
    #expect(watch.advance(to: snapshot(4, 200, 0)) == .newPeriod)
    #expect(watch.advance(to: snapshot(5, 201, nil)) == .topUp(Credits(micros: 1)))
    #expect(watch.epoch == 3)
  }

  @Test("a new period that breaches at once is told, and an old one stays told")
  func periods() {
    var entries: [AlertKey: AlertEntry] = [:]
    let budget = Budget(credits: ExactDecimal(100), per: .day, levels: [ExactDecimal(50)])
    let rule = AlertRule(name: "budget", condition: .budget(budget))
    var said: [Int] = []
    for (step, period) in ["1", "1", "2", "2"].enumerated() {
      let now = Instant(microseconds: Int64(step) * 1_000_000)
      var machine = AlertMachine(org: "o", epoch: 0, event: nil, now: now) { $0 }
      var measure = AlertMeasure(value: ExactDecimal(60))
      measure.period = period
      machine.take(rule, measure) { entries[$0] }
      machine.conclude([])
      for row in machine.rows { entries[row.key] = row.entry }
      said.append(machine.messages.count)
    }
    #expect(said == [1, 0, 1, 0])
  }

  @Test("what comes late is told as late, once it lasted")
  func late() {
    let rule = balance("low", 5_000, .warning)
    var measure = AlertMeasure(value: ExactDecimal(9_000))
    measure.late = [
      .init(
        value: ExactDecimal(100),
        from: Instant(microseconds: 0),
        to: Instant(microseconds: 60_000_000)
      )
    ]
    var machine = AlertMachine(
      org: "o",
      epoch: 0,
      event: nil,
      now: Instant(microseconds: 90_000_000)
    ) { $0 }
    machine.take(rule, measure) { _ in nil }
    machine.conclude([])
    #expect(machine.messages.map(\.message.state) == [.resolved])
    #expect(machine.messages[0].message.reason.hasPrefix("late data: it was 100 credits"))
    var firing = AlertMachine(
      org: "o",
      epoch: 0,
      event: nil,
      now: Instant(microseconds: 90_000_000)
    ) { $0 }
    measure.value = ExactDecimal(4_000)
    firing.take(rule, measure) { _ in nil }
    firing.conclude([])
    #expect(firing.messages[0].message.since == Instant(microseconds: 0))
  }

  @Test("attempts follow the schedule, and what refuses is tried three times")
  func attempts() {
    var (now, pauses) = (Instant(microseconds: 0), [Int64]())
    for attempt in 1...10 {
      let next = DeliveryPlan.next(
        after: .retry("no", after: nil),
        attempts: attempt,
        now: now,
        chance: 0.5
      )
      guard case .retry(let due, _) = next else {
        #expect(attempt == 10)
        break
      }
      pauses.append((due.microseconds - now.microseconds) / 1_000_000)
      now = due
    }
    #expect(pauses == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])
    let refused = (1...3).map {
      DeliveryPlan.next(after: .refused("no"), attempts: $0, now: now, chance: 0.5)
    }
    #expect(refused[2] == .dead("no"))
    #expect(refused[0] != .dead("no"))
    let asked = DeliveryPlan.next(
      after: .retry("busy", after: Span(seconds: 90)),
      attempts: 1,
      now: Instant(microseconds: 0),
      chance: 0
    )
    #expect(asked == .retry(at: Instant(microseconds: 90_000_000), "busy"))
  }
}
