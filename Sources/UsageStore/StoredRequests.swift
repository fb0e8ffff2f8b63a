import CreditCore

/// The stored requests of a span, one by one in the order of time.
final class StoredRequests {
  struct Row {
    var id: Int64
    /// Microseconds since 1970.
    var at: Int64
    var series: Int64
    /// In millionths; nil when nothing tells.
    var quantity: Int64?
    /// In micro-credits; nil when no rate is known.
    var credits: Int64?
    var importID: Int64
  }

  private let statement: Statement
  private let sums: Statement
  private(set) var count = 0

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    statement = try Statement(connection, UsageSQL.charges)
    sums = try Statement(connection, UsageSQL.chargeSums)
  }

  /// Hands every request of a half-open span to `body`.
  func forEach(
    from start: Int64,
    to end: Int64,
    _ body: (Row) throws -> Void
  ) throws {
    if start >= end { return }
    statement.bind(1, Self.firstID(ofSecond: floorDivided(start, by: 1_000_000)))
    statement.bind(2, Self.lastID(ofSecond: floorDivided(end - 1, by: 1_000_000)))
    defer { statement.reset() }
    while try statement.step() {
      let id = statement.integer(0)
      let at = (id >> 31) * 1_000_000 &+ statement.integer(1)
      if at < start || at >= end { continue }
      count += 1
      try body(
        Row(
          id: id,
          at: at,
          series: statement.integer(2),
          quantity: statement.optionalInteger(3),
          credits: statement.optionalInteger(4),
          importID: statement.integer(5)
        )
      )
    }
  }

  /// Hands series, quantity and credits of every request of a half-open span to `body`, with zero
  /// for what is unknown, as rollups have it.
  @inline(__always)
  func forEachSum(
    from start: Int64,
    to end: Int64,
    _ body: (Int64, Int64, Int64) -> Void
  ) throws {
    if start >= end { return }
    sums.bind(1, Self.firstID(ofSecond: floorDivided(start, by: 1_000_000)))
    sums.bind(2, Self.lastID(ofSecond: floorDivided(end - 1, by: 1_000_000)))
    defer { sums.reset() }
    while try sums.step() {
      let at = (sums.integer(0) >> 31) * 1_000_000 &+ sums.integer(1)
      if at < start || at >= end { continue }
      count += 1
      body(sums.integer(2), sums.integer(3), sums.integer(4))
    }
  }

  /// What fills the route of the request at hand.
  var arguments: String { statement.text(6) }

  /// The seconds that ids can hold, 1833 to 2106.
  private static let seconds = -Int64(1) << 32...(1 << 32 - 1)

  static func firstID(ofSecond second: Int64) -> Int64 {
    min(max(second, seconds.lowerBound), seconds.upperBound) << 31
  }

  static func lastID(ofSecond second: Int64) -> Int64 {
    min(max(second, seconds.lowerBound), seconds.upperBound) << 31 | (1 << 31 - 1)
  }
}

/// The quotient rounded down, for a divisor above zero.
func floorDivided(_ value: Int64, by divisor: Int64) -> Int64 {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? quotient - 1 : quotient
}
