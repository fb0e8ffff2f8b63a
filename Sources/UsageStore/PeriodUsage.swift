public import CreditCore

/// A period of time with its days, and the one before it.
public struct PeriodQuery: Sendable {
  /// Of one organisation and those that are as good as it; of all where it is empty.
  public var orgs: [String] = []
  /// Where the period before starts; it ends where this one starts.
  public var previousStart: Instant
  /// Up to where the period before is compared with one that is not over yet; nil for all of it.
  public var previousEnd: Instant?
  /// Where days start, rising; the first starts the period.
  public var days: [Instant]
  /// The end, which is not part of it.
  public var end: Instant
  /// What it is to be grouped by, besides operations and tags.
  public var by = UsageKey.operation
  /// Spans between snapshots, later than `after`, up to and with `through`.
  public var balances: [BalanceSpan] = []

  public struct BalanceSpan: Sendable {
    /// Whose requests spend the balance.
    public var orgs: [String]
    public var after: Instant
    public var through: Instant

    public init(orgs: [String], after: Instant, through: Instant) {
      self.orgs = orgs
      self.after = after
      self.through = through
    }
  }

  public init(previousStart: Instant, days: [Instant], end: Instant) {
    self.previousStart = previousStart
    self.days = days
    self.end = end
  }
}

/// What requests of a series add up to, exactly, whether they were charged or not.
///
/// Sums over all charges stay within 64 bits, for the writer takes no request beyond that.
public struct SeriesAmounts: Sendable, Equatable {
  public var requests: Int64 = 0
  /// In millionths of the unit.
  public var quantity: Int64 = 0
  /// In micro-credits.
  public var credits: Int64 = 0

  public init() {}

  @inline(__always)
  init(_ requests: Int64, _ quantity: Int64, _ credits: Int64) {
    self.requests = requests
    self.quantity = quantity
    self.credits = credits
  }

  /// Of one request, or with -1 one less; what is unknown of it is zero.
  @inline(__always)
  init(_ amounts: Amounts, requests: Int64 = 1) {
    self.requests = requests
    quantity = (amounts.quantity ?? 0) &* requests
    credits = (amounts.credits ?? 0) &* requests
  }

  @inline(__always)
  var isEmpty: Bool { requests == 0 && quantity == 0 && credits == 0 }

  @inline(__always)
  public static func += (left: inout SeriesAmounts, right: SeriesAmounts) {
    left.requests &+= right.requests
    left.quantity &+= right.quantity
    left.credits &+= right.credits
  }

  @inline(__always)
  static prefix func - (amounts: SeriesAmounts) -> SeriesAmounts {
    SeriesAmounts(0 &- amounts.requests, 0 &- amounts.quantity, 0 &- amounts.credits)
  }
}

/// What families of operations add up to: those with any request, in no order.
public typealias FamilySums = [(family: String, sums: UsageSums)]

/// A period as its series: any grouping of it is a sum of them.
public struct PeriodUsage: Sendable {
  /// A series; its texts are named by their places, so that groups are found by number.
  public struct Entry: Sendable {
    /// The place in ``PeriodUsage/orgs``.
    public var org: Int
    /// The place in ``PeriodUsage/operations``.
    public var operation: Int
    /// The place in ``PeriodUsage/tagSets``.
    public var tags: Int
    /// The place in ``PeriodUsage/values``.
    public var value: Int
    /// The number of the book that priced it.
    public var book: Int64
    public var unit: Unit
    public var traits: SeriesTraits
    public var amounts = SeriesAmounts()
    /// Of the period before.
    public var previous = SeriesAmounts()
    /// Of the period before, up to where it is compared.
    public var compared = SeriesAmounts()
    /// Of the span between snapshots.
    public var balanced = SeriesAmounts()
  }

  /// Those with any request.
  public var entries: [Entry]
  public var orgs: [String]
  public var operations: [String]
  /// Names and values of tags, as requests have them together.
  public var tagSets: [[(name: String, value: String)]]
  /// Of what it is grouped by, where that is neither organisation, operation, family nor tag.
  public var values: [UsageValue]
  /// By day of the period: what each family adds up to.
  public var days: [FamilySums]
  /// Provider and version of price books, by the number that series have for them.
  public var books: [Int64: String]
  /// Requests that were looked at one by one, rather than in their rollups.
  public var requestsRead: Int
}

