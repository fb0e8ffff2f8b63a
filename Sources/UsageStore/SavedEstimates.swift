public import CreditCore
import GRDB

/// An estimate that was kept, to be set beside what then happens.
public struct SavedEstimate: Sendable {
  public var name: String
  public var saved: Instant
  public var credits: CreditRange
  /// The estimate as JSON.
  public var content: String
  /// What it did cost; nil until it is known.
  public var actual: Credits?
  /// When that was looked up.
  public var compared: Instant?

  public init(
    name: String,
    saved: Instant,
    credits: CreditRange,
    content: String
  ) {
    self.name = name
    self.saved = saved
    self.credits = credits
    self.content = content
  }
}

extension UsageStore {
  /// Keeps an estimate; one of the same name is replaced as long as nothing is known of what it
  /// did cost.
  ///
  /// Throws ``EnvironmentFault`` where that is known.
  public func save(_ estimate: SavedEstimate) throws {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: """
            INSERT INTO estimates (name, saved, low, expected, high, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (name) DO UPDATE SET saved = ?2, low = ?3, expected = ?4, high = ?5,
              content = ?6 WHERE actual IS NULL
            """,
          arguments: [
            estimate.name, estimate.saved.microseconds, estimate.credits.low.micros,
            estimate.credits.expected.micros, estimate.credits.high.micros, estimate.content,
          ]
        )
        if db.changesCount == 0 {
          throw EnvironmentFault(
            "what \"\(estimate.name)\" did cost is known, so its estimate stays; "
              + "choose another name"
          )
        }
      }
    }
  }

  /// Keeps what an estimated campaign did cost, as it is known at an instant.
  public func keepActual(_ credits: Credits, of name: String, at instant: Instant) throws {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: "UPDATE estimates SET actual = ?, compared = ? WHERE name = ?",
          arguments: [credits.micros, instant.microseconds, name]
        )
      }
    }
  }

  /// All that were kept, in the order of their names.
  public func savedEstimates() throws -> [SavedEstimate] {
    try reading { connection in
      let statement = try Statement(
        connection,
        """
        SELECT name, saved, low, expected, high, content, actual, compared FROM estimates
        ORDER BY name
        """
      )
      var estimates: [SavedEstimate] = []
      while try statement.step() {
        var estimate = SavedEstimate(
          name: statement.text(0),
          saved: Instant(microseconds: statement.integer(1)),
          credits: CreditRange(
            low: Credits(micros: statement.integer(2)),
            expected: Credits(micros: statement.integer(3)),
            high: Credits(micros: statement.integer(4))
          ),
          content: statement.text(5)
        )
        estimate.actual = statement.optionalInteger(6).map { Credits(micros: $0) }
        estimate.compared = statement.optionalInteger(7).map { Instant(microseconds: $0) }
        estimates.append(estimate)
      }
      return estimates
    }
  }
}
