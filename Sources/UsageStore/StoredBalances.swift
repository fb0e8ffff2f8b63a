public import CreditCore
import GRDB

// What the provider said of balances, as it was stored.
extension UsageStore {
  /// Snapshots of an organisation, in the order they came to be known.
  ///
  /// Those of a span, its end included, with the last one before it, so that what happened from
  /// the start on is between two of them.
  public func snapshots(of org: String, in span: ClosedRange<Instant>) throws -> [Snapshot] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT at, balance, billing_period_used, tier FROM snapshots
          WHERE org = ?1 AND at <= ?3 AND at >= coalesce(
            (SELECT max(at) FROM snapshots WHERE org = ?1 AND at < ?2 AND balance IS NOT NULL),
            ?2)
          ORDER BY id
          """,
        arguments: [org, span.lowerBound.microseconds, span.upperBound.microseconds]
      )
      return rows.map { row in
        Snapshot(
          org: org,
          at: Instant(microseconds: row["at"]),
          balance: (row["balance"] as Int64?).map { Credits(micros: $0) },
          billingPeriodUsed: (row["billing_period_used"] as Int64?).map { Credits(micros: $0) },
          tier: row["tier"]
        )
      }
    }
  }

  /// The latest snapshot of an organisation by then that tells a balance; of any, where `org` is
  /// nil.
  public func latestSnapshot(of org: String?, by instant: Instant) throws -> Snapshot? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT org, at, balance, billing_period_used, tier FROM snapshots
          WHERE (?1 IS NULL OR org = ?1) AND at <= ?2 AND balance IS NOT NULL
          ORDER BY at DESC, id DESC LIMIT 1
          """
      )
      let row = try Row.fetchOne(statement, arguments: [org, instant.microseconds])
      return row.map { row in
        Snapshot(
          org: row["org"],
          at: Instant(microseconds: row["at"]),
          balance: (row["balance"] as Int64?).map { Credits(micros: $0) },
          billingPeriodUsed: (row["billing_period_used"] as Int64?).map { Credits(micros: $0) },
          tier: row["tier"]
        )
      }
    }
  }

  /// Rows of the provider's ledger, later than `from`, up to and with `through`, by time.
  public func ledger(
    of org: String,
    after from: Instant,
    through: Instant
  ) throws -> [LedgerEntry] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT entry, at, type, amount, service, quantity, llm_tier, description FROM ledger
          WHERE org = ? AND at > ? AND at <= ? ORDER BY at, id
          """,
        arguments: [org, from.microseconds, through.microseconds]
      )
      return rows.map { row in
        var entry = LedgerEntry(
          id: row["entry"],
          org: org,
          at: Instant(microseconds: row["at"]),
          amount: Credits(micros: row["amount"])
        )
        entry.type = row["type"]
        entry.service = row["service"]
        entry.quantity = (row["quantity"] as Int64?)
          .map { ExactDecimal(significand: Int128($0), scale: Credits.places) }
        entry.llmTier = row["llm_tier"]
        entry.details = row["description"]
        return entry
      }
    }
  }

  /// The tier that an organisation's latest snapshot by then names; nil where none does.
  public func latestTier(of org: String, by instant: Instant) throws -> String? {
    try read { db in
      let sql = """
        SELECT tier FROM snapshots WHERE org = ? AND at <= ? AND tier IS NOT NULL
        ORDER BY at DESC, id DESC LIMIT 1
        """
      return try String.fetchOne(db, sql: sql, arguments: [org, instant.microseconds])
    }
  }

  /// The names of all tags that requests have, sorted.
  public func tagNames() throws -> [String] {
    try read { db in
      var names: Set<String> = []
      for text in try String.fetchAll(db, sql: "SELECT DISTINCT tags FROM series") {
        for (name, _) in TagTexts.pairs(text) ?? [] { names.insert(name) }
      }
      return names.sorted { $0.isSpelled(before: $1) }
    }
  }

  /// The time of the first request; nil where there is none.
  ///
  /// That of one organisation is known to a quarter of an hour.
  public func firstRequest(of org: String?) throws -> Instant? {
    try read { db in
      if let org {
        let sql = "SELECT min(quarter) FROM quarter_hour_rollups WHERE org = ? AND requests > 0"
        let quarter = try Int64.fetchOne(db, sql: sql, arguments: [org])
        return quarter.map { Instant(microseconds: $0 * 900_000_000) }
      }
      let id = try Int64.fetchOne(db, sql: UsageSQL.firstCharge)
      return id.map { Instant(microseconds: ($0 >> 31) * 1_000_000) }
    }
  }
}
