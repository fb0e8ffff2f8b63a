/// What requests add up to, exactly: credits in micro-credits, quantities in millionths.
public struct UsageSums: Sendable, Equatable {
  /// All of them, charged or not.
  public var requests: Int128 = 0
  /// Those that the API charges for.
  public var chargedRequests: Int128 = 0
  /// Of charged requests.
  public var quantity: Int128 = 0
  /// Without those of unpriced requests, which nobody knows.
  public var credits: Int128 = 0
  /// The parts of the credits by how they are known.
  public var measured: Int128 = 0
  public var counted: Int128 = 0
  public var assumed: Int128 = 0
  public var unpricedRequests: Int128 = 0
  /// With a status of 400 or more.
  public var errors: Int128 = 0
  /// With status 429.
  public var rateLimited: Int128 = 0

  public init() {}

  public static func += (left: inout UsageSums, right: UsageSums) {
    left.requests += right.requests
    left.chargedRequests += right.chargedRequests
    left.quantity += right.quantity
    left.credits += right.credits
    left.measured += right.measured
    left.counted += right.counted
    left.assumed += right.assumed
    left.unpricedRequests += right.unpricedRequests
    left.errors += right.errors
    left.rateLimited += right.rateLimited
  }
}
