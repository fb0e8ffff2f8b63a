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

/// Rates many requests under one book and plan.
///
/// What a request costs that tells nothing of its quantity depends on its pattern alone, and is
/// worked out once.
public final class Rater {
  public let book: PriceBook
  public let matcher: RouteMatcher
  public let plan: String
  /// By pattern: of a request that is not charged, and of one that is.
  private var plain: [RatedRequest?]
  /// By operation: whether a placeholder of the path alone can tell the quantity.
  private let asksPath: [Bool]

  public init(book: PriceBook, plan: String) {
    self.book = book
    matcher = book.matcher
    self.plan = plan
    plain = Array(repeating: nil, count: 2 * book.matcher.patterns.count + 2)
    asksPath = book.operations.map { operation in
      operation.quantityFormulas.contains { formula in
        formula.allSatisfy { if case .sequenceSteps = $0 { true } else { false } }
      }
    }
  }

  /// What a request costs that has neither bodies, nor usage, nor credits of its own; nil where
  /// more than the pattern must be looked at.
  @inline(__always)
  public func plainRate(
    _ match: RouteMatcher.Match?,
    isCharged: Bool
  ) throws(ArithmeticOverflow) -> RatedRequest? {
    let place = 2 * ((match?.pattern ?? -1) + 1) + (isCharged ? 1 : 0)
    if let known = plain[place] { return known }
    return try work(match, place, isCharged)
  }

  private func work(
    _ match: RouteMatcher.Match?,
    _ place: Int,
    _ isCharged: Bool
  ) throws(ArithmeticOverflow) -> RatedRequest? {
    if let match, asksPath[match.operation] { return nil }
    let request = Request(method: "", path: "", status: isCharged ? 200 : 500)
    let rated = try book.rate(request, as: match, plan: plan)
    plain[place] = rated
    return rated
  }
}
