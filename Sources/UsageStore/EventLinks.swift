public import CreditCore
import GRDB

/// A signed event on its way into the database.
public struct NewEvent: Sendable {
  /// Of what tells it from all others: 32 bytes.
  public var key: [UInt8]
  public var org: String
  public var name: String
  public var at: Instant
  public var received: Instant
  /// Nil where it tells of nothing that is charged.
  public var charge: EventCharge?

  public init(key: [UInt8], org: String, name: String, at: Instant, received: Instant) {
    (self.key, self.org, self.name) = (key, org, name)
    (self.at, self.received) = (at, received)
  }
}

/// What an event says was charged.
public struct EventCharge: Sendable {
  /// Which request of a log is the same charge.
  public enum Join: Sendable {
    /// One that started its job, else one of the same operation from an instant on.
    case request(from: Instant)
    /// Those for one of its jobs pay for it.
    case job
  }

  /// What it is stored under where no request is the same charge.
  public var series: Series
  public var amounts: Restatement
  /// As ``ChargeLink/job(_:)`` names them.
  public var jobs: [String]
  public var join: Join

  public init(series: Series, amounts: Restatement, jobs: [String], join: Join) {
    (self.series, self.amounts, self.jobs, self.join) = (series, amounts, jobs, join)
  }
}

/// What the database did with an event.
public enum EventEffect: Sendable {
  /// It is known.
  case none
  /// It tells of no charge, or of one that a request pays for.
  case seen
  /// A charge, of its own or of a request that now knows more.
  case charged
}

// Joins events of the provider to the requests that logs have, whichever comes first, so that
// work that both tell of is charged once. Requests that name no organisation are of any.
extension ImportWriter {
  /// Keeps an event, and what it tells, once for ever.
  public func add(_ event: NewEvent) throws -> EventEffect {
    isTakingEvents = true
    try beginTransaction()
    guard let id = try insert(event) else { return .none }
    guard let told = event.charge else { return .seen }
    let wasTold = try keepJobs(of: id, event.org, told.jobs)
    switch told.join {
    case .job:
      for job in told.jobs where try charge(ofJob: job, event.org) != nil {
        try settle(id, "covered", nil)
        return .seen
      }
    case .request:
      if wasTold {
        try settle(id, "covered", nil)
        return .seen
      }
      if let request = try request(of: id) {
        try join(id, to: request, told.amounts)
        return .charged
      }
    }
    try settle(id, "own", nil)
    try addOwn(event, told, id)
    return .charged
  }

  /// The event's number; nil where it is known.
  private func insert(_ event: NewEvent) throws -> Int64? {
    let statement = try Statement(
      connection,
      """
      INSERT OR IGNORE INTO events (key, org, name, at, received, state, operation, earliest)
      VALUES (?, ?, ?, ?, ?, 'seen', ?, ?)
      """
    )
    statement.bind(2, event.org)
    statement.bind(3, event.name)
    statement.bind(4, event.at.microseconds)
    statement.bind(5, event.received.microseconds)
    statement.bind(6, event.charge?.series.operation)
    if case .request(let earliest)? = event.charge?.join {
      statement.bind(7, earliest.microseconds)
    }
    try event.key.withUnsafeBytes { key in
      statement.bind(1, blob: key)
      try statement.run()
    }
    return db.changesCount > 0 ? db.lastInsertedRowID : nil
  }

  /// Whether another event told of one of the jobs.
  private func keepJobs(of event: Int64, _ org: String, _ jobs: [String]) throws -> Bool {
    var wasTold = false
    for job in jobs {
      let other = try Row.fetchOne(
        db,
        sql: "SELECT 1 FROM event_jobs WHERE org = ? AND job = ?",
        arguments: [org, job]
      )
      if other != nil { wasTold = true }
      try db.execute(sql: "INSERT INTO event_jobs VALUES (?, ?, ?)", arguments: [job, org, event])
    }
    return wasTold
  }

  private func addOwn(_ event: NewEvent, _ told: EventCharge, _ id: Int64) throws {
    let identity = event.key.withUnsafeBufferPointer { hash(.line, $0) }
    let request = NewRequest(
      identity: identity,
      hasID: false,
      time: event.at,
      series: try number(of: told.series),
      quantity: told.amounts.quantity,
      credits: told.amounts.credits,
      line: 0
    )
    try add(request, arguments: .absent, raw: .absent)
    link(.event(id), of: event.org)
    try place()
  }

  // MARK: Requests

  private func charge(ofJob job: String, _ org: String) throws -> Int64? {
    try Int64.fetchOne(
      db,
      sql: "SELECT charge FROM jobs WHERE org IN (?, '') AND job = ? AND charge IS NOT NULL",
      arguments: [org, job]
    )
  }

