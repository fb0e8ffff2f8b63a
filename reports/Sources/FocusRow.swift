public import CreditCore

/// A billing period: a month that starts at midnight UTC on the billing day.
public struct FocusPeriod: Sendable, Equatable {
  public let start: Instant
  /// The end, which is not part of it.
  public let end: Instant

  /// - Parameters:
  ///   - instant: within the period.
  ///   - day: 1 to 28.
  public init(containing instant: Instant, day: Int) {
    let date = Zone.utc.local(instant).date
    let month = date.day >= day ? 0 : -1
    start = Self.day(day, of: date, months: month)
    end = Self.day(day, of: date, months: month + 1)
  }

  private static func day(_ day: Int, of date: CivilDate, months: Int) -> Instant {
    let month = date.year * 12 + date.month - 1 + months
    let found = CivilDate(year: month / 12, month: month % 12 + 1, day: day) ?? date
    return Zone.utc.start(of: found)
  }
}

/// One row of FOCUS 1.2: credits bought, or credits used by an operation on a day.
public struct FocusRow: Sendable {
  public var org: String
  public var start: Instant
  public var end: Instant
  public var period: FocusPeriod
  public var credits: ExactDecimal
  public var isPurchase = false
  public var isRecurring = false
  public var isCorrection = false
  public var operation = ""
  public var title = ""
  public var family = ""
  public var unit: Unit?
  /// In units.
  public var quantity = ExactDecimal.zero
  public var requests = ExactDecimal.zero
  public var basis = Basis.counted
  public var confidence: Confidence?
  public var plan = ""
  public var book = ""
  /// Nil on a plan that sells no credits.
  public var usdPerCredit: ExactDecimal?
  public var tags: [(name: String, value: String)] = []
  /// Credits of a block of units, and blocks; nil where the row has no single price.
  private(set) var block: (price: ExactDecimal, size: ExactDecimal, count: ExactDecimal)?

  public init(
    org: String,
    start: Instant,
    end: Instant,
    period: FocusPeriod,
    credits: ExactDecimal
  ) {
    self.org = org
    self.start = start
    self.end = end
    self.period = period
    self.credits = credits
  }

  /// Counts the row in blocks at a price, where that makes its credits exactly.
  public mutating func setBlock(price: ExactDecimal, size: ExactDecimal) {
    guard !price.isZero, let count = try? credits.divided(by: price, places: 12),
      let product = try? count * price, product == credits
    else { return }
    block = (price, size, count.normalized)
  }

  public func precedes(_ other: FocusRow) -> Bool {
    if start != other.start { return start < other.start }
    let left = [org, operation, plan, book, basis.rawValue, tagText]
    let right = [
      other.org, other.operation, other.plan, other.book, other.basis.rawValue, other.tagText,
    ]
    return left.lexicographicallyPrecedes(right) { $0.isSpelled(before: $1) }
  }

  var tagText: String {
    var json = JSONWriter(openDepth: -1)
    json.object { json in
      for (name, value) in tags { json.field(named: name) { $0.text(value) } }
    }
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
