import CreditCore

/// How much may come out of compressed bytes, so that a small file cannot keep a run busy for
/// ever.
///
/// Logs shrink to a tenth or a fiftieth. Once past ``freely``, what comes out may be at most
/// ``ratio`` times what went in; and it ends at ``total``.
struct InflationLimit {
  static let freely = 64 << 20
  static let ratio = 1_000
  static let total = 1 << 40

  private(set) var inflated = 0

  /// Counts `count` bytes that came out of the first `consumed` compressed ones.
  mutating func add(
    _ count: Int,
    from consumed: Int,
    of name: String
  ) throws(EnvironmentFault) {
    inflated += count
    if inflated > Self.total {
      throw EnvironmentFault(
        "cannot read \(name): it holds more than 1 TiB at byte \(consumed) of the compressed data;"
          + " split it into smaller files"
      )
    }
    let (allowed, isEnough) = consumed.multipliedReportingOverflow(by: Self.ratio)
    if inflated > Self.freely, !isEnough, inflated > allowed {
      throw EnvironmentFault(
        "cannot read \(name): byte \(consumed) of the compressed data comes to more than"
          + " \(Self.ratio) times its size, as no log does; if it is one, unpack it first"
      )
    }
  }
}

/// What is wrong with compressed bytes, and where.
func damage(
  _ what: String,
  at offset: Int,
  of name: String,
  todo: String = "copy or make the file again"
) -> EnvironmentFault {
  EnvironmentFault("cannot read \(name): \(what) at byte \(offset) of the compressed data; \(todo)")
}
