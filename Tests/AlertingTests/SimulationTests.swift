import Alerting
import CreditCore
import TestSupport
import Testing

@Suite("Weeks of trouble: nothing is lost, repeated or overtaken")
struct SimulationTests {
  private static let seeds = 2_000

  @Test("two thousand weeks", arguments: 0..<4)
  func weeks(part: Int) {
    var (fired, duplicates) = (0, 0)
    for seed in 0..<Self.seeds where seed % 4 == part {
      var world = AlertWorld(seed: UInt64(seed), flaw: nil)
      world.run()
      if !world.faults.isEmpty {
        Issue.record("seed \(seed): \(world.faults.prefix(3).joined(separator: "; "))")
        return
      }
      fired += world.fired
      duplicates += world.duplicates
    }
    // Weeks in which nothing happens would prove nothing.
    #expect(fired > Self.seeds / 4)
    #expect(duplicates > 10)
  }

  @Test("a world with a flaw is found out", arguments: AlertWorld.Flaw.allCases)
  func control(flaw: AlertWorld.Flaw) {
    let found = (0..<60).contains { seed in
      var world = AlertWorld(seed: UInt64(seed), flaw: flaw)
      world.run()
      return !world.faults.isEmpty
    }
    #expect(found, "\(flaw) was not seen")
  }
}

/// Two organisations that spend and one that is silent, for a week, with receivers that fail.
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
  private var outbox: [Queued] = []
  private var settled: Set<String> = []

  private var balances: [String: Int64] = ["a": 9_000, "b": 6_000, "silent": 1_000_000]
  private var received: [String: [AlertMessage]] = [:]
  private var lostAnswers: Set<String> = []
  private var said: [AlertMessage] = []
  private var due = 0
  private var modes: [String: Mode] = [:]
  private var hour: Int64 = 0

  init(seed: UInt64, flaw: Flaw?) {
    random = SeededRandom(seed: seed &* 7_919 &+ 1)
    self.flaw = flaw
  }

  private static func rules(_ org: String) -> [AlertRule] {
    [("low", 5_000, AlertMessage.Severity.warning, Int64(0)), ("slow", 3_000, .critical, 7_200)]
      .map { name, line, severity, hold in
        var rule = AlertRule(
          name: name,
          condition: .balanceBelow(.amount(ExactDecimal(line)))
        )
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
      // Polls fail for a while.
      if !random.chance(0.1) { look() }
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

  /// An hour of spending; top-ups and resets.
  private mutating func live() {
    for org in ["a", "b"] {
      var balance = balances[org] ?? 0
      balance -= Int64(random.below(random.chance(0.1) ? 2_000 : 300))
      if random.chance(0.02) { balance += Int64(random.below(8_000)) }
      if random.chance(0.005) { balance = 10_000 }
      balances[org] = balance
    }
  }

  /// The hour, by a clock that sometimes is wrong.
  private mutating func clock(_ quiet: Bool) -> Instant {
    let wrong = !quiet && random.chance(0.02) ? Int64(random.below(5) - 2) : 0
    return Instant(microseconds: (hour + wrong + 10) * 3_600_000_000)
  }

  private mutating func look(quiet: Bool = false) {
    let now = clock(quiet)
    var (kept, messages) = (entries, [(AlertMessage, AlertRule)]())
    for org in Self.orgs {
      // A snapshot may be wrong, or missing.
      var value: ExactDecimal? = ExactDecimal(balances[org] ?? 0)
      if !quiet, org != "silent" {
        if random.chance(0.02) { value = ExactDecimal(random.below(20_000)) }
        if random.chance(0.05) { value = nil }
      }
      var machine = AlertMachine(org: org, epoch: 0, event: nil, now: now) { $0 }
      for rule in Self.rules(org) {
        machine.take(rule, AlertMeasure(value: value)) { key in
          var entry = entries[key]
          if flaw == .chatters { entry?.isTold = false }
          return entry
        }
      }
      machine.conclude([])
      for row in machine.rows {
        kept[row.key] = row.entry
        countDue(row, now)
      }
      messages += machine.messages.map { ($0.message, machine.rows[$0.row].rule) }
    }
    let isKilled = !quiet && random.chance(0.05)
    if flaw == .sendsFirst {
      for (message, rule) in messages { receive(message, at: rule.sendTo[0], mode: .ok) }
    }
    // Killed before the transaction: nothing happened, and the same is found at the next look.
    if isKilled, random.chance(0.5) { return }
    entries = kept
    for (message, rule) in messages { queue(message, to: rule.sendTo[0]) }
    deliver(now, isKilled: isKilled)
    if isKilled, flaw == .forgets { entries = [:] }
  }

  /// What may be said: a change of state, a repeat that is due, or the end of what was graver.
  private mutating func countDue(_ row: AlertMachine.Row, _ now: Instant) {
    let before = row.before?.state ?? .ok
    if row.entry.state == .firing, before != .firing { fired += 1 }
    if (row.entry.state == .firing) != (before == .firing) { due += 1 }
    if row.entry.state == .firing, before == .firing {
      if row.before?.isTold == false { due += 1 }
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
    if flaw != .overtakes {
      outbox.removeAll { $0.destination == destination && $0.alert == alert }
    }
    outbox.append(
      Queued(message: message, destination: destination, alert: alert, due: message.at)
    )
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
    if Set(said.map(\.id)).count != said.count { faults.append("an id stands for two messages") }
    if received["silent"] != nil { faults.append("a silent organisation was told") }
    for (destination, messages) in received.sorted(by: { $0.key < $1.key }) {
      for message in messages where message.org != destination {
        faults.append("\(destination) heard of \(message.org)")
      }
      var last: [String: AlertMessage] = [:]
      var counts: [String: Int] = [:]
      for message in messages {
        counts[message.id, default: 0] += 1
        if counts[message.id] == 1, let before = last[message.rule],
          said.firstIndex(where: { $0.id == message.id }) ?? -1
            < said.firstIndex(where: { $0.id == before.id }) ?? -1
        {
          faults.append("\(message.state) of \(message.rule) was overtaken")
        }
        last[message.rule] = message
      }
      for (id, count) in counts where count > 1 {
        duplicates += 1
        if !lostAnswers.contains(id) { faults.append("a message came \(count) times") }
      }
    }
    for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let last = received[key.org]?.last { $0.rule == key.rule }
      let heard = last.map { $0.state == .firing } ?? false
      if heard != entry.isTold { faults.append("\(key.rule) of \(key.org): heard \(heard)") }
      if entry.state != .firing, heard { faults.append("\(key.rule) of \(key.org) is over") }
    }
    for message in received.values.flatMap({ $0 })
    where !said.contains(where: { $0.id == message.id }) {
      faults.append("a message that nobody kept")
    }
  }
}
