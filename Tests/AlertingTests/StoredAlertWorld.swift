import CreditCore
import Foundation
import Reports
import TestSupport
import UsageStore

/// Two organisations that spend and one that is silent, for two days, with receivers that fail,
/// data that comes late, and a process that is killed and started again.
final class StoredAlertWorld {
  enum Flaw: CaseIterable {
    /// What was kept before a look is back after it, though it sent.
    case forgets
    /// What waits is lost at a restart.
    case loses
    /// A rule of one organisation sends to another's receiver.
    case mixes
    /// What was delivered first waits again after a restart.
    case repeats
    /// A rule is taken for told that was not.
    case swallows
  }

  private enum Mode: CaseIterable {
    case ok, down, refuses, losesAnswer
  }

  private static let orgs = ["a", "b"]
  private static let hours = 48

  private let scene: AlertScene
  private let flaw: Flaw?
  private var random: SeededRandom
  private(set) var faults: [String] = []
  private(set) var fired = 0
  private(set) var kills = 0
  private(set) var late = 0
  private(set) var duplicates = 0

  private var hour = 0
  private var balances: [String: Int] = ["a": 9_000, "b": 6_000]
  private var used: [String: Int] = ["a": 0, "b": 0]
  private var modes: [String: Mode] = [:]
  /// Hours in which a receiver did not just listen.
  private var trouble: [String: Set<Int>] = [:]
  /// Stored later than it happened.
  private var withheld: [String] = []
  private var received: [String: [AlertMessage]] = [:]
  private var lostAnswers: Set<String> = []
  /// Since when each alert fires, as looks that were kept saw it.
  private var episodes: [AlertKey: Int] = [:]
  private var lasting: [(key: AlertKey, from: Int, to: Int)] = []

  init(seed: UInt64, flaw: Flaw?) throws {
    random = SeededRandom(seed: seed &* 104_729 &+ 3)
    self.flaw = flaw
    func rules(_ org: String, to destination: String) -> [String] {
      [
        "when: {balance_below: 5000}, repeat_every: never",
        "when: {balance_below: 3000}, severity: critical, for: 2h, repeat_every: 4h",
        "when: {budget: 3000, per: day, at: [50%, 100%]}, repeat_every: never",
      ].map { "\($0), org: \(org), send_to: \(destination)" }
    }
    let all =
      rules("a", to: "a") + rules("b", to: flaw == .mixes ? "a" : "b")
      + ["when: {balance_below: 10}, org: silent, send_to: silent"]
    scene = try AlertScene(
      all,
      destinations: """
        {a: {slack: {url_env: A}, fallback: c}, b: {slack: {url_env: B}}, \
        c: {slack: {url_env: C}}, silent: {slack: {url_env: D}}}
        """
    )
    try scene.balance("100000", AlertScene.time(0), org: "silent")
  }

  private var now: Instant { AlertScene.time(1, hour) }

  func run() throws {
    while hour < Self.hours {
      if random.chance(0.1) { modes[random.pick(["a", "b", "c"])] = random.pick(Mode.allCases) }
      for (name, mode) in modes where mode != .ok { trouble[name, default: []].insert(hour) }
      try live()
      if random.chance(0.1) { try restart() }
      if !random.chance(0.1) { try look() }
      hour += 1
    }
    // Then everybody listens, what was withheld comes, and what was given up is tried again.
    modes = [:]
    try scene.ingest(withheld, now)
    for round in 0..<12 {
      if round == 8 { _ = try scene.store.retry(nil, at: now) }
      try look(isQuiet: true)
      hour += 5
    }
    try judge()
  }

  private func live() throws {
    var lines: [String] = []
    for org in Self.orgs {
      let credits = random.below(random.chance(0.1) ? 1_500 : 250)
      balances[org, default: 0] -= credits
      used[org, default: 0] += credits
      if random.chance(0.02) { balances[org, default: 0] += random.below(8_000) }
      if random.chance(0.01) { (balances[org], used[org]) = (10_000, 0) }
      happen(scene.requestLine("\(credits)", now, org: org), &lines)
      if random.chance(0.05) { continue }
      let (balance, sum) = ("\(balances[org] ?? 0)", "\(used[org] ?? 0)")
      happen(scene.balanceLine(balance, used: sum, now, org: org), &lines)
    }
    while !withheld.isEmpty, random.chance(0.3) { lines.append(withheld.removeFirst()) }
    try scene.ingest(lines, now)
  }

  /// Is stored now or, with a chance, some hours later.
  private func happen(_ line: String, _ lines: inout [String]) {
    if random.chance(0.1) {
      late += 1
      withheld.append(line)
    } else {
      lines.append(line)
    }
  }

  private func restart() throws {
    try scene.restart()
    switch flaw {
    case .loses: try scene.damage("DELETE FROM alert_outbox WHERE status = 'queued'")
    case .repeats:
      try scene.damage(
        """
        UPDATE alert_outbox SET status = 'queued', settled = NULL WHERE id =
          (SELECT min(id) FROM alert_outbox WHERE status = 'delivered')
        """
      )
    case .swallows: try scene.damage("UPDATE alert_states SET told = 1 WHERE state <> 'firing'")
    case nil, .forgets, .mixes: break
    }
  }