extension UsageSums {
  /// Adds what requests of a series add up to.
  @inline(__always)
  public mutating func add(_ amounts: SeriesAmounts, of traits: SeriesTraits) {
    let (requests, credits) = (Int128(amounts.requests), Int128(amounts.credits))
    self.requests += requests
    self.credits += credits
    if traits.isCharged {
      chargedRequests += requests
      quantity += Int128(amounts.quantity)
    }
    switch traits.basis {
    case .measured: measured += credits
    case .counted: counted += credits
    case .assumed: assumed += credits
    case .unpriced: unpricedRequests += requests
    }
    if traits.isError { errors += requests }
    if traits.isRateLimited { rateLimited += requests }
  }
}

/// What of a series decides which sums its requests belong to.
public struct SeriesTraits: Sendable {
  public let status: Int?
  public let isReplayed: Bool
  public let basis: Basis
  /// Whether the API charges for them.
  public let isCharged: Bool
  public let isError: Bool
  public let isRateLimited: Bool

  init(status: Int?, isReplayed: Bool, basis: Basis) {
    self.status = status
    self.isReplayed = isReplayed
    self.basis = basis
    isCharged = !isReplayed && (status.map { (200..<300).contains($0) } ?? true)
    isError = (status ?? 0) >= 400
    isRateLimited = status == 429
  }
}

extension Series {
  var traits: SeriesTraits {
    SeriesTraits(status: status, isReplayed: replayed, basis: basis)
  }
}

/// Credits of a quarter of an hour.
public struct QuarterCredits: Sendable {
  public var start: Instant
  /// In micro-credits.
  public var credits: Int64
}

extension UsageStore {
  /// Credits of a span by quarters of an hour, from rollups: those with any, in order.
  ///
  /// `orgs`: of these organisations; of all where it is empty.
  public func quarters(
    of orgs: [String],
    from start: Instant,
    until end: Instant
  ) throws -> [QuarterCredits] {
    try reading { connection in
      let statement = try Statement(connection, UsageSQL.quarters)
      statement.bind(1, floorDivided(start.microseconds, by: 900_000_000))
      statement.bind(2, floorDivided(end.microseconds, by: 900_000_000))
      var quarters: [QuarterCredits] = []
      while try statement.step() {
        let quarter = Instant(microseconds: statement.integer(0) * 900_000_000)
        if !orgs.isEmpty, !orgs.contains(where: { $0.isSpelled(like: statement.text(1)) }) {
          continue
        }
        if quarters.last?.start == quarter {
          quarters[quarters.count - 1].credits &+= statement.integer(2)
        } else {
          quarters.append(QuarterCredits(start: quarter, credits: statement.integer(2)))
        }
      }
      return quarters
    }
  }

  /// Reads a period and the one before it in one pass; it costs by their days and series, and by
  /// the requests between the midnights of a zone and those of UTC.
  public func period(_ query: PeriodQuery) throws -> PeriodUsage {
    try reading { try PeriodReading($0, query).usage() }
  }

  /// As above, of days that are asked for again and again.
  public func period(_ query: PeriodQuery, _ memory: DayMemory) throws -> PeriodUsage {
    try remembering(memory) { connection, days in
      try PeriodReading(connection, query, days).usage()
    }
  }

  /// What families add up to on each day of a query, of days that are asked for again and again.
  public func familyDays(_ query: PeriodQuery, _ memory: DayMemory) throws -> [FamilySums] {
    try remembering(memory) { connection, days in
      try days.familyDays(query) { try PeriodReading(connection, $0, days).familyDays() }
    }
  }

  private func remembering<Result: Sendable>(
    _ memory: DayMemory,
    _ body: (OpaquePointer, DaySums) throws -> Result
  ) throws -> Result {
    let changes = changes
    return try reading { connection in
      try memory.using { days in
        try days.begin(connection, changes, dayChanges)
        return try body(connection, days)
      }
    }
  }
}
