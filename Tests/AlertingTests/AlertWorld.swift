import Alerting
import CreditCore
import TestSupport

/// Two organisations that spend and one that is silent, for a week, with receivers that fail, data
/// that comes late, top-ups and new billing periods.
struct AlertWorld {
  enum Flaw: CaseIterable {
    /// State is forgotten when the process is killed.
    case forgets
    /// A message is sent before it is kept.
    case sendsFirst
    /// An attempt that fails is the last.
    case dropsFailed
    /// What waits is not superseded, and the newest goes first.
    case overtakes
    /// Every organisation's messages go to the first one's receiver.
    case mixes
    /// A repeat is told at every look.
    case chatters
    /// What fires already is not told again though a new period began.
    case missesPeriods
  }

  private struct Queued {
    var message: AlertMessage
    var destination: String
    var alert: String
    var attempts = 0
    var due: Instant
  }

  private enum Mode: CaseIterable {
    case ok, refuses, slow, losesAnswer, down
  }

  private var random: SeededRandom
  private let flaw: Flaw?
  private(set) var faults: [String] = []
  private(set) var fired = 0
  private(set) var duplicates = 0

  // What the disk holds.
  private var entries: [AlertKey: AlertEntry] = [:]
  private var watches: [String: AlertWatch] = [:]
  private var outbox: [Queued] = []
  private var settled: Set<String> = []

  private var balances: [String: Int64] = ["a": 9_000, "b": 6_000, "silent": 1_000_000]
  /// Since the billing period began, and since midnight.
  private var used: [String: Int64] = [:]
  private var spent: [String: Int64] = [:]
  private var received: [String: [AlertMessage]] = [:]
  private var lostAnswers: Set<String> = []
  private var said: [AlertMessage] = []
  private var due = 0
  /// Budgets that were seen passed in a period, and those that were told in it.
  private var passed: Set<[String]> = []
  private var toldOf: Set<[String]> = []
  /// Hours for which nobody looks.
  private var blind = 0
  private var modes: [String: Mode] = [:]
  private var hour: Int64 = 0

  init(seed: UInt64, flaw: Flaw?) {
    random = SeededRandom(seed: seed &* 7_919 &+ 1)
    self.flaw = flaw
  }

  private static func rules(_ org: String) -> [AlertRule] {
    let low = AlertCondition.balanceBelow(.amount(ExactDecimal(5_000)))
    let lower = AlertCondition.balanceBelow(.amount(ExactDecimal(3_000)))
    let levels = [ExactDecimal(50), ExactDecimal(100)]
    let budget = Budget(credits: ExactDecimal(4_000), per: .day, levels: levels)
    let kinds: [(String, AlertCondition, AlertMessage.Severity, Int64)] = [
      ("low", low, .warning, 0), ("slow", lower, .critical, 7_200),
      ("budget", .budget(budget), .warning, 0),
    ]
    return kinds.map { name, condition, severity, hold in
      var rule = AlertRule(name: name, condition: condition)
      rule.severity = severity
      rule.hold = Span(seconds: hold)
      rule.repeatEvery = severity == .critical ? Span(seconds: 14_400) : nil
      rule.sendTo = [org]
      return rule
    }
  }

  private static let orgs = ["a", "b", "silent"]

  mutating func run() {
    while hour < 7 * 24 {
      if random.chance(0.1) { changeModes() }
      live()
      // Polls fail now and then, and sometimes for long.
      if random.chance(0.01) { blind = 8 + random.below(24) }
      blind -= 1
      if blind < 0, !random.chance(0.1) { look() }
      hour += 1
    }
    // Then it is quiet, and everybody listens: what waits arrives.
    for org in Self.orgs { modes[org] = .ok }
    for _ in 0..<60 {
      look(quiet: true)
      hour += 1
    }
    judge()
  }

  private mutating func changeModes() {
    modes[random.pick(Self.orgs)] = random.pick(Mode.allCases)
  }

  /// An hour of spending; top-ups and new billing periods.
  private mutating func live() {
    for org in ["a", "b"] {
      if hour % 24 == 0 { spent[org] = 0 }
      let credits = Int64(random.below(random.chance(0.1) ? 2_000 : 300))
      balances[org, default: 0] -= credits
      used[org, default: 0] += credits
      spent[org, default: 0] += credits
      if random.chance(0.02) { balances[org, default: 0] += Int64(random.below(8_000)) }
      if random.chance(0.005) { (balances[org], used[org]) = (10_000, 0) }
    }
  }

