public import CreditCore
import GRDB

// What changes the outbox.
extension UsageStore {
  /// Puts a message into the outbox of each of its destinations.
  ///
  /// What waits there about the same alert is superseded: the receiver hears the newest.
  static func queue(_ message: AlertMessage, _ sendTo: [String], _ db: Database) throws {
    let alert = AlertKey(rule: message.rule, org: message.org, level: message.level).text
    try queue(message, sendTo, about: alert, db)
  }

  private static func queue(
    _ message: AlertMessage,
    _ sendTo: [String],
    about alert: String,
    _ db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO alert_messages (message, rule, org, level, severity, state, value, threshold,
          unit, since, at, data_as_of, reason, action)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        message.id, message.rule, message.org, message.level, message.severity.rawValue,
        message.state.rawValue, message.value?.description, message.threshold?.description,
        message.unit, message.since.microseconds, message.at.microseconds,
        message.dataAsOf?.microseconds, message.reason, message.action,
      ]
    )
    let number = db.lastInsertedRowID
    var destinations = sendTo
    if message.state == .resolved {
      // A fallback that heard that it fires hears that it is over.
      let told = try String.fetchAll(db, sql: AlertSQL.toldFiring, arguments: [alert])
      destinations += told.filter { !sendTo.contains($0) }
    }
    for destination in destinations {
      let isFiring = message.state == .firing
      try queue(number, destination, about: alert, isFiring: isFiring, at: message.at, db)
    }
  }

  private static func queue(
    _ message: Int64,
    _ destination: String,
    about alert: String,
    isFiring: Bool,
    at now: Instant,
    _ db: Database
  ) throws {
    var attempts = 0
    let waiting = try Row.fetchAll(
      db,
      sql: """
        SELECT id, attempts FROM alert_outbox
        WHERE destination = ? AND alert = ? AND status = 'queued'
        """,
      arguments: [destination, alert]
    )
    for row in waiting {
      // A receiver that takes nothing is given up after as many attempts all the same.
      if isFiring { attempts = max(attempts, row["attempts"]) }
      try db.execute(
        sql: "UPDATE alert_outbox SET status = 'superseded', settled = ? WHERE id = ?",
        arguments: [now.microseconds, row["id"] as Int64]
      )
    }
    try db.execute(
      sql: AlertSQL.queue,
      arguments: [message, destination, alert, attempts, now.microseconds]
    )
  }

  /// Keeps what an attempt came to; what was given up goes to the fallback, where there is one.
  public func settle(
    _ row: OutboxRow,
    _ next: DeliveryPlan.Next,
    at now: Instant,
    fallback: String?
  ) throws {
    try naming(path) {
      try pool.write { db in
        let attempts = row.attempts + 1
        func keep(_ status: OutboxRow.Status, due: Instant, error: String) throws {
          try db.execute(
            sql: """
              UPDATE alert_outbox SET status = ?, attempts = ?, due = ?, settled = ?, error = ?
              WHERE id = ?
              """,
            arguments: [
              status.rawValue, attempts, due.microseconds,
              status == .queued ? nil : now.microseconds, error, row.id,
            ]
          )
        }
        switch next {
        case .delivered: try keep(.delivered, due: row.due, error: "")
        case .retry(let due, let reason): try keep(.queued, due: due, error: reason)
        case .dead(let reason): try keep(.failed, due: row.due, error: reason)
        case .gone(let reason):
          try keep(.failed, due: row.due, error: reason)
          try db.execute(
            sql: "INSERT OR REPLACE INTO closed_destinations VALUES (?, ?, ?)",
            arguments: [row.destination, now.microseconds, reason]
          )
        }
        guard let fallback else { return }
        switch next {
        case .dead, .gone: try Self.pass(row, to: fallback, at: now, db)
        default: break
        }
      }
    }
  }

  /// Queues a message for a fallback, but not behind a later one about the same alert.
  private static func pass(
    _ row: OutboxRow,
    to fallback: String,
    at now: Instant,
    _ db: Database
  ) throws {
    let message = try Int64.fetchOne(
      db,
      sql: "SELECT message FROM alert_outbox WHERE id = ?",
      arguments: [row.id]
    )
    let last = try Int64.fetchOne(
      db,
      sql: "SELECT max(message) FROM alert_outbox WHERE destination = ? AND alert = ?",
      arguments: [fallback, row.alert]
    )
    guard let message, last.map({ $0 < message }) ?? true else { return }
    let isFiring = row.message.state == .firing
    try queue(message, fallback, about: row.alert, isFiring: isFiring, at: now, db)
  }

  /// Queues one message for many that wait for a destination.
  public func digest(_ rows: [OutboxRow], into message: AlertMessage, for destination: String)
    throws
  {
    try naming(path) {
      try pool.write { db in
        for row in rows {
          try db.execute(
            sql: "UPDATE alert_outbox SET status = 'digested', settled = ? WHERE id = ?",
            arguments: [message.at.microseconds, row.id]
          )
        }
        try Self.queue(message, [destination], about: "digest\u{1F}" + message.id, db)
      }
    }
  }

  /// Makes messages due again that were given up, under the ids that they have: that of an id, or
  /// all where it is nil.
  ///
  /// Those stay as they are that a later one about the same alert followed, and those of
  /// destinations that want nothing any more. Returns the rows that are due now.
  public func retry(_ message: String?, at now: Instant) throws -> Set<Int64> {
    try naming(path) {
      try pool.write { db in
        Set(
          try Int64.fetchAll(db, sql: AlertSQL.retry, arguments: [now.microseconds, message])
        )
      }
    }
  }

  /// Sends to a destination again that wanted nothing.
  public func reopen(_ destination: String) throws {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: "DELETE FROM closed_destinations WHERE destination = ?",
          arguments: [destination]
        )
      }
    }
  }
}
