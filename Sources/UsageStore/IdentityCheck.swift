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
      if entry.word < last {
        outcome.differs(
          place,
          found: "identity \(entry.word) behind \(last)",
          expected: "sorted identities"
        )
      }
      last = entry.word
      if !(0..<86_400).contains(entry.secondOfDay) {
        outcome.differs(
          place,
          found: "identity \(entry.word) of second \(entry.secondOfDay)",
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
    let count = try [day - 1, day].flatMap { try storage.runs(of: $0) }
      .reduce(0) { $0 &+ max(0, $1.entries) }
    let parts = UInt64(count / Self.memoryLimit + 1)
    for part in 0..<parts {
      var seconds: [UInt64: Int] = [:]
      var pairs: [(upper: UInt64, seconds: (Int, Int), run: Int64)] = []
      for number in [day - 1, day] {
        for run in try storage.runs(of: number) {
          try storage.forEach(in: run) { entry in
            let upper = IdentityEntry.upper(entry.word)
            guard upper.multipliedFullWidth(by: parts).high == part else { return }
            let second = number * 86_400 + entry.secondOfDay
            let other = seconds.updateValue(second, forKey: upper)
            guard let other, number == day, abs(second - other) <= IdentityIndex.windowSeconds
            else { return }
            pairs.append((upper, (other, second), run.id))
          }
        }
      }
      for (upper, (first, second), run) in pairs where try isTwin(upper, first, second) {
        outcome.differs(
          "day \(day), run \(run)",
          found: "identity \(upper) at \(first) and \(second)",
          expected: "a request once within a day"
        )
      }
    }
  }

  /// Whether one request is stored in both seconds: entries hold a part of an identity.
  private func isTwin(_ upper: UInt64, _ first: Int, _ second: Int) throws -> Bool {
    let one = try identities(like: upper, in: first)
    let other = try identities(like: upper, in: second)
    return first == second ? one.count != Set(one).count : !Set(one).isDisjoint(with: other)
  }

  private func identities(like upper: UInt64, in second: Int) throws -> [Int64] {
    let statement = try Statement(
      connection,
      "SELECT identity FROM charges WHERE id BETWEEN ? AND ?"
    )
    statement.bind(1, chargeKey(second: Int64(second), 0))
    statement.bind(2, chargeKey(second: Int64(second), .max))
    var found: [Int64] = []
    while try statement.step() {
      let identity = statement.integer(0)
      if IdentityEntry.upper(UInt64(bitPattern: identity)) == upper { found.append(identity) }
    }
    return found
  }
}
