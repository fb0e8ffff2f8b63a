public import CreditCore
import GRDB

/// What else tells about a request: the job that it started, or the sequence whose steps it pays.
public enum ChargeLink: Sendable {
  case job(String)
  /// - factor: what the steps are multiplied with, in millionths.
  case steps(sequence: String, factor: Int64)
  /// The event, by its number, that it was made of.
  case event(Int64)
}

/// A stored charge whose quantity is a factor times the steps of a sequence.
public struct StepCharge: Sendable {
  public let series: Series
  public let time: Instant
  /// In millionths.
  public let factor: Int64
}

/// Other amounts of a charge.
public struct Restatement: Sendable {
  /// In millionths of the unit.
  public var quantity: Int64?
  /// In micro-credits.
  public var credits: Int64?
  public var basis: Basis

  public init(quantity: Int64?, credits: Int64?, basis: Basis) {
    self.quantity = quantity
    self.credits = credits
    self.basis = basis
  }
}

/// An organisation's job or sequence.
struct LinkedName: Hashable {
  var org: String
  var name: String
}

// Joins what answers tell to the charges that it is about, whichever comes first.
extension ImportWriter {
  /// Says what else tells about the request that was added last.
  public func link(_ link: ChargeLink, of org: String) { batch.link(link, of: org) }

  /// Keeps how many steps a sequence had at an instant.
  public func learn(steps: Int64, of sequence: String, org: String, at time: Instant) throws {
    try beginTransaction()
    try run(
      """
      INSERT INTO sequence_steps VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET steps = max(steps, excluded.steps)
      """,
      [org, sequence, time.microseconds, steps]
    )
    touchedSequences.insert(LinkedName(org: org, name: sequence))
  }

  /// Hands every step count that was learned to `body`: organisation, sequence, steps, instant.
  public func forEachStepCount(_ body: (String, String, Int64, Instant) -> Void) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT org, sequence, steps, at FROM sequence_steps ORDER BY org, sequence, at"
    )
    while let row = try rows.next() {
      body(row["org"], row["sequence"], row["steps"], Instant(microseconds: row["at"]))
    }
  }

  /// Keeps what a job charged; of several answers the latest counts.
  public func learn(
    credits: Int64,
    quantity: Int64?,
    ofJob job: String,
    org: String,
    at time: Instant
  ) throws {
    try beginTransaction()
    let name = LinkedName(org: org, name: job)
    try jobs.keep(credits: credits, quantity: quantity, of: name, at: time)
    touchedJobs.insert(name)
  }

  /// Stores the links of the batch.
  func keepLinks() throws {
    for (row, org, link) in batch.links {
      let own = batch[row].pointee.isAccepted ? batch[row].pointee.key : nil
      guard let charge = own ?? linkedCharges[row] else { continue }
      switch link {
      case .job(let job):
        let name = LinkedName(org: org, name: job)
        try jobs.keep(charge: charge, of: name)
        touchedJobs.insert(name)
      case .steps(let sequence, let factor):
        try run(
          "INSERT OR IGNORE INTO sequence_charges VALUES (?, ?, ?, ?)",
          [org, sequence, charge, factor]
        )
      case .event(let event):
        try run("UPDATE events SET charge = ? WHERE id = ?", [charge, event])
      }
    }
    if !linkedCharges.isEmpty { linkedCharges.removeAll() }
  }

  /// Carries what was learned over to the charges.
  func settleLinks() throws {
    for job in touchedJobs.sorted(by: LinkedName.inOrder) { try settle(job: job) }
    if !isTakingEvents, let seconds = placedSeconds, try hasOwnEvents() {
      // Sums of days say where there are requests.
      try rollups.store()
      try settleEvents(jobs: touchedJobs, seconds: seconds)
    }
    placedSeconds = nil
    touchedJobs.removeAll()
    for sequence in touchedSequences.sorted(by: LinkedName.inOrder) { try settle(sequence) }
    touchedSequences.removeAll()
  }

  private func settle(job: LinkedName) throws {
    guard let told = try jobs[job], let stored = try stored(told.charge), stored.series.isCharged,
      // What the request's own record measured stands.
      stored.series.basis != .measured || told.isApplied
    else { return }
    let amounts = Restatement(
      quantity: told.quantity ?? stored.amounts.quantity,
      credits: told.credits,
      basis: .measured
    )
    guard try restate(told.charge, stored, amounts) else { return }
    try jobs.markApplied(job)
  }

  private func settle(_ sequence: LinkedName) throws {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: "SELECT charge, factor FROM sequence_charges WHERE org = ? AND sequence = ?"
      ),
      arguments: [sequence.org, sequence.name]
    )
    for row in rows {
      let charge: Int64 = row["charge"]
      guard let stored = try self.stored(charge), stored.series.isCharged,
        stored.series.basis != .measured
      else { continue }
      let use = StepCharge(series: stored.series, time: stored.time, factor: row["factor"])
      guard let amounts = try restateSteps(sequence.name, use) else { continue }
      _ = try restate(charge, stored, amounts)
    }
  }

  struct StoredCharge {
    var series: Series
    var time: Instant
    var amounts: Amounts
  }

  func stored(_ charge: Int64) throws -> StoredCharge? {
    guard let row = try charges.find(charge) else { return nil }
    return StoredCharge(
      series: try series[seriesNumber(row.pointee.series)],
      time: Instant(microseconds: (charge >> 31) * 1_000_000 &+ row.pointee.microsecond),
      amounts: Amounts(quantity: row.pointee.quantity, credits: row.pointee.credits)
    )
  }

  func restate(
    _ charge: Int64,
    _ stored: StoredCharge,
    _ new: Restatement
  ) throws -> Bool {
    let amounts = Amounts(quantity: new.quantity, credits: new.credits)
    if stored.amounts == amounts, stored.series.basis == new.basis { return true }
    var series = stored.series
    series.basis = new.basis
    series.origin = nil
    return try replace(charge, series: try self.series.number(of: series), amounts)
  }

  /// Takes a charge back that another one stands for.
  func withdraw(_ charge: Int64, _ stored: StoredCharge) throws {
    _ = fits(Amounts(quantity: 0, credits: 0), instead: stored.amounts)
    let number = try series.number(of: stored.series)
    try rollups.add(
      SeriesAmounts(stored.amounts, requests: -1),
      second: charge >> 31,
      series: number,
      organisation: try series.brief(of: number).organisation
    )
    try charges.remove(charge)
    count(credits: -(stored.amounts.credits ?? 0))
  }

  /// Runs a statement that is kept for the next time.
  private func run(_ sql: String, _ arguments: StatementArguments) throws {
    try db.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  private func hasOwnEvents() throws(EnvironmentFault) -> Bool {
    defer { ownEvents.reset() }
    return try ownEvents.step()
  }
}

extension LinkedName {
  static func inOrder(_ left: LinkedName, _ right: LinkedName) -> Bool {
    (left.org, left.name) < (right.org, right.name)
  }
}
