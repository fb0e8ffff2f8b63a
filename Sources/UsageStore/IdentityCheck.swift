import CreditCore

/// Looks whether the identities of each day are whole and sorted, are of seconds in which there
/// are requests, and whether a request was stored twice within a day.
final class IdentityCheck {
  /// Identities that are held in memory at once.
  private static let memoryLimit = 2_000_000
  private static let dayLength = 86_400

  private let connection: OpaquePointer
  private let storage: IdentityRuns
  private let charges: Statement
  private let ofSecond: Statement

  init(_ connection: OpaquePointer) throws {
    self.connection = connection
    storage = try IdentityRuns(connection)
    charges = try Statement(connection, "SELECT id FROM charges WHERE id >= ? AND id <= ?")
    ofSecond = try Statement(connection, "SELECT identity FROM charges WHERE id >= ? AND id <= ?")
  }

  func run(_ outcome: inout CheckOutcome) throws {
    var blocks: Int64 = 0
    for day in try days() {
      let seconds = try secondsWithRequests(of: day)
      for run in try storage.runs(of: day) {
        blocks += Int64(run.blocks)
        try check(run, of: day, seconds, &outcome)
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
      days.append(Int(min(max(statement.integer(0), -1 << 30), 1 << 30)))
    }
    return days
  }

  private func secondsWithRequests(of day: Int) throws -> [Bool] {
    var seconds = Array(repeating: false, count: Self.dayLength)
    let start = Int64(day * Self.dayLength)
    charges.bind(1, StoredRequests.firstID(ofSecond: start))
    charges.bind(2, StoredRequests.lastID(ofSecond: start + Int64(Self.dayLength) - 1))
    defer { charges.reset() }
    while try charges.step() {
      let second = Int(charges.integer(0) >> 31 - start)
      if seconds.indices.contains(second) { seconds[second] = true }
    }
    return seconds
  }

  private func check(
    _ run: IdentityRuns.Run,
    of day: Int,
    _ seconds: [Bool],
    _ outcome: inout CheckOutcome
  ) throws {
    let place = "day \(day), run \(run.id)"
    var last = IdentityEntry(word: 0)
    var count = 0
    try storage.forEach(in: run) { entry in
      count += 1
      if entry < last {
        outcome.differs(
          place,
          found: "entry \(entry.word) behind \(last.word)",
          expected: "sorted entries"
        )
      }
      last = entry
      let second = entry.secondOfDay
      if !seconds.indices.contains(second) || !seconds[second] {
        outcome.differs(
          place,
          found: "entry \(entry.word) of second \(second)",
          expected: "a second with requests"
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
    let runs =
      try storage.runs(of: day - 1).map { (day - 1, $0) } + storage.runs(of: day).map { (day, $0) }
    let count = runs.reduce(0) { $0 &+ max(0, $1.1.entries) }
    let parts = UInt64(count / Self.memoryLimit + 1)
    for part in 0..<parts {
      var seconds: [UInt64: Int] = [:]
      var twins: [(upper: UInt64, Int, Int)] = []
      for (runDay, run) in runs {
        try storage.forEach(in: run) { entry in
          guard entry.word.multipliedFullWidth(by: parts).high == part else { return }
          let second = runDay * Self.dayLength + entry.secondOfDay
          let upper = IdentityEntry.upper(entry.word)
          guard let other = seconds.updateValue(second, forKey: upper), runDay == day,
            abs(second - other) <= IdentityIndex.windowSeconds
          else { return }
          twins.append((upper, other, second))
        }
      }
      for (upper, one, other) in twins where try isTwin(upper, one, other) {
        outcome.differs(
          "day \(day)",
          found: "a request at \(one) and \(other)",
          expected: "a request once within a day"
        )
      }
    }
  }

  /// Whether two entries are of one request; only a part of its identity is in them.
  private func isTwin(_ upper: UInt64, _ one: Int, _ other: Int) throws -> Bool {
    let first = try identities(like: upper, at: one)
    if one == other { return first.count < 2 }
    let second = try identities(like: upper, at: other)
    return first.contains { second.contains($0) }
  }

  private func identities(like upper: UInt64, at second: Int) throws -> [UInt64] {
    ofSecond.bind(1, StoredRequests.firstID(ofSecond: Int64(second)))
    ofSecond.bind(2, StoredRequests.lastID(ofSecond: Int64(second)))
    defer { ofSecond.reset() }
    var found: [UInt64] = []
    while try ofSecond.step() {
      let identity = UInt64(bitPattern: ofSecond.integer(0))
      if IdentityEntry.upper(identity) == upper { found.append(identity) }
    }
    return found
  }
}
