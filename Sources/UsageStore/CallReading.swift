public import CreditCore

/// What single requests of a span tell that no rollup does.
public struct CallQuery: Sendable {
  public var orgs: [String] = []
  public var start: Instant
  public var end: Instant
  /// Operations whose path tells two calls from one another, and for how many days the same call
  /// is a repeat.
  public var repeats: [String: Int] = [:]

  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}

public struct CallFindings: Sendable {
  /// Requests of an operation, and their micro-credits.
  public struct Count: Sendable, Equatable {
    public var operation: String
    public var requests: Int128
    public var credits: Int128
  }

  /// Charged requests of metered operations that are known to have counted nothing.
  public var foundNothing: [Count] = []
  /// Charged requests that had been made before, and what they took.
  public var repeats: [Count] = []
}

/// Factors of requests whose steps are paid, and what those took.
public struct ItemSums: Sendable, Equatable {
  /// In millionths.
  public var items: Int128 = 0
  public var requests: Int128 = 0
  /// In micro-credits.
  public var credits: Int128 = 0
}

extension UsageStore {
  /// Reads the requests of a span one by one, and those of the days before it in which a call may
  /// have been made first.
  public func calls(_ query: CallQuery) throws -> CallFindings {
    try reading { try CallReading($0, query).facts() }
  }

  /// What charged requests multiply steps with, such as contacts, where they tell it.
  public func items(
    of operations: [Wildcard],
    orgs: [String],
    from start: Instant,
    until end: Instant
  ) throws -> ItemSums {
    try reading { connection in
      var filter = UsageFilter()
      filter.orgs = orgs
      filter.operations = operations
      let statement = try Statement(connection, UsageSQL.items)
      let (first, last) = (
        floorDivided(start.microseconds, by: 1_000_000),
        floorDivided(end.microseconds - 1, by: 1_000_000)
      )
      statement.bind(1, StoredRequests.firstID(ofSecond: first))
      statement.bind(2, StoredRequests.lastID(ofSecond: last))
      var facts = ItemSums()
      // Most logs tell their items by quantities, and then no series is of interest.
      guard try statement.step() else { return facts }
      let selection = try SeriesSelection(connection, filter, by: [])
      repeat {
        let at = (statement.integer(0) >> 31) * 1_000_000 &+ statement.integer(1)
        guard at >= start.microseconds, at < end.microseconds,
          let entry = selection[statement.integer(2)], entry.traits.isCharged
        else { continue }
        facts.requests += 1
        facts.credits += Int128(statement.integer(3))
        facts.items += Int128(statement.integer(4))
      } while try statement.step()
      return facts
    }
  }
}

/// Looks at requests one by one.
struct CallReading {
  private struct Candidate {
    var series: Series
    /// In microseconds; nil where no path tells a repeat.
    var within: Int64?
    /// The bytes of organisation, method and route, each ended: texts that look alike differ.
    var call: [UInt8]
  }

  private let query: CallQuery
  private let connection: OpaquePointer
  /// Charged series of metered operations.
  private var candidates: [Int64: Candidate] = [:]

  init(_ connection: OpaquePointer, _ query: CallQuery) throws {
    self.connection = connection
    self.query = query
    var filter = UsageFilter()
    filter.orgs = query.orgs
    filter.meterings = [.metered]
    let statement = try Statement(connection, UsageSQL.series)
    while try statement.step() {
      let series = Series(statement)
      guard series.isCharged, filter.extent(of: series) != .none else { continue }
      candidates[statement.integer(0)] = Candidate(
        series: series,
        within: query.repeats[series.operation].map { Int64($0) * PartedSpan.dayLength },
        call: [series.org, series.method, series.route].flatMap { Array($0.utf8) + [0] }
      )
    }
  }

  func facts() throws -> CallFindings {
    var nothing: [String: SeriesAmounts] = [:]
    var repeats: [String: SeriesAmounts] = [:]
    /// When a call was last made, by its bytes.
    var latest: [[UInt8]: Int64] = [:]
    let requests = StoredRequests(connection)
    let start = query.start.microseconds
    let days = Int64(query.repeats.values.max() ?? 0)
    let first = start &- days * PartedSpan.dayLength
    try requests.forEach(from: first, to: query.end.microseconds) { row in
      guard let candidate = candidates[row.series] else { return }
      let credits = row.credits ?? 0
      if row.at >= start, row.quantity == 0 {
        nothing[candidate.series.operation, default: SeriesAmounts()] += SeriesAmounts(
          1,
          0,
          credits
        )
      }
      guard let within = candidate.within, credits > 0 else { return }
      let call = candidate.call + Array(requests.arguments.utf8)
      let before = latest.updateValue(row.at, forKey: call)
      if row.at >= start, let before, row.at - before < within {
        repeats[candidate.series.operation, default: SeriesAmounts()] += SeriesAmounts(
          1,
          0,
          credits
        )
      }
    }
    return CallFindings(foundNothing: Self.counts(nothing), repeats: Self.counts(repeats))
  }

  private static func counts(_ sums: [String: SeriesAmounts]) -> [CallFindings.Count] {
    sums.map { operation, amounts in
      CallFindings.Count(
        operation: operation,
        requests: Int128(amounts.requests),
        credits: Int128(amounts.credits)
      )
    }
    .sorted { ($1.credits, $1.requests, $0.operation) < ($0.credits, $0.requests, $1.operation) }
  }
}