  /// The hour, by a clock that sometimes is wrong.
  private mutating func clock(_ quiet: Bool) -> Instant {
    let wrong = !quiet && random.chance(0.02) ? Int64(random.below(5) - 2) : 0
    return Instant(microseconds: (hour + wrong + 10) * 3_600_000_000)
  }

  private mutating func look(quiet: Bool = false) {
    let now = clock(quiet)
    var (kept, seen, news) = (entries, watches, Set<[String]>())
    var messages: [(AlertMessage, AlertRule)] = []
    for org in Self.orgs {
      let measures = measures(org, now, quiet)
      var watch = watches[org] ?? AlertWatch(evaluated: now)
      let event = measures.balance.value.flatMap { value in
        watch.advance(to: snapshot(org, value, now))
      }
      seen[org] = watch
      var machine = AlertMachine(org: org, epoch: watch.epoch, event: event, now: now) { $0 }
      for rule in Self.rules(org) {
        var measure = rule.condition.isAboutBalance ? measures.balance : measures.spent
        if flaw == .missesPeriods { measure.period = "" }
        machine.take(rule, measure) { key in
          var entry = entries[key]
          if flaw == .chatters { entry?.isTold = false }
          return entry
        }
      }
      machine.conclude([])
      for row in machine.rows {
        kept[row.key] = row.entry
        countDue(row, now)
        if row.entry.state == .firing, row.reading.side == .breached, row.mute == nil {
          news.insert(period(row.key))
        }
      }
      messages += machine.messages.map { ($0.message, machine.rows[$0.row].rule) }
    }
    let isKilled = !quiet && random.chance(0.05)
    if flaw == .sendsFirst {
      for (message, rule) in messages { receive(message, at: rule.sendTo[0], mode: .ok) }
    }
    // Killed before the transaction: nothing happened, and the same is found at the next look.
    if isKilled, random.chance(0.5) { return }
    (entries, watches) = (kept, seen)
    passed.formUnion(news)
    for (message, rule) in messages { queue(message, to: rule.sendTo[0]) }
    deliver(now, isKilled: isKilled)
    if isKilled, flaw == .forgets { entries = [:] }
  }

  /// What is known of an organisation; a snapshot may be wrong, missing, or come late.
  private mutating func measures(
    _ org: String,
    _ now: Instant,
    _ quiet: Bool
  ) -> (balance: AlertMeasure, spent: AlertMeasure) {
    var balance = AlertMeasure(value: ExactDecimal(balances[org] ?? 0))
    var spent = AlertMeasure(value: ExactDecimal(self.spent[org] ?? 0))
    spent.period = "day \(hour / 24)"
    guard !quiet, org != "silent" else { return (balance, spent) }
    if random.chance(0.02) { balance.value = ExactDecimal(random.below(20_000)) }
    if random.chance(0.05) { balance.value = nil }
    func late() -> AlertMeasure.Late {
      let hours = Int64(1 + random.below(6))
      return AlertMeasure.Late(
        value: ExactDecimal(random.below(9_000)),
        from: Instant(microseconds: now.microseconds - hours * 3_600_000_000),
        to: Instant(microseconds: now.microseconds - Int64(random.below(60)) * 60_000_000)
      )
    }
    if random.chance(0.05) { balance.late = [late()] }
    if random.chance(0.05) { spent.late = [late()] }
    return (balance, spent)
  }

  private func snapshot(_ org: String, _ balance: ExactDecimal, _ now: Instant) -> Snapshot {
    Snapshot(
      org: org,
      at: now,
      balance: Credits(micros: balance.millionths ?? 0),
      billingPeriodUsed: Credits(micros: (used[org] ?? 0) * 1_000_000),
      tier: nil
    )
  }

  /// What may be said: a change of state, a repeat that is due, or the end of what was graver.
  private mutating func countDue(_ row: AlertMachine.Row, _ now: Instant) {
    let before = row.before?.state ?? .ok
    if row.entry.state == .firing, before != .firing { fired += 1 }
    if (row.entry.state == .firing) != (before == .firing) { due += 1 }
    if row.entry.state != .firing, row.reading.lateBreach != nil { due += 1 }
    if row.entry.state == .firing, before == .firing {
      if row.before?.isTold == false || row.before?.period != row.entry.period { due += 1 }
      let last = row.before?.lastTold ?? now
      if let every = row.rule.repeatEvery,
        now.microseconds - min(last, now).microseconds >= every.microseconds
      {
        due += 1
      }
    }
  }

