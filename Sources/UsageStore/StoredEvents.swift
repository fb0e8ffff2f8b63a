public import CreditCore
import GRDB

/// How many events of a name came.
public struct EventCount: Sendable, Equatable {
  public var name: String
  public var events: Int
  /// Of these, events that are a charge, of their own or of a request of a log.
  public var charged: Int
  public var last: Instant
}

extension UsageStore {
  /// Whether an event was taken before, by its key.
  public func hasEvent(_ key: [UInt8]) throws -> Bool {
    try reading { connection in
      let statement = try Statement(connection, "SELECT 1 FROM events WHERE key = ?")
      return try key.withUnsafeBytes { key in
        statement.bind(1, blob: key)
        defer { statement.reset() }
        return try statement.step()
      }
    }
  }

  /// What came of an organisation's events since an instant, by name.
  public func eventCounts(of org: String, since: Instant) throws -> [EventCount] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT name, count(*) AS events, sum(state IN ('own', 'joined')) AS charged,
            max(received) AS last
          FROM events WHERE org = ? AND received >= ? GROUP BY name ORDER BY name
          """,
        arguments: [org, since.microseconds]
      )
      .map { row in
        EventCount(
          name: row["name"],
          events: row["events"],
          charged: row["charged"],
          last: Instant(microseconds: row["last"])
        )
      }
    }
  }
}
