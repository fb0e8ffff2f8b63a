public import CreditCore
import GRDB

/// What was stored when: the last import, and how far it was.
public struct ImportMark: Sendable, Equatable {
  public var id: Int64
  public var accepted: Int64
  public var updated: Int64

  public init(id: Int64, accepted: Int64, updated: Int64) {
    self.id = id
    self.accepted = accepted
    self.updated = updated
  }
}

/// What a report said of a period.
public struct ReportedUsage: Sendable {
  /// Requests of an operation that a book priced.
  public struct Row: Sendable, Equatable {
    public var operation: String
    /// `graph8 2026.11`.
    public var book: String
    public var requests: Int64
    /// In micro-credits.
    public var credits: Int64

    public init(operation: String, book: String, requests: Int64, credits: Int64) {
      self.operation = operation
      self.book = book
      self.requests = requests
      self.credits = credits
    }
  }

  public var made: Instant
  public var imports: ImportMark
  /// By operation and book.
  public var rows: [Row]

  public init(made: Instant, imports: ImportMark, rows: [Row]) {
    self.made = made
    self.imports = imports
    self.rows = rows.sorted { ($0.operation, $0.book) < ($1.operation, $1.book) }
  }
}

/// A file that was read, and what of it was new.
public struct ImportedFile: Sendable {
  public var file: String
  public var source: String
  public var started: Instant
  public var accepted: Int64
  public var updated: Int64
}

// What was reported of periods that are over, so that a change of one is never silent.
extension UsageStore {
  /// Whether this process may write.
  public var isWriting: Bool { hasLock }

  /// What reports said of a span, the oldest first.
  ///
  /// `org`: nil for reports of all organisations.
  public func reports(
    of org: String?,
    from start: Instant,
    until end: Instant
  ) throws -> [ReportedUsage] {
    try read { db in
      let reports = try Row.fetchAll(
        db,
        sql: """
          SELECT id, made, last_import, accepted, updated FROM reports
          WHERE start = ? AND until = ? AND org IS ? ORDER BY id
          """,
        arguments: [start.microseconds, end.microseconds, org]
      )
      return try reports.map { report in
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT operation, book, requests, credits FROM reported_usage
            WHERE report = ? ORDER BY operation, book
            """,
          arguments: [report["id"] as Int64]
        )
        return ReportedUsage(
          made: Instant(microseconds: report["made"]),
          imports: ImportMark(
            id: report["last_import"],
            accepted: report["accepted"],
            updated: report["updated"]
          ),
          rows: rows.map { row in
            ReportedUsage.Row(
              operation: row["operation"],
              book: row["book"],
              requests: row["requests"],
              credits: row["credits"]
            )
          }
        )
      }
    }
  }

  /// Keeps what a report says of a span.
  public func keep(
    _ report: ReportedUsage,
    of org: String?,
    from start: Instant,
    until end: Instant
  ) throws {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: """
            INSERT INTO reports (org, start, until, made, last_import, accepted, updated)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            org, start.microseconds, end.microseconds, report.made.microseconds,
            report.imports.id, report.imports.accepted, report.imports.updated,
          ]
        )
        let id = db.lastInsertedRowID
        for row in report.rows {
          try db.execute(
            sql: "INSERT INTO reported_usage VALUES (?, ?, ?, ?, ?)",
            arguments: [id, row.operation, row.book, row.requests, row.credits]
          )
        }
      }
    }
  }

  /// How far imports are.
  public func importMark() throws -> ImportMark {
    try read { db in
      let row = try Row.fetchOne(
        db,
        sql: "SELECT id, accepted, updated FROM imports ORDER BY id DESC LIMIT 1"
      )
      return ImportMark(
        id: row?["id"] ?? 0,
        accepted: row?["accepted"] ?? 0,
        updated: row?["updated"] ?? 0
      )
    }
  }

  /// Files that brought something new between two marks.
  public func imports(after mark: ImportMark, through last: ImportMark) throws -> [ImportedFile] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT file, source, started,
            accepted - iif(id = ?1, ?2, 0) AS accepted, updated - iif(id = ?1, ?3, 0) AS updated
          FROM imports WHERE id >= ?1 AND id <= ?4 ORDER BY id
          """,
        arguments: [mark.id, mark.accepted, mark.updated, last.id]
      )
      return rows.map { row in
        ImportedFile(
          file: row["file"],
          source: row["source"],
          started: Instant(microseconds: row["started"]),
          accepted: row["accepted"],
          updated: row["updated"]
        )
      }
      .filter { $0.accepted != 0 || $0.updated != 0 }
    }
  }
}
