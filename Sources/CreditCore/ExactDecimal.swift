/// A decimal number held exactly, as `significand` x 10^-`scale`; at most 38 significant digits.
///
/// Quantities, rates and prices are exact decimals, so that a product of them is exact until a
/// line is rounded to micro-credits. Whatever needs more digits throws ``ArithmeticOverflow``.
public struct ExactDecimal: Sendable {
  public let significand: Int128
  /// Digits behind the decimal point, 0 or more.
  public let scale: Int

  public init(significand: Int128, scale: Int) {
    self.significand = significand
    self.scale = scale
  }

  public init(_ integer: some BinaryInteger) {
    self.init(significand: Int128(integer), scale: 0)
  }

  public static let zero = ExactDecimal(0)
  public static let one = ExactDecimal(1)

  public var isZero: Bool { significand == 0 }
  public var isNegative: Bool { significand < 0 }

  /// The nearest binary floating-point number, for statistics only, never for money.
  public var approximate: Double {
    // Converting 128 bits is some 50 times slower than 64.
    let numerator = Int64(exactly: significand).map { Double($0) } ?? Double(significand)
    return scale < Self.doublePowers.count
      ? numerator / Self.doublePowers[scale]
      : numerator / Self.doublePowers[Self.doublePowers.count - 1]
  }

  /// The same value without trailing zeros behind the point.
  public var normalized: ExactDecimal {
    var scale = scale
    if var small = Int64(exactly: significand) {
      while scale > 0, small.isMultiple(of: 10) {
        small /= 10
        scale -= 1
      }
      return ExactDecimal(significand: Int128(small), scale: small == 0 ? 0 : scale)
    }
    var significand = significand
    while scale > 0 {
      let (quotient, remainder) = significand.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { break }
      significand = quotient
      scale -= 1
    }
    return ExactDecimal(significand: significand, scale: scale)
  }
}

/// A result that does not fit: past 38 digits, or past what `Credits` can hold.
public struct ArithmeticOverflow: Error, Equatable {
  public init() {}
}

extension ExactDecimal {
  public static func * (
    left: ExactDecimal,
    right: ExactDecimal
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    let (product, overflow) = left.significand.multipliedReportingOverflow(by: right.significand)
    if !overflow {
      return ExactDecimal(significand: product, scale: left.scale + right.scale)
    }
    let (a, b) = (left.normalized, right.normalized)
    let (retried, stillOverflows) = a.significand.multipliedReportingOverflow(by: b.significand)
    if stillOverflows { throw ArithmeticOverflow() }
    return ExactDecimal(significand: retried, scale: a.scale + b.scale)
  }

  public static func + (
    left: ExactDecimal,
    right: ExactDecimal
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    try combined(left, right) { $0.addingReportingOverflow($1) }
  }

  public static func - (
    left: ExactDecimal,
    right: ExactDecimal
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    try combined(left, right) { $0.subtractingReportingOverflow($1) }
  }

  private static func combined(
    _ left: ExactDecimal,
    _ right: ExactDecimal,
    _ combine: (Int128, Int128) -> (partialValue: Int128, overflow: Bool)
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    if let result = aligned(left, right, combine) { return result }
    guard let retried = aligned(left.normalized, right.normalized, combine) else {
      throw ArithmeticOverflow()
    }
    return retried
  }

  private static func aligned(
    _ left: ExactDecimal,
    _ right: ExactDecimal,
    _ combine: (Int128, Int128) -> (partialValue: Int128, overflow: Bool)
  ) -> ExactDecimal? {
    let scale = max(left.scale, right.scale)
    guard let a = try? left.significand(atScale: scale),
      let b = try? right.significand(atScale: scale),
      case (let result, false) = combine(a, b)
    else { return nil }
    return ExactDecimal(significand: result, scale: scale)
  }

  private func significand(atScale target: Int) throws(ArithmeticOverflow) -> Int128 {
    if target == scale || significand == 0 { return significand }
    guard let factor = Self.powerOfTen(target - scale) else { throw ArithmeticOverflow() }
    let (result, overflow) = significand.multipliedReportingOverflow(by: factor)
    if overflow { throw ArithmeticOverflow() }
    return result
  }

