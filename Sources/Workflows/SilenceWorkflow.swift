public import CreditCore
public import Reports
public import UsageStore

// What people do with alerts by hand.
extension AlertWorkflow {
  /// All that is stored of alerts; the newest evaluation made it.
  public static func list(_ store: UsageStore, org: String?, now: Instant) throws -> AlertReport {
    let memory = try store.alertMemory(at: now)
    var report = AlertReport(at: now)
    report.rows = memory.entries.sorted { $0.key < $1.key }
      .filter { key, _ in org.map { $0 == key.org } ?? true }
      .map { AlertReport.Row(key: $0, entry: $1) }
    report.silences = memory.silences.filter { silence in
      silence.org == nil || org == nil || silence.org == org
    }
    report.queued = try store.queuedMessages(by: nil).count
    report.failed = try store.outbox(.failed, limit: 100_000).count
    return report
  }

  /// Keeps a silence.
  ///
  /// Throws ``EnvironmentFault`` for an end that has passed or is more than 30 days ahead.
  public static func silence(_ silence: Silence, in store: UsageStore) throws {
    if silence.until <= silence.from {
      throw EnvironmentFault("a silence until \(silence.until) is over already")
    }
    let length = silence.until.microseconds - silence.from.microseconds
    if length > Silence.limit.microseconds {
      throw EnvironmentFault("a silence lasts at most 30 days, until \(silence.until) is longer")
    }
    try store.add(silence)
  }

  /// Makes messages due again that were given up: that of an id, or all where it is nil.
  ///
  /// `passedOver`: a sentence for each that stays given up. Throws ``EnvironmentFault`` for an id
  /// of none.
  public static func retry(
    _ id: String?,
    in store: UsageStore,
    now: Instant
  ) throws -> (due: OutboxReport, passedOver: [String]) {
    let failed = try store.outbox(.failed, limit: .max).filter { id == nil || $0.message.id == id }
    if let id, failed.isEmpty {
      throw EnvironmentFault(
        "no message \(printable(id)) was given up; creditmeter alerts outbox --failed lists them"
      )
    }
    let due = try store.retry(id, at: now)
    let closed = try store.closedDestinations()
    let passedOver = failed.filter { !due.contains($0.id) }.map { row in
      let why =
        closed[row.destination].map { "it wants nothing any more: \($0); send-test reopens it" }
        ?? "a later message about the same alert followed"
      return "\(row.message.id) stays given up for \(row.destination): \(why)"
    }
    let rows = try store.queuedMessages(by: now).filter { due.contains($0.id) }
    return (OutboxReport(at: now, rows: rows.map { OutboxReport.Row($0) }), passedOver)
  }

  /// A message that says that it is a test, to one destination, at once.
  ///
  /// Throws ``EnvironmentFault`` for what the destination answers.
  public static func sendTest(
    to destination: Destination,
    by sink: any AlertSink,
    org: String,
    now: Instant
  ) throws(EnvironmentFault) {
    var message = AlertMessage(
      id: identity("test\u{1E}\(destination.name)\u{1E}\(now.microseconds)"),
      rule: "test",
      severity: .info,
      state: .firing,
      org: org,
      since: now,
      at: now
    )
    message.reason = "a test of the destination \(destination.name)"
    message.action = "Nothing; the message arrived."
    switch sink.deliver(message, at: now) {
    case .delivered: return
    case .retry(let reason, _), .refused(let reason), .gone(let reason):
      throw EnvironmentFault("\(destination.name): \(reason)")
    }
  }
}

extension OutboxReport {
  /// The last messages of the outbox, of one status where it is given.
  public init(_ store: UsageStore, status: OutboxRow.Status?, limit: Int, now: Instant) throws {
    let rows = try store.outbox(status, limit: limit)
    self.init(at: now, rows: rows.map { Row($0) })
  }
}

extension OutboxReport.Row {
  init(_ row: OutboxRow) {
    self.init(
      message: row.message,
      destination: row.destination,
      status: row.status.rawValue,
      attempts: row.attempts,
      due: row.due,
      error: row.error
    )
  }
}
