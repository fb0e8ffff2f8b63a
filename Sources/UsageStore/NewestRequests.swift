public import CreditCore

extension UsageStore {
  /// The time of the newest request of each organisation by then; to a quarter of an hour where
  /// it is older than `exact`.
  ///
  /// Requests are read of those quarters only that are the last of an organisation.
  public func newestRequests(by now: Instant, exact: Instant) throws -> [String: Instant] {
    try reading { connection in
      let end = floorDivided(now.microseconds, by: 1_000_000) + 1
      let start = floorDivided(exact.microseconds, by: 1_000_000)
      let current = floorDivided(end - 1, by: NewestRequests.quarter)
      var newest: [String: Instant] = [:]
      var wanted: Set = [current]
      let quarters = try Statement(connection, AlertSQL.newestQuarters)
      quarters.bind(1, current)
      let spenders = try Statement(connection, AlertSQL.spenders)
      let count = try spenders.step() ? spenders.integer(0) : 0
      while newest.count < count, try quarters.step() {
        // The newest comes first.
        if newest[quarters.text(0)] != nil { continue }
        let next = (quarters.integer(1) + 1) * NewestRequests.quarter
        newest[quarters.text(0)] = min(Instant(microseconds: next * 1_000_000), exact)
        if next > start { wanted.insert(quarters.integer(1)) }
      }
      var requests = try NewestRequests(connection)
      for quarter in wanted.sorted() {
        let from = quarter * NewestRequests.quarter
        try requests.read(max(from, start)..<min(from + NewestRequests.quarter, end))
      }
      for (org, second) in try requests.seconds {
        newest[org] = Instant(microseconds: second * 1_000_000)
      }
      return newest
    }
  }
}

/// The newest of the requests that are read, in the order of time, of each organisation.
private struct NewestRequests {
  /// In seconds.
  static let quarter: Int64 = 900

  private let walk: ChargeWalk
  private let organisation: Statement
  private var bySeries: [Int64: Int64] = [:]

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    walk = ChargeWalk(connection)
    organisation = try Statement(connection, AlertSQL.organisation)
  }

  mutating func read(_ seconds: Range<Int64>) throws(EnvironmentFault) {
    if seconds.isEmpty { return }
    let first = StoredRequests.firstID(ofSecond: seconds.lowerBound)
    try walk.start(first...StoredRequests.lastID(ofSecond: seconds.upperBound - 1))
    while !walk.isAtEnd {
      bySeries[walk.row.pointee.series] = walk.row.pointee.id >> 31
      try walk.advance()
    }
    walk.end()
  }

  var seconds: [String: Int64] {
    get throws(EnvironmentFault) {
      var newest: [String: Int64] = [:]
      for (series, second) in bySeries {
        organisation.bind(1, series)
        defer { organisation.reset() }
        guard try organisation.step() else { continue }
        let org = organisation.text(0)
        newest[org] = max(newest[org] ?? .min, second)
      }
      return newest
    }
  }
}
