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
    /// Zero where only amounts are asked for.
    var importID: Int64
  }

  private let walk: ChargeWalk
  private(set) var count = 0

  /// `isBrief`: only amounts of series are asked for, neither sources of requests nor paths.
  init(_ connection: OpaquePointer, isBrief: Bool = false) {
    walk = ChargeWalk(connection, isBrief: isBrief)
  }

  /// Hands every request of a half-open span to `body`.
  @inline(__always)
  func forEach(
    from start: Int64,
    to end: Int64,
    _ body: (Row) throws -> Void
  ) throws {
    if start >= end { return }
    let first = Self.firstID(ofSecond: floorDivided(start, by: 1_000_000))
    let last = Self.lastID(ofSecond: floorDivided(end - 1, by: 1_000_000))
    try walk.start(first...last)
    defer { walk.end() }
    while !walk.isAtEnd {
      let row = walk.row.pointee
      let at = (row.id >> 31) * 1_000_000 &+ row.microsecond
      if at >= start, at < end {
        count += 1
        try body(
          Row(
            id: row.id,
            at: at,
            series: row.series,
            quantity: row.quantity,
            credits: row.credits,
            importID: row.importID
          )
        )
      }
      try walk.advance()
    }
  }

  /// What fills the route of the request at hand.
  var arguments: String { walk.arguments.text }

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
