public import CreditCore
import GRDB
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How large a database is, and what it holds.
public struct DatabaseStats: Sendable {
  public struct Table: Sendable {
    public var name: String
    public var rows: Int
    /// With its indexes; nil where this SQLite does not tell.
    public var bytes: Int?
  }

  public var bytes: Int
  /// Of the write-ahead log.
  public var logBytes: Int
  /// What vacuum would give back.
  public var freeBytes: Int
  public var first: Instant?
  public var last: Instant?
  public var organisations: Int
  public var sqliteVersion: String
  /// The largest first.
  public var tables: [Table]
}

extension UsageStore {
  public func stats() throws -> DatabaseStats {
    try reading { connection in
      func number(_ sql: String) throws -> Int {
        let statement = try Statement(connection, sql)
        return try statement.step() ? Int(statement.integer(0)) : 0
      }
      func end(_ sql: String) throws -> Instant? {
        let statement = try Statement(connection, sql)
        guard try statement.step() else { return nil }
        return Instant(microseconds: (statement.integer(0) >> 31) * 1_000_000)
      }
      return DatabaseStats(
        bytes: Self.size(of: path),
        logBytes: Self.size(of: path + "-wal"),
        freeBytes: try number("PRAGMA freelist_count") &* number("PRAGMA page_size"),
        first: try end(UsageSQL.firstCharge),
        last: try end(UsageSQL.lastCharge),
        organisations: try number("SELECT count(DISTINCT org) FROM series"),
        sqliteVersion: String(cString: sqlite3_libversion()),
        tables: try Self.tables(connection)
      )
    }
  }

  private static func tables(_ connection: OpaquePointer) throws -> [DatabaseStats.Table] {
    var bytes: [String: Int]?
    // A SQLite that was built without it has no such table.
    if let sizes = try? Statement(
      connection,
      """
      SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY tbl_name
      """
    ) {
      var found: [String: Int] = [:]
      while try sizes.step() { found[sizes.text(0)] = Int(sizes.integer(1)) }
      bytes = found
    }
    var tables: [DatabaseStats.Table] = []
    for name in Schema.tables {
      let count = try Statement(connection, "SELECT count(*) FROM \(name)")
      tables.append(
        DatabaseStats.Table(
          name: name,
          rows: try count.step() ? Int(count.integer(0)) : 0,
          bytes: bytes.map { $0[Schema.blocks[name] ?? name] ?? 0 }
        )
      )
    }
    return tables.sorted { ($0.bytes ?? 0, $0.rows, $1.name) > ($1.bytes ?? 0, $1.rows, $0.name) }
  }

  /// Gives unused space back to the system: the sizes before and after.
  public func vacuum() throws -> (before: Int, after: Int) {
    let before = Self.size(of: path) + Self.size(of: path + "-wal")
    try naming(path) {
      try pool.vacuum()
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }
    return (before, Self.size(of: path) + Self.size(of: path + "-wal"))
  }

  static func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}

extension Schema {
  /// Where the rows of tables are that are stored many together.
  static let blocks = ["charges": "charge_blocks", "daily_rollups": "daily_blocks"]

  static let tables = [
    "alert_messages", "alert_outbox", "alert_silences", "alert_states", "alert_watches", "books",
    "charges", "closed_destinations", "daily_rollups", "estimates", "followed", "identity_blocks",
    "identity_runs", "imports", "jobs", "ledger", "passages", "quarter_hour_rollups", "rejects",
    "sequence_charges", "sequence_steps", "series", "settings", "snapshots", "totals",
  ]
}
