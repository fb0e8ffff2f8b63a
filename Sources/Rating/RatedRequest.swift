public import CreditCore

/// What one request used and cost, without the names that its operation and book give.
public struct RatedRequest: Sendable {
  public var metering: Metering
  public var unit: Unit
  /// How many units, to a millionth; nil when nothing tells.
  public var quantity: ExactDecimal?
  /// Nil when no rate is known: unknown is not zero.
  public var credits: Credits?
  public var basis: Basis

  /// A request that nothing is charged for.
  public init(metering: Metering, unit: Unit) {
    self.metering = metering
    self.unit = unit
    quantity = .zero
    credits = .zero
    basis = .counted
  }
}

/// The same in whole numbers, as it is stored.
public struct RatedAmounts: Sendable, Equatable {
  public var metering: Metering
  public var unit: Unit
  public var basis: Basis
  /// In millionths of the unit; nil when nothing tells.
  public var quantity: Int64?
  /// In micro-credits; nil when no rate is known.
  public var credits: Int64?

  public init(_ rated: RatedRequest) {
    metering = rated.metering
    unit = rated.unit
    basis = rated.basis
    quantity = rated.quantity?.millionths
    credits = rated.credits?.micros
  }
}