  /// The charge of the request that an event is told of, if there is one that no other event is.
  private func request(of event: Int64) throws -> Int64? {
    let started = try Int64.fetchOne(
      db,
      sql: """
        SELECT jobs.charge FROM events JOIN event_jobs ON event_jobs.event = events.id
          JOIN jobs ON jobs.job = event_jobs.job AND jobs.org IN (events.org, '')
        WHERE events.id = ? AND jobs.charge IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM events AS other WHERE other.charge = jobs.charge)
        ORDER BY jobs.charge LIMIT 1
        """,
      arguments: [event]
    )
    return try started ?? nearestRequest(before: event)
  }

  /// The last request of the event's operation before it; one that started another job is not.
  private func nearestRequest(before event: Int64) throws -> Int64? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT org, operation, earliest, at,
          EXISTS (SELECT 1 FROM event_jobs WHERE event = events.id) AS has_job
        FROM events WHERE id = ? AND earliest IS NOT NULL
        """,
      arguments: [event]
    )
    guard let row else { return nil }
    try charges.flush()
    let (org, operation): (String, String) = (row["org"], row["operation"])
    let (first, last) = (second(row["earliest"]), second(row["at"]) + Self.clockDifference)
    let callable = """
      org IN (?, '') AND operation = ? AND method <> '' AND NOT replayed
        AND (status IS NULL OR status BETWEEN 200 AND 299)
      """
    // Most days have none, and so many requests of others that they are not looked at.
    let days = try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT day FROM daily_rollups
        WHERE day BETWEEN ? AND ? AND series IN (SELECT id FROM series WHERE \(callable))
        ORDER BY day DESC
        """,
      arguments: [
        floorDivided(first, by: 86_400), floorDivided(last, by: 86_400), org, operation,
      ]
    )
    for day in days {
      let found = try Int64.fetchOne(
        db,
        sql: """
          SELECT id FROM charges
          WHERE id >= ? AND id <= ? AND series IN (SELECT id FROM series WHERE \(callable))
            AND NOT EXISTS (SELECT 1 FROM events WHERE charge = charges.id)
            AND NOT (? AND EXISTS (SELECT 1 FROM jobs WHERE charge = charges.id))
          ORDER BY id DESC LIMIT 1
          """,
        arguments: [
          StoredRequests.firstID(ofSecond: max(first, day * 86_400)),
          StoredRequests.lastID(ofSecond: min(last, day * 86_400 + 86_399)),
          org, operation, row["has_job"] as Bool,
        ]
      )
      if let found { return found }
    }
    return nil
  }

  /// Seconds that a log's clock may be ahead of the provider's.
  private static let clockDifference: Int64 = 60

  private func second(_ microseconds: Int64) -> Int64 {
    floorDivided(microseconds, by: 1_000_000)
  }

  // MARK: Joining

  private func settle(_ event: Int64, _ state: String, _ charge: Int64?) throws {
    try db.execute(
      sql: "UPDATE events SET state = ?, charge = ? WHERE id = ?",
      arguments: [state, charge, event]
    )
  }

  /// Makes an event and a request one charge, which has what is known better.
  private func join(_ event: Int64, to request: Int64, _ told: Restatement) throws {
    try settle(event, "joined", request)
    guard let stored = try stored(request), told.basis.knowledge > stored.series.basis.knowledge
    else { return }
    _ = try restate(request, stored, told)
  }

  /// Joins events that came before the requests of the transaction at hand.
  func settleEvents(jobs: Set<LinkedName>, seconds: ClosedRange<Int64>?) throws {
    for job in jobs.sorted(by: LinkedName.inOrder) {
      let events = try Int64.fetchAll(
        db,
        sql: """
          SELECT event FROM event_jobs JOIN events ON events.id = event
          WHERE job = ?1 AND (?2 = '' OR event_jobs.org = ?2) AND state = 'own' ORDER BY event
          """,
        arguments: [job.name, job.org]
      )
      let charge = try charge(ofJob: job.name, job.org)
      if events.isEmpty || charge == nil { continue }
      for event in events { try giveUpOwn(event) }
    }
    guard let seconds else { return }
    let events = try Int64.fetchAll(
      db,
      sql: """
        SELECT id FROM events
        WHERE state = 'own' AND at >= ? AND earliest <= ? ORDER BY at, id
        """,
      arguments: [
        (seconds.lowerBound - Self.clockDifference) * 1_000_000,
        seconds.upperBound * 1_000_000 + 999_999,
      ]
    )
    for event in events { try giveUpOwn(event) }
  }

  /// Takes an event's own charge back, where a request is the same charge.
  private func giveUpOwn(_ event: Int64) throws {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT charge, earliest FROM events WHERE id = ?",
      arguments: [event]
    )
    guard let own = row?["charge"] as Int64?, let stored = try stored(own) else { return }
    if row?["earliest"] as Int64? == nil {
      try settle(event, "covered", nil)
    } else if let request = try request(of: event) {
      let told = Restatement(
        quantity: stored.amounts.quantity,
        credits: stored.amounts.credits,
        basis: stored.series.basis
      )
      try join(event, to: request, told)
    } else {
      return
    }
    try withdraw(own, stored)
  }
}
