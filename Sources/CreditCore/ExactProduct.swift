extension ExactDecimal {
  /// The product of `factors` over `divisor`, rounded half up to `places` decimals at the end.
  ///
  /// Exact while the product has at most 77 digits, twice what one decimal holds: four drivers
  /// and a price of eleven digits each are common, and money must not depend on their number.
  /// The divisor is above zero and no factor is negative.
  public static func product(
    of factors: [ExactDecimal],
    dividedBy divisor: ExactDecimal = .one,
    places: Int
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    do throws(ArithmeticOverflow) {
      var product = ExactDecimal.one
      for factor in factors { product = try product * factor }
      return try product.divided(by: divisor, places: places)
    } catch {
      var product = WideProduct()
      for factor in factors { try product.multiply(by: factor.normalized) }
      return try product.divided(by: divisor.normalized, places: places)
    }
  }
}

/// A product of up to 256 bits.
private struct WideProduct {
  private var high: UInt128 = 0
  private var low: UInt128 = 1
  private var scale = 0

  mutating func multiply(by factor: ExactDecimal) throws(ArithmeticOverflow) {
    precondition(!factor.isNegative, "quantities and prices are not negative")
    try multiply(by: factor.significand.magnitude)
    scale += factor.scale
  }

  private mutating func multiply(by factor: UInt128) throws(ArithmeticOverflow) {
    let (carry, lowProduct) = low.multipliedFullWidth(by: factor)
    let (highProduct, overflow) = high.multipliedReportingOverflow(by: factor)
    let (sum, carryOverflow) = highProduct.addingReportingOverflow(carry)
    if overflow || carryOverflow { throw ArithmeticOverflow() }
    (high, low) = (sum, lowProduct)
  }

  func divided(by divisor: ExactDecimal, places: Int) throws(ArithmeticOverflow) -> ExactDecimal {
    var numerator = self
    var denominators: [UInt128] = [divisor.significand.magnitude]
    var shift = places + divisor.scale - scale
    while shift > 0 {
      try numerator.multiply(by: 10)
      shift -= 1
    }
    while shift < 0 {
      let step = min(-shift, 38)
      denominators.append(ExactDecimal.powerOfTen(step)?.magnitude ?? 1)
      shift += step
    }
    // Half up: twice the numerator plus the denominator, over twice the denominator.
    var doubled = WideProduct()
    for denominator in denominators { try doubled.multiply(by: denominator) }
    try numerator.multiply(by: 2)
    try numerator.add(doubled)
    for denominator in denominators { numerator.divide(by: denominator) }
    numerator.divide(by: 2)
    guard numerator.high == 0, let significand = Int128(exactly: numerator.low) else {
      throw ArithmeticOverflow()
    }
    return ExactDecimal(significand: significand, scale: places)
  }

  private mutating func add(_ other: WideProduct) throws(ArithmeticOverflow) {
    let (lowSum, carry) = low.addingReportingOverflow(other.low)
    let (highSum, overflow) = high.addingReportingOverflow(other.high)
    let (withCarry, carryOverflow) = highSum.addingReportingOverflow(carry ? 1 : 0)
    if overflow || carryOverflow { throw ArithmeticOverflow() }
    (high, low) = (withCarry, lowSum)
  }

  /// Divides and drops the remainder; dropping it in steps gives what one division would.
  private mutating func divide(by divisor: UInt128) {
    let (quotient, remainder) = high.quotientAndRemainder(dividingBy: divisor)
    high = quotient
    low = divisor.dividingFullWidth((remainder, low)).quotient
  }
}
