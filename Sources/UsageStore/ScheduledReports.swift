public import CreditCore
import GRDB

/// A report that was due, on its way to one destination.
public struct ReportRow: Sendable, Equatable {
  public enum Status: String, Sendable, CaseIterable {
    case queued, delivered
    /// Given up.
    case failed
    /// It was due before anybody scheduled it.
    case skipped
  }

  public var id: Int64
  /// `weekly html`: what kind of report, and in which form.
  public var schedule: String
  /// `2026-W47`.
  public var period: String
  public var destination: String
  public var status: Status
  public var attempts: Int
  /// When it is tried next.
  public var due: Instant
  public var settled: Instant?
  /// What the last attempt met; empty where it met nothing.
  public var error: String
}

// Reports go out once for each period, form and destination, over all restarts.
extension UsageStore {
  /// Queues a report of a period for a destination; false where it was queued before.
  ///
  /// The first report that a destination ever has of a schedule is skipped: it was due before
  /// anybody asked for it.
  public func queueReport(
    _ schedule: String,
    of period: String,
    to destination: String,
    due: Instant
  ) throws -> Bool {
    try naming(path) {
      let isKnown = try pool.read { db in
        let known = try Row.fetchOne(
          db,
          sql: """
            SELECT 1 FROM scheduled_reports WHERE schedule = ? AND period = ? AND destination = ?
            """,
          arguments: [schedule, period, destination]
        )
        return known != nil
      }
      // It is asked for every few seconds, and writers wait for each other.
      if isKnown { return false }
      return try pool.write { db in
        try db.execute(
          sql: """
            INSERT OR IGNORE INTO scheduled_reports
              (schedule, period, destination, status, attempts, due, error)
            SELECT ?1, ?2, ?3, iif(EXISTS (
              SELECT 1 FROM scheduled_reports WHERE schedule = ?1 AND destination = ?3
            ), 'queued', 'skipped'), 0, ?4, ''
            """,
          arguments: [schedule, period, destination, due.microseconds]
        )
        return db.changesCount > 0
      }
    }
  }

  /// Reports that wait, or all of the last ones, the newest first.
  public func scheduledReports(_ status: ReportRow.Status?, limit: Int = 1_000) throws
    -> [ReportRow]
  {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM scheduled_reports WHERE ?1 IS NULL OR status = ?1
          ORDER BY id DESC LIMIT ?2
          """,
        arguments: [status?.rawValue, limit]
      )
      .map { row in
        ReportRow(
          id: row["id"],
          schedule: row["schedule"],
          period: row["period"],
          destination: row["destination"],
          status: ReportRow.Status(rawValue: row["status"]) ?? .failed,
          attempts: row["attempts"],
          due: Instant(microseconds: row["due"]),
          settled: (row["settled"] as Int64?).map { Instant(microseconds: $0) },
          error: row["error"]
        )
      }
    }
  }

  /// Keeps what an attempt came to.
  public func settle(_ report: ReportRow, _ next: DeliveryPlan.Next, at now: Instant) throws {
    let status: ReportRow.Status
    var (due, settled, error) = (report.due, Instant?.some(now), "")
    switch next {
    case .delivered: status = .delivered
    case .retry(let later, let reason):
      (status, due, settled, error) = (.queued, later, nil, reason)
    case .dead(let reason), .gone(let reason): (status, error) = (.failed, reason)
    }
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: """
            UPDATE scheduled_reports
            SET status = ?, attempts = attempts + 1, due = ?, settled = ?, error = ? WHERE id = ?
            """,
          arguments: [
            status.rawValue, due.microseconds, settled?.microseconds, error, report.id,
          ]
        )
      }
    }
  }
}
