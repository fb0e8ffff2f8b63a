/// A value that is not known to the point: its low, expected and high case.
public struct Bounds<Value: Sendable>: Sendable {
  public var low: Value
  public var expected: Value
  public var high: Value

  public init(low: Value, expected: Value, high: Value) {
    self.low = low
    self.expected = expected
    self.high = high
  }

  /// One value for all three cases.
  public init(_ value: Value) {
    self.init(low: value, expected: value, high: value)
  }

  public func map<Result, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Result
  ) throws(Failure) -> Bounds<Result> {
    Bounds<Result>(
      low: try transform(low),
      expected: try transform(expected),
      high: try transform(high)
    )
  }

  public func zip<Other, Result, Failure: Error>(
    _ other: Bounds<Other>,
    _ combine: (Value, Other) throws(Failure) -> Result
  ) throws(Failure) -> Bounds<Result> {
    Bounds<Result>(
      low: try combine(low, other.low),
      expected: try combine(expected, other.expected),
      high: try combine(high, other.high)
    )
  }

  public subscript(bound: Bound) -> Value {
    switch bound {
    case .low: low
    case .expected: expected
    case .high: high
    }
  }
}

extension Bounds: Equatable where Value: Equatable {}

extension Bounds where Value: Equatable {
  /// Whether the three cases differ at all.
  public var isRanged: Bool { low != high || low != expected }
}

/// One of the three cases of an estimate.
public enum Bound: String, Sendable, CaseIterable {
  case low
  case expected
  case high
}

public typealias CreditRange = Bounds<Credits>
public typealias QuantityRange = Bounds<ExactDecimal>

extension Bounds<Credits> {
  public static let zero = Bounds(Credits.zero)

  public static func + (
    left: CreditRange,
    right: CreditRange
  ) throws(ArithmeticOverflow) -> CreditRange {
    try left.zip(right) { (a, b) throws(ArithmeticOverflow) in try a + b }
  }

  public static func - (
    left: CreditRange,
    right: CreditRange
  ) throws(ArithmeticOverflow) -> CreditRange {
    try left.zip(right) { (a, b) throws(ArithmeticOverflow) in try a - b }
  }
}
