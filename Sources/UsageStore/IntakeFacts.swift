public import CreditCore
import GRDB

// What an import needs to know of the past.
extension ImportWriter {
  /// The number of a price book; one version has one content for ever.
  public func book(
    provider: String,
    version: String,
    effective: Instant,
    content: String
  ) throws -> Int64 {
    try beginTransaction()
    let row = try Row.fetchOne(
      db,
      sql: "SELECT id, content FROM books WHERE provider = ? AND version = ?",
      arguments: [provider, version]
    )
    if let row {
      if row["content"] == content { return row["id"] }
      throw databaseFault(
        connection,
        "the price book \(provider) \(version) rated usage in it before, and its content has"
          + " changed since; give the changed book a version of its own"
      )
    }
    try db.execute(
      sql: "INSERT INTO books (provider, version, effective, content) VALUES (?, ?, ?, ?)",
      arguments: [provider, version, effective.microseconds, content]
    )
    return db.lastInsertedRowID
  }

  /// The tier of each organisation, by its latest snapshot that names one.
  public func tiers() throws -> [String: (tier: String, at: Instant)] {
    var tiers: [String: (tier: String, at: Instant)] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT org, tier, at FROM snapshots WHERE tier IS NOT NULL ORDER BY at, id"
    )
    while let row = try rows.next() {
      tiers[row["org"]] = (row["tier"], Instant(microseconds: row["at"]))
    }
    return tiers
  }

  public func add(_ snapshot: Snapshot, org: String, source: String) throws -> Bool {
    try beginTransaction()
    try db.execute(
      sql: """
        INSERT INTO snapshots (org, at, balance, billing_period_used, tier, source)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (
          SELECT 1 FROM snapshots WHERE org = ?1 AND at = ?2 AND balance IS ?3
            AND billing_period_used IS ?4 AND tier IS ?5)
        """,
      arguments: [
        org, snapshot.at.microseconds, snapshot.balance?.micros,
        snapshot.billingPeriodUsed?.micros, snapshot.tier, source,
      ]
    )
    return db.changesCount > 0
  }

  public func add(_ entry: LedgerEntry, org: String, ordinal: Int) throws -> Bool {
    try beginTransaction()
    let identity = entry.id ?? entry.content + "\u{1F}" + String(ordinal)
    let fingerprint = Array((org + "\u{1E}" + identity).utf8).withUnsafeBufferPointer {
      hash(entry.id == nil ? .line : .requestID, $0)
    }
    try db.execute(
      sql: "INSERT OR IGNORE INTO ledger VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        Int64(bitPattern: fingerprint), org, entry.id, entry.at.microseconds, entry.type,
        entry.amount.micros, entry.service, entry.quantity?.millionths, entry.llmTier,
        entry.details,
      ]
    )
    return db.changesCount > 0
  }

  /// Counts a snapshot or ledger row.
  public func countRow(isNew: Bool, at time: Instant) {
    countRow(isNew: isNew)
    count(time: time)
  }
}
