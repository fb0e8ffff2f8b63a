import CreditCore
import GRDBSQLite

/// Jobs that requests started: the charges of those, and what the jobs charged in the end.
final class JobTable {
  /// A job of which both is known.
  struct Job {
    /// The place of the charge of the request that started it.
    var charge: Int64
    /// In micro-credits.
    var credits: Int64
    /// In millionths of the unit; nil where the answer did not tell.
    var quantity: Int64?
    /// Whether the charge has these credits already.
    var isApplied: Bool
  }

  private let insertCharge: Statement
  private let insertAnswer: Statement
  private let select: Statement
  private let apply: Statement

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    insertCharge = try Statement(
      connection,
      """
      INSERT INTO jobs (org, job, charge) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE
      SET charge = min(coalesce(charge, excluded.charge), excluded.charge)
      WHERE NOT applied
      """
    )
    insertAnswer = try Statement(
      connection,
      """
      INSERT INTO jobs (org, job, told, credits, quantity) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE
      SET told = excluded.told, credits = excluded.credits, quantity = excluded.quantity
      WHERE told IS NULL OR excluded.told > told
        OR excluded.told = told AND excluded.credits > credits
      """
    )
    select = try Statement(
      connection,
      """
      SELECT charge, credits, quantity, applied FROM jobs
      WHERE org = ? AND job = ? AND charge IS NOT NULL AND credits IS NOT NULL
      """
    )
    apply = try Statement(connection, "UPDATE jobs SET applied = 1 WHERE org = ? AND job = ?")
  }

  /// Keeps which charge pays for a job; of several the earliest counts.
  func keep(charge: Int64, of job: LinkedName) throws(EnvironmentFault) {
    bind(job, to: insertCharge)
    insertCharge.bind(3, charge)
    try insertCharge.run()
  }

  /// Keeps what a job charged; of several answers the latest counts.
  func keep(
    credits: Int64,
    quantity: Int64?,
    of job: LinkedName,
    at time: Instant
  ) throws(EnvironmentFault) {
    bind(job, to: insertAnswer)
    insertAnswer.bind(3, time.microseconds)
    insertAnswer.bind(4, credits)
    insertAnswer.bind(5, quantity)
    try insertAnswer.run()
  }

  /// A job of which both the charge and the answer are known; nil for any other.
  subscript(job: LinkedName) -> Job? {
    get throws(EnvironmentFault) {
      bind(job, to: select)
      defer { select.reset() }
      guard try select.step() else { return nil }
      return Job(
        charge: select.integer(0),
        credits: select.integer(1),
        quantity: select.optionalInteger(2),
        isApplied: select.integer(3) != 0
      )
    }
  }

  /// Says that the charge has what the job charged.
  func markApplied(_ job: LinkedName) throws(EnvironmentFault) {
    bind(job, to: apply)
    try apply.run()
  }

  private func bind(_ job: LinkedName, to statement: Statement) {
    statement.bind(1, job.org)
    statement.bind(2, job.name)
  }
}