  private mutating func queue(_ message: AlertMessage, to name: String) {
    let destination = flaw == .mixes ? "a" : name
    let alert = AlertKey(rule: message.rule, org: message.org, level: message.level).text
    said.append(message)
    if message.state == .firing {
      toldOf.insert(period(AlertKey(rule: message.rule, org: message.org, level: message.level)))
    }
    if flaw != .overtakes {
      outbox.removeAll { $0.destination == destination && $0.alert == alert }
    }
    outbox.append(
      Queued(message: message, destination: destination, alert: alert, due: message.at)
    )
  }

  /// Names a budget's period of now; other rules have none.
  private func period(_ key: AlertKey) -> [String] {
    [key.text, key.rule == "budget" ? "day \(hour / 24)" : ""]
  }

  private mutating func deliver(_ now: Instant, isKilled: Bool) {
    var (left, stopped) = ([Queued](), false)
    let rows = flaw == .overtakes ? outbox.reversed() : outbox
    for var row in rows {
      let isDue = row.due <= now || row.due.microseconds - now.microseconds > 108_000_000_000
      guard isDue, !stopped else {
        left.append(row)
        continue
      }
      let outcome = receive(row.message, at: row.destination, mode: modes[row.destination] ?? .ok)
      if isKilled, random.chance(0.5) {
        // Killed between the answer and its being kept: the attempt is made again.
        lostAnswers.insert(row.message.id)
        left.append(row)
        stopped = true
        continue
      }
      row.attempts += 1
      // Receivers come back within the week, so that the schedule's hours are cut short here.
      let next = DeliveryPlan.next(
        after: outcome,
        attempts: min(row.attempts, 4),
        now: now,
        chance: random.unit()
      )
      if case .retry(let due, _) = next, flaw != .dropsFailed {
        row.due = due
        left.append(row)
      }
    }
    outbox = flaw == .overtakes ? left.reversed() : left
  }

  @discardableResult
  private mutating func receive(
    _ message: AlertMessage,
    at destination: String,
    mode: Mode
  ) -> DeliveryOutcome {
    switch mode {
    case .refuses, .down: return .retry("no", after: nil)
    case .slow: return .retry("slow", after: Span(seconds: 600))
    case .losesAnswer:
      lostAnswers.insert(message.id)
      received[destination, default: []].append(message)
      return .retry("cut off", after: nil)
    case .ok:
      received[destination, default: []].append(message)
      return .delivered
    }
  }

  // MARK: What must hold

  private mutating func judge() {
    if !outbox.isEmpty { faults.append("\(outbox.count) messages still wait") }
    if said.count > due { faults.append("\(said.count) messages, and \(due) were due") }
    let places = Dictionary(
      said.enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    if places.count != said.count { faults.append("an id stands for two messages") }
    for missed in passed.subtracting(toldOf).sorted(by: { $0[0] < $1[0] }) {
      faults.append("nobody was told of \(missed)")
    }
    if received["silent"] != nil { faults.append("a silent organisation was told") }
    for (destination, messages) in received.sorted(by: { $0.key < $1.key }) {
      for message in messages where message.org != destination {
        faults.append("\(destination) heard of \(message.org)")
      }
      var last: [String: AlertMessage] = [:]
      var counts: [String: Int] = [:]
      for message in messages {
        counts[message.id, default: 0] += 1
        let alert = message.rule + message.level
        if counts[message.id] == 1, let before = last[alert],
          places[message.id] ?? -1 < places[before.id] ?? -1
        {
          faults.append("\(message.state) of \(message.rule) was overtaken")
        }
        last[alert] = message
      }
      for (id, count) in counts where count > 1 {
        duplicates += 1
        if !lostAnswers.contains(id) { faults.append("a message came \(count) times") }
      }
    }
    for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let last = received[key.org]?.last { $0.rule == key.rule && $0.level == key.level }
      let heard = last.map { $0.state == .firing } ?? false
      if heard != entry.isTold { faults.append("\(key.rule) of \(key.org): heard \(heard)") }
      if entry.state != .firing, heard { faults.append("\(key.rule) of \(key.org) is over") }
    }
    for message in received.values.flatMap({ $0 })
    where places[message.id] == nil {
      faults.append("a message that nobody kept")
    }
  }
}