  /// 10 to the power `exponent`, or nil where 128 bits do not hold it (from 39 on).
  static func powerOfTen(_ exponent: Int) -> Int128? {
    exponent < powersOfTen.count ? powersOfTen[exponent] : nil
  }

  private static let powersOfTen: [Int128] = {
    var powers: [Int128] = [1]
    for _ in 1...38 { powers.append((powers.last ?? 1) * 10) }
    return powers
  }()

  /// 1, 10, … up to 10^308; whatever has more decimals is nothing to a statistic.
  private static let doublePowers: [Double] = (0...308).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }
}

extension ExactDecimal {
  /// The value divided by `divisor`, which is above zero, rounded half up to `places` decimals.
  public func divided(
    by divisor: ExactDecimal,
    places: Int
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    precondition(divisor.significand > 0, "a divisor is above zero")
    let shift = places + divisor.scale - scale
    var numerator = significand
    var denominator = divisor.significand
    guard let factor = Self.powerOfTen(abs(shift)) else {
      if shift < 0 || significand == 0 { return ExactDecimal(significand: 0, scale: places) }
      throw ArithmeticOverflow()
    }
    let overflow: Bool
    if shift >= 0 {
      (numerator, overflow) = numerator.multipliedReportingOverflow(by: factor)
    } else {
      (denominator, overflow) = denominator.multipliedReportingOverflow(by: factor)
      if overflow { return shareOfMore(divisor, factor, places: places) }
    }
    if overflow { throw ArithmeticOverflow() }
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    let half = remainder.magnitude >= denominator.magnitude - remainder.magnitude
    let step: Int128 = half && remainder != 0 ? (numerator < 0 ? -1 : 1) : 0
    return ExactDecimal(significand: quotient + step, scale: places)
  }

  /// The quotient by a divisor of more than 128 bits, which is below one: rounded, 1 or 0.
  private func shareOfMore(
    _ divisor: ExactDecimal,
    _ factor: Int128,
    places: Int
  ) -> ExactDecimal {
    let (denominator, overflow) = divisor.significand.magnitude.multipliedReportingOverflow(
      by: factor.magnitude
    )
    let isHalf = !overflow && significand.magnitude >= denominator - significand.magnitude
    return ExactDecimal(significand: isHalf ? significand.signum() : 0, scale: places)
  }

  /// The value at `places` decimals, half up (away from zero below zero).
  public func rounded(places: Int) throws(ArithmeticOverflow) -> ExactDecimal {
    scale <= places ? self : try divided(by: .one, places: places)
  }

  /// The smallest whole number that is not below the value.
  public var roundedUp: ExactDecimal {
    guard scale > 0 else { return self }
    guard let divisor = Self.powerOfTen(scale) else {
      return ExactDecimal(significand: significand > 0 ? 1 : 0, scale: 0)
    }
    let (quotient, remainder) = significand.quotientAndRemainder(dividingBy: divisor)
    return ExactDecimal(significand: remainder > 0 ? quotient + 1 : quotient, scale: 0)
  }

  /// The largest whole number that is not above the value.
  public var roundedDown: ExactDecimal {
    guard scale > 0 else { return self }
    guard let divisor = Self.powerOfTen(scale) else {
      return ExactDecimal(significand: significand < 0 ? -1 : 0, scale: 0)
    }
    let (quotient, remainder) = significand.quotientAndRemainder(dividingBy: divisor)
    return ExactDecimal(significand: remainder < 0 ? quotient - 1 : quotient, scale: 0)
  }
}

extension ExactDecimal: Comparable {
  public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
    left.scale == right.scale
      ? left.significand == right.significand : !(left < right) && !(right < left)
  }

  public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
    if left.scale == right.scale { return left.significand < right.significand }
    if left.significand.signum() != right.significand.signum() {
      return left.significand < right.significand
    }
    if left.scale < right.scale {
      guard let a = try? left.significand(atScale: right.scale) else { return left.isNegative }
      return a < right.significand
    }
    guard let b = try? right.significand(atScale: left.scale) else { return !left.isNegative }
    return left.significand < b
  }
}
