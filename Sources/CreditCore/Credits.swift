/// An amount of graph8 credits, exact to the micro-credit (1 credit = 1,000,000 micro-credits).
///
/// Holds -9,223,372,036,854.775808 to 9,223,372,036,854.775807 credits; arithmetic that leaves
/// that range throws ``ArithmeticOverflow`` instead of trapping.
public struct Credits: Sendable, Hashable {
  public let micros: Int64

  public init(micros: Int64) { self.micros = micros }

  /// `amount` rounded half up to the micro-credit.
  public init(rounding amount: ExactDecimal) throws(ArithmeticOverflow) {
    let rounded = try amount.divided(by: .one, places: Self.places)
    guard let micros = Int64(exactly: rounded.significand) else { throw ArithmeticOverflow() }
    self.micros = micros
  }

  /// The product of `factors` over `divisor`, rounded half up to the micro-credit at the end.
  public init(
    product factors: [ExactDecimal],
    dividedBy divisor: ExactDecimal = .one
  ) throws(ArithmeticOverflow) {
    let product = try ExactDecimal.product(of: factors, dividedBy: divisor, places: Self.places)
    guard let micros = Int64(exactly: product.significand) else { throw ArithmeticOverflow() }
    self.micros = micros
  }

  public static let zero = Credits(micros: 0)
  /// Decimals of one credit.
  public static let places = 6

  public var decimal: ExactDecimal {
    ExactDecimal(significand: Int128(micros), scale: Self.places)
  }

  /// The nearest floating-point number of credits, for statistics only.
  public var approximate: Double { Double(micros) / 1_000_000 }

  public static func + (left: Credits, right: Credits) throws(ArithmeticOverflow) -> Credits {
    let (sum, overflow) = left.micros.addingReportingOverflow(right.micros)
    if overflow { throw ArithmeticOverflow() }
    return Credits(micros: sum)
  }

  public static func - (left: Credits, right: Credits) throws(ArithmeticOverflow) -> Credits {
    let (difference, overflow) = left.micros.subtractingReportingOverflow(right.micros)
    if overflow { throw ArithmeticOverflow() }
    return Credits(micros: difference)
  }
}

extension ExactDecimal {
  /// As a whole number of millionths, or nil where it is finer or does not fit.
  public var millionths: Int64? {
    if scale == 0, let whole = Int64(exactly: significand),
      case (let product, let overflow) = whole.multipliedReportingOverflow(by: 1_000_000), !overflow
    {
      return product
    }
    let number = normalized
    guard number.scale <= Credits.places,
      let factor = Self.powerOfTen(Credits.places - number.scale),
      case (let product, let overflow) = number.significand.multipliedReportingOverflow(by: factor),
      !overflow
    else { return nil }
    return Int64(exactly: product)
  }
}

extension Credits: Comparable {
  public static func < (left: Credits, right: Credits) -> Bool { left.micros < right.micros }
}

extension Credits: CustomStringConvertible {
  public var description: String { decimal.description }
}
