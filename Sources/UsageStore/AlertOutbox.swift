public import CreditCore
import GRDB

/// A message on its way to one destination.
public struct OutboxRow: Sendable {
  public enum Status: String, Sendable, CaseIterable {
    case queued, delivered
    /// Given up.
    case failed
    /// A later message about the same alert went instead.
    case superseded
    /// It went as a line of a digest.
    case digested
  }

  public var id: Int64
  public var destination: String
  /// What it is about: of one alert, messages arrive in their order.
  public var alert: String
  public var status: Status
  public var attempts: Int
  /// When it is tried next.
  public var due: Instant
  public var settled: Instant?
  /// What the last attempt met; empty where it met nothing.
  public var error: String
  public var message: AlertMessage
}

extension UsageStore {
  /// Messages that are to be tried by now, in their order; all that wait where `now` is nil.
  public func queuedMessages(by now: Instant?) throws -> [OutboxRow] {
    try rows(
      AlertSQL.outbox + " WHERE status = 'queued' AND due <= ? ORDER BY alert_outbox.id",
      [now?.microseconds ?? Int64.max]
    )
  }

  /// The last messages of the outbox, newest first; of one status, where it is given.
  public func outbox(_ status: OutboxRow.Status?, limit: Int) throws -> [OutboxRow] {
    try rows(
      AlertSQL.outbox + " WHERE ?1 IS NULL OR status = ?1 ORDER BY alert_outbox.id DESC LIMIT ?2",
      [status?.rawValue, limit]
    )
  }

  private func rows(_ sql: String, _ arguments: StatementArguments) throws -> [OutboxRow] {
    try read { db in
      try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map { row in
        OutboxRow(
          id: row[0],
          destination: row[1],
          alert: row[2],
          status: OutboxRow.Status(rawValue: row[3]) ?? .failed,
          attempts: row[4],
          due: Instant(microseconds: row[5]),
          settled: (row[6] as Int64?).map { Instant(microseconds: $0) },
          error: row[7],
          message: Self.message(row, from: 8)
        )
      }
    }
  }

  private static func message(_ row: Row, from first: Int) -> AlertMessage {
    func decimal(_ place: Int) -> ExactDecimal? {
      (row[first + place] as String?).flatMap { try? ExactDecimal($0) }
    }
    var message = AlertMessage(
      id: row[first],
      rule: row[first + 1],
      severity: AlertMessage.Severity(rawValue: row[first + 4]) ?? .warning,
      state: AlertMessage.State(rawValue: row[first + 5]) ?? .firing,
      org: row[first + 2],
      since: Instant(microseconds: row[first + 9]),
      at: Instant(microseconds: row[first + 10])
    )
    message.level = row[first + 3]
    (message.value, message.threshold) = (decimal(6), decimal(7))
    message.unit = row[first + 8]
    message.dataAsOf = (row[first + 11] as Int64?).map { Instant(microseconds: $0) }
    message.reason = row[first + 12]
    message.action = row[first + 13]
    return message
  }

  /// How many messages a destination took since an instant.
  public func deliveries(to destination: String, since instant: Instant) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM alert_outbox
          WHERE destination = ? AND settled > ? AND status = 'delivered'
          """,
        arguments: [destination, instant.microseconds]
      ) ?? 0
    }
  }

  /// Destinations that want nothing any more, with what they said.
  public func closedDestinations() throws -> [String: String] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT destination, reason FROM closed_destinations")
      return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { one, _ in one })
    }
  }

  /// What was said in a span, in the order that it was; nil for all organisations.
  public func alertMessages(
    of org: String?,
    from start: Instant,
    until end: Instant
  ) throws -> [AlertMessage] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT message, rule, org, level, severity, state, value, threshold, unit, since, at,
            data_as_of, reason, action FROM alert_messages
          WHERE at >= ?2 AND at < ?3 AND (?1 IS NULL OR org = ?1) ORDER BY id
          """,
        arguments: [org, start.microseconds, end.microseconds]
      )
      return rows.map { Self.message($0, from: 0) }
    }
  }
}