  private func look(isQuiet: Bool = false) throws {
    let before = flaw == .forgets && random.chance(0.2) ? try scene.saved() : nil
    // The attempt at which the process is killed, before or after the receiver's answer.
    let fatal = !isQuiet && random.chance(0.15) ? random.below(3) : nil
    let isBefore = random.chance(0.5)
    var attempts = 0
    var left: [Data?]?
    scene.onAttempt = { [unowned self] destination, message in
      if left != nil { return .retry("dead", after: nil) }
      if attempts == fatal, isBefore { left = try? scene.saved() }
      if left != nil { return .retry("dead", after: nil) }
      let outcome = receive(message, at: destination)
      if attempts == fatal {
        left = try? scene.saved()
        lostAnswers.insert(message.id)
      }
      attempts += 1
      return outcome
    }
    let report = try scene.look(now)
    if let left {
      kills += 1
      try scene.restart(from: left)
    } else if let before {
      try scene.restart(from: before)
    }
    note(report)
  }

  private func receive(_ message: AlertMessage, at destination: String) -> DeliveryOutcome {
    switch modes[destination] ?? .ok {
    case .down: return .retry("down", after: nil)
    case .refuses: return .refused("no")
    case .losesAnswer:
      lostAnswers.insert(message.id)
      received[destination, default: []].append(message)
      return .retry("cut off", after: nil)
    case .ok:
      received[destination, default: []].append(message)
      return .delivered
    }
  }

  private func note(_ report: AlertReport) {
    for row in report.rows {
      if row.entry.state == .firing {
        if episodes[row.key] == nil {
          fired += 1
          episodes[row.key] = hour
        }
      } else if let from = episodes.removeValue(forKey: row.key) {
        lasting.append((row.key, from, hour))
      }
    }
  }

  // MARK: What must hold

  private func judge() throws {
    let store = try scene.store
    let waiting = try store.queuedMessages(by: nil)
    if !waiting.isEmpty { faults.append("\(waiting.count) messages still wait") }
    for outcome in try store.check() where outcome.differences > 0 {
      faults.append("\(outcome.name): \(outcome.shown[0].place), \(outcome.shown[0].found)")
    }
    let said = try store.alertMessages(of: nil, from: AlertScene.time(0), until: .init(hour: hour))
    let places = Dictionary(
      said.enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { one, _ in one }
    )
    for (destination, messages) in received.sorted(by: { $0.key < $1.key }) {
      judge(destination, messages, places)
    }
    try judgeLastWords(store)
    // What is muted by a graver one need not be told.
    let muted = ["r1", "r4"]
    for (key, from, to) in lasting
    where to - from >= 6 && key.level != "50%" && !muted.contains(key.rule)
      && trouble[key.org, default: []].isDisjoint(with: from...to)
    {
      let start = AlertScene.time(1, from)
      let isKnown = (received[key.org] ?? []).contains {
        $0.rule == key.rule && $0.level == key.level && $0.state == .firing && $0.at >= start
          && $0.at <= AlertScene.time(1, to)
      }
      if !isKnown { faults.append("\(key.rule) of \(key.org) from \(start) on was not told") }
    }
  }

  private func judge(_ destination: String, _ messages: [AlertMessage], _ places: [String: Int]) {
    var (counts, last) = ([String: Int](), [String: Int]())
    for message in messages {
      if message.org != (destination == "c" ? "a" : destination) {
        faults.append("\(destination) heard of \(message.org)")
      }
      guard let place = places[message.id] else {
        faults.append("\(destination) heard what nobody kept")
        continue
      }
      counts[message.id, default: 0] += 1
      if counts[message.id] == 1 {
        let alert = message.rule + message.level
        if place < last[alert] ?? -1 { faults.append("a \(message.state) was overtaken") }
        last[alert] = place
      }
    }
    for (id, count) in counts where count > 1 {
      duplicates += 1
      if !lostAnswers.contains(id) { faults.append("\(destination) heard one \(count) times") }
    }
  }

  /// What a receiver heard last of an alert is how it stands.
  private func judgeLastWords(_ store: UsageStore) throws {
    for (key, entry) in try store.alertMemory(at: now).entries {
      func isFiring(at destination: String) -> Bool {
        received[destination]?.last { $0.rule == key.rule && $0.level == key.level }?.state
          == .firing
      }
      if isFiring(at: key.org) != entry.isTold {
        faults.append("\(key.org) has another last word of \(key.rule) \(key.level)")
      }
      if key.org == "a", isFiring(at: "c"), !entry.isTold {
        faults.append("the fallback still believes that \(key.rule) fires")
      }
    }
  }
}

extension Instant {
  fileprivate init(hour: Int) { self = AlertScene.time(1, hour + 1) }
}
