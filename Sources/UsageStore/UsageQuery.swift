public import CreditCore
import GRDB

/// What of the stored usage is asked for.
public struct UsageQuery: Sendable {
  public var filter = UsageFilter()
  public var since: Instant?
  /// The end, which is not part of it.
  public var until: Instant?
  /// What it is grouped by, but for time.
  public var by: [UsageKey] = []
  /// The instants at which new rows start, given the span of the requests that there are.
  ///
  /// They rise, and the first is at the start of the span or before. Nil where time does not part
  /// requests.
  public var cuts: (@Sendable (Range<Instant>) -> [Instant])?

  public init() {}
}

/// Requests that are alike, and what they add up to.
public struct UsageGroup: Sendable {
  /// Of `by`, in its order.
  public var values: [UsageValue]
  /// When its part of time starts; nil where time does not part them.
  public var start: Instant?
  /// What their quantity counts; nil where units differ.
  public var unit: Unit?
  public var sums: UsageSums
}

/// What questions of the same filter and groups, but of other spans, read once.
public final class UsageMemory {
  var selection: SeriesSelection?

  public init() {}
}

public struct UsageAnswer: Sendable {
  /// In the order of their values, then of time.
  public var groups: [UsageGroup]
  public var totals: UsageSums
  /// How many requests were looked at one by one, rather than in their rollups.
  public var requestsRead: Int
}

extension UsageStore {
  /// Adds requests up: those of whole days from their rollups, so that it costs by the rows of the
  /// answer and the days of the span, and only those of parts of days one by one.
  public func usage(_ query: UsageQuery) throws -> UsageAnswer {
    try reading { connection in
      let reading = try UsageReading(connection, query)
      try reading.run()
      return reading.answer
    }
  }

  /// As above, of many spans: `memory` is of questions that differ in nothing but time.
  public func usage(_ query: UsageQuery, _ memory: UsageMemory) throws -> UsageAnswer {
    try reading { connection in
      let reading = try UsageReading(connection, query, memory.selection)
      memory.selection = reading.selection
      try reading.run()
      return reading.answer
    }
  }
}

/// The questions that reading usage asks of the database.
enum UsageSQL {
  static let series = "SELECT \(Series.columns) FROM series"
  /// What a period asks of series; the first tells how many there are.
  static func fallingSeries(_ by: UsageKey) -> String {
    """
    SELECT id, org, operation, tags, unit, status, replayed, basis, book,
      \(by.periodColumn ?? "NULL")
    FROM series WHERE id > ? ORDER BY id DESC
    """
  }
  static let laterSeries = series + " WHERE id > ? ORDER BY id"
  static let books = "SELECT id, provider, version FROM books"
  static let imports = "SELECT id, source, started FROM imports"
  static let firstCharge = "SELECT id FROM charges ORDER BY id LIMIT 1"
  static let lastCharge = "SELECT id FROM charges ORDER BY id DESC LIMIT 1"
  static let days = "SELECT id, sums FROM daily_blocks WHERE id >= ? AND id <= ? ORDER BY id"
  static let quarters = """
    SELECT quarter, org, credits FROM quarter_hour_rollups
    WHERE quarter >= ? AND quarter < ? ORDER BY quarter, org
    """

  /// Requests are looked up one by one: few pay for steps.
  static let items = """
    SELECT charges.id, charges.microsecond, charges.series, charges.credits, sequence_charges.factor
    FROM sequence_charges CROSS JOIN charges ON charges.id = sequence_charges.charge
    WHERE sequence_charges.charge >= ? AND sequence_charges.charge <= ?
    """

  static let all = [
    series, laterSeries, books, imports, firstCharge, lastCharge, days, items, quarters,
    fallingSeries(.path),
    RequestListSQL.requests(.oldestFirst),
  ]
}
