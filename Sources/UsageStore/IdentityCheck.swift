import CreditCore

/// Looks whether the identities of each day are whole and sorted, and none is there twice within a
/// day.
struct IdentityCheck {
  /// Identities that are held in memory at once.
  private static let memoryLimit = 2_000_000

  private let connection: OpaquePointer
  private let storage: IdentityRuns

  init(_ connection: OpaquePointer) throws {
    self.connection = connection
    storage = try IdentityRuns(connection)
  }

  func run(_ outcome: inout CheckOutcome) throws {
    var blocks: Int64 = 0
    for day in try days() {
      for run in try storage.runs(of: day) {
        blocks += Int64(run.blocks)
        try check(run, of: day, &outcome)
      }
      try checkTwins(of: day, &outcome)
    }
    let statement = try Statement(connection, "SELECT count(*) FROM identity_blocks")
    if try statement.step(), statement.integer(0) != blocks {
      outcome.differs(
        "identity_blocks",
        found: "\(statement.integer(0)) blocks",
        expected: "\(blocks), as the runs say"
      )
    }
  }

  private func days() throws -> [Int] {
    let statement = try Statement(connection, "SELECT DISTINCT day FROM identity_runs ORDER BY day")
    var days: [Int] = []
    while try statement.step() {
      // A day that no time lies in has no neighbour either.
      days.append(Int(min(max(statement.integer(0), -1 << 40), 1 << 40)))
    }
    return days
  }

  private func check(
    _ run: IdentityRuns.Run,
    of day: Int,
    _ outcome: inout CheckOutcome
  ) throws {
    let place = "day \(day), run \(run.id)"
    var last: UInt64 = 0
    var count = 0
    try storage.forEach(in: run) { entry in
      count += 1
      if entry.identity < last {
        outcome.differs(
          place,
          found: "identity \(entry.identity) behind \(last)",
          expected: "sorted identities"
        )
      }
      last = entry.identity
      if Int(entry.second) / 86_400 != day {
        outcome.differs(
          place,
          found: "identity \(entry.identity) of second \(entry.second)",
          expected: "a second of its day"
        )
      }
    }
    outcome.rows += count
    if count != run.entries {
      outcome.differs(place, found: "\(count) entries", expected: "\(run.entries)")
    }
  }

  /// Compares a day with itself and the day before, a part of all identities at a time.
  private func checkTwins(of day: Int, _ outcome: inout CheckOutcome) throws {
    let runs = try storage.runs(of: day - 1) + storage.runs(of: day)
    let count = runs.reduce(0) { $0 &+ max(0, $1.entries) }
    let parts = UInt64(count / Self.memoryLimit + 1)
    for part in 0..<parts {
      var seconds: [UInt64: UInt32] = [:]
      for run in runs {
        try storage.forEach(in: run) { entry in
          guard entry.identity.multipliedFullWidth(by: parts).high == part else { return }
          let other = seconds.updateValue(entry.second, forKey: entry.identity)
          guard let other, Int(entry.second) / 86_400 == day,
            abs(Int(entry.second) - Int(other)) <= IdentityIndex.windowSeconds
          else { return }
          outcome.differs(
            "day \(day), run \(run.id)",
            found: "identity \(entry.identity) at \(other) and \(entry.second)",
            expected: "a request once within a day"
          )
        }
      }
    }
  }
}
