public import CreditCore
import GRDB

/// What was answered to a request with an Idempotency-Key.
public enum GivenAnswer: Sendable {
  /// The same request came before; this was the answer.
  case same(String)
  /// Another request came with this key.
  case other
}

extension AccessStore {
  /// How long answers are kept: a day.
  private static let life: Int64 = 86_400_000_000

  /// What was answered to a key of an organisation within the last day; nil where nothing was.
  ///
  /// `request`: the SHA-256, in hexadecimal, of what was asked.
  public func answer(
    org: String,
    key: String,
    request: String,
    at now: Instant
  ) throws -> GivenAnswer? {
    try reading { db in
      let row = try Row.fetchOne(
        db,
        sql: "SELECT request, content FROM answers WHERE org = ? AND key = ? AND at > ?",
        arguments: [org, key, now.microseconds - Self.life]
      )
      guard let row else { return nil }
      return row["request"] == request ? .same(row["content"]) : .other
    }
  }

  /// Keeps an answer, and forgets those that are too old.
  public func keep(
    _ content: String,
    org: String,
    key: String,
    request: String,
    at now: Instant
  ) throws {
    try writing { db in
      try db.execute(
        sql: "DELETE FROM answers WHERE at <= ?",
        arguments: [now.microseconds - Self.life]
      )
      try db.execute(
        sql: "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
        arguments: [org, key, request, now.microseconds, content]
      )
    }
  }
}
