import Alerting
public import CreditCore
import Digests
public import PriceBooks
public import Reports
public import UsageStore

/// Evaluates rules, and sends what they have to say.
///
/// State, history and outbox are one transaction; sending comes after it, and is made up for by
/// the next run when this one is stopped.
public struct AlertWorkflow {
  let store: UsageStore
  let shelf: BookShelf
  let setting: AlertSetting

  public init(_ store: UsageStore, _ shelf: BookShelf, _ setting: AlertSetting) {
    (self.store, self.shelf, self.setting) = (store, shelf, setting)
  }

  /// What an evaluation found, and what it would leave behind.
  struct Evaluation {
    /// By organisation.
    var rows: [[AlertMachine.Row]] = []
    var changes = AlertChanges()
  }

  /// Evaluates now and delivers what is due: what a service does after each poll and each ingest.
  public func run(_ delivery: AlertDelivery, now: Instant) throws -> AlertReport {
    let evaluation = try evaluate(try store.alertMemory(at: now, of: setting.org), now: now)
    try store.store(evaluation.changes)
    let counts = try delivery.run(store, setting, now: now)
    return report(evaluation, counts, now)
  }

  /// What would be found and said now; nothing is sent or kept.
  public func rehearse(now: Instant) throws -> AlertReport {
    let evaluation = try evaluate(try store.alertMemory(at: now, of: setting.org), now: now)
    var report = report(evaluation, AlertDelivery.Counts(), now)
    report.messages = evaluation.changes.messages.map(\.message)
    return report
  }

  private func report(
    _ evaluation: Evaluation,
    _ counts: AlertDelivery.Counts,
    _ now: Instant
  ) -> AlertReport {
    var report = AlertReport(at: now)
    report.rows.reserveCapacity(evaluation.rows.reduce(0) { $0 + $1.count })
    for rows in evaluation.rows {
      for place in rows.indices { report.rows.append(AlertReport.Row(rows[place])) }
    }
    (report.sent, report.queued, report.failed) = (counts.sent, counts.queued, counts.failed)
    report.faults = counts.faults
    return report
  }

  /// `past`: what was read for an evaluation of the same stored past.
  func evaluate(
    _ memory: AlertMemory,
    _ past: AlertPast = AlertPast(),
    now: Instant
  ) throws -> Evaluation {
    let facts = try AlertFacts(store, shelf, setting, memory.watches, past, now: now)
    let rules = setting.rules
    var evaluation = Evaluation()
    let number = try store.lastImportNumber()
    let late = try AlertLate(facts, since: memory.look, through: number)
    evaluation.changes.look = AlertLook(org: setting.org, at: now, importNumber: number)
    for org in facts.organisations.names {
      let mine = rules.filter { $0.applies(to: org) }
      if mine.isEmpty { continue }
      try evaluate(org, mine, facts, late, memory, &evaluation)
    }
    return evaluation
  }

  private func evaluate(
    _ org: String,
    _ rules: [AlertRule],
    _ facts: AlertFacts,
    _ late: AlertLate,
    _ memory: AlertMemory,
    _ evaluation: inout Evaluation
  ) throws {
    let now = facts.now
    let before = memory.watches[org]
    var watch = before ?? AlertWatch(evaluated: now)
    let snapshot = facts.balance(of: org)
    let event = snapshot.flatMap { watch.advance(to: $0) }
    var machine = AlertMachine(org: org, epoch: watch.epoch, event: event, now: now) {
      Self.identity($0)
    }
    let isStale = rules.contains { rule in
      guard case .snapshotOlderThan(let limit) = rule.condition, let snapshot else { return false }
      return now.microseconds - snapshot.at.microseconds > limit.microseconds
    }
    var hasLate = false
    for rule in rules {
      var measure = try facts.measure(rule, of: org, isStale: isStale)
      if !measure.late.isEmpty { hasLate = true }
      measure.late += try late.values(rule, of: org)
      machine.take(rule, measure) { memory.entries[$0] }
    }
    machine.conclude(memory.silences)
    let rows = machine.rows
    for place in machine.notable where Self.isWorthKeeping(rows[place]) {
      evaluation.changes.entries.append((rows[place].key, rows[place].entry))
    }
    for (message, place) in machine.messages {
      evaluation.changes.messages.append((message, rows[place].rule.sendTo))
    }
    evaluation.rows.append(rows)
    if before == nil || watch != before || hasLate {
      (watch.evaluated, watch.snapshot) = (now, facts.organisations.lastSnapshot)
      evaluation.changes.watches.append((org, watch))
    }
  }

  /// What is well and always was needs no memory.
  private static func isWorthKeeping(_ row: AlertMachine.Row) -> Bool {
    guard let before = row.before else { return row.entry.state != .ok || row.entry.serial > 0 }
    if row.entry.state == .ok, before.state == .ok { return before.serial != row.entry.serial }
    return before != row.entry
  }

  /// Another one for every other text.
  static func identity(_ text: String) -> String {
    let digest = (try? sha256(text.utf8))?.prefix(16) ?? Array(text.utf8)[...]
    return "alert_" + digest.map { padHex($0) }.joined()
  }

  private static func padHex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }
}

extension AlertMemory {
  /// As it is once changes are kept.
  mutating func apply(_ changes: AlertChanges) {
    for (key, entry) in changes.entries { entries[key] = entry }
    for (org, watch) in changes.watches { watches[org] = watch }
    look = changes.look ?? look
  }
}

extension AlertReport.Row {
  fileprivate init(_ row: AlertMachine.Row) {
    self.init(key: row.key, entry: row.entry)
    if entry.reason.isEmpty { entry.reason = row.reason }
  }
}
