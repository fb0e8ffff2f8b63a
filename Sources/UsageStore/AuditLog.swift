public import CreditCore
import Digests
import GRDB

extension AuditEntry {
  /// The digest of an entry that follows one with `previous`.
  ///
  /// Each part is preceded by its length, so that no text can move from one to the next.
  func digest(after previous: String, number: Int64) throws -> String {
    var bytes = Array(previous.utf8)
    for part in ["\(number)", "\(at.microseconds)", actor, action, subject, org, details] {
      bytes += Array("\(part.utf8.count):".utf8) + Array(part.utf8)
    }
    return hexText(try sha256(bytes))
  }
}

/// The first row of the audit log that is not as it was written.
public struct AuditDifference: Sendable {
  public let number: Int64
  public let reason: String
}

extension AccessStore {
  /// Adds an entry, chained to the one before.
  public func append(_ entry: AuditEntry) throws {
    try writing { db in try Self.append(entry, to: db) }
  }

  static func append(_ entry: AuditEntry, to db: Database) throws {
    let last = try Row.fetchOne(
      db,
      sql: "SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1"
    )
    let number = (last?["number"] as Int64? ?? 0) + 1
    let previous: String = last?["digest"] ?? ""
    let digest = try entry.digest(after: previous, number: number)
    try db.execute(
      sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        number, entry.at.microseconds, entry.actor, entry.action, entry.subject, entry.org,
        entry.details, digest,
      ]
    )
  }

  /// The last entries, the newest first.
  public func audit(limit: Int) throws -> [(number: Int64, entry: AuditEntry)] {
    try reading { db in
      try Row.fetchAll(
        db,
        sql: "SELECT * FROM audit ORDER BY number DESC LIMIT ?",
        arguments: [limit]
      ).map { ($0["number"], Self.entry($0)) }
    }
  }

  /// Goes through the whole log: how many entries it has, the digest of the last one, and the first
  /// entry that was changed, put in or taken out.
  ///
  /// Entries that are missing at the end are seen by a digest that was noted earlier.
  public func verifyAudit() throws -> (
    count: Int, last: String, difference: AuditDifference?
  ) {
    try reading { db in
      var (count, previous) = (0, "")
      let rows = try Row.fetchCursor(db, sql: "SELECT * FROM audit ORDER BY number")
      while let row = try rows.next() {
        let number: Int64 = row["number"]
        if number != Int64(count) + 1 {
          let reason = "entry \(count + 1) is missing"
          return (count, previous, AuditDifference(number: number, reason: reason))
        }
        let found: String = row["digest"]
        let expected = try Self.entry(row).digest(after: previous, number: number)
        if found != expected {
          let difference = AuditDifference(number: number, reason: "entry \(number) was changed")
          return (count, previous, difference)
        }
        (count, previous) = (count + 1, found)
      }
      return (count, previous, nil)
    }
  }

  /// Whether some entry has a digest that was noted earlier.
  public func hasAudit(digest: String) throws -> Bool {
    try reading { db in
      try Bool.fetchOne(
        db,
        sql: "SELECT count(*) FROM audit WHERE digest = ?",
        arguments: [digest]
      ) ?? false
    }
  }

  private static func entry(_ row: Row) -> AuditEntry {
    AuditEntry(
      at: Instant(microseconds: row["at"]),
      actor: row["actor"],
      action: row["action"],
      subject: row["subject"],
      org: row["org"],
      details: row["details"]
    )
  }
}
