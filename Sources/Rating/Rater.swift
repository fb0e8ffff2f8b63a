public import CreditCore

/// Rates many requests under one book and plan.
///
/// What a request costs that tells nothing of its quantity depends on its pattern alone, and is
/// worked out once; what it costs by a quantity is a multiplication of whole numbers.
public final class Rater {
  public let book: PriceBook
  public let plan: String
  /// Finds the patterns of requests.
  public let finder: RouteFinder
  /// By pattern, after that of requests that none matches: those that are not charged and those
  /// that are.
  private let tariffs: UnsafeMutableBufferPointer<Tariff>
  /// By operation: whether the path of a request names its job.
  private let namesJobs: [Bool]

  private struct Tariff {
    /// Whether the other fields were worked out.
    var isKnown = false
    /// What a request costs that tells nothing; nil where more than its pattern must be looked at.
    var plain: RatedAmounts?
    /// What quantities count; nil where no pattern matches.
    var unit: Unit?
    /// What a request costs that tells its quantity.
    var byQuantity: QuantityPrice?
  }

  /// `path`: parts paths; raters may share it.
  public init(book: PriceBook, plan: String, path: RoutePath) {
    self.book = book
    self.plan = plan
    finder = RouteFinder(book.matcher, path)
    namesJobs = book.operations.map { $0.jobPlaceholder != nil }
    tariffs = .allocate(capacity: 2 * book.matcher.patterns.count + 2)
    tariffs.initialize(repeating: Tariff())
  }

  deinit { tariffs.deallocate() }

  /// Whether the path of an operation's request names a job.
  @inline(__always)
  public func namesJob(_ operation: Int) -> Bool { namesJobs[operation] }

  /// What a request without bodies costs; nil where more than its pattern and the quantities it
  /// tells must be looked at.
  ///
  /// - Throws: ``ArithmeticOverflow`` when the credits do not fit.
  @inline(__always)
  public func rate(
    _ match: RouteMatcher.Match?,
    isCharged: Bool,
    usage: [(unit: Unit, quantity: ExactDecimal)],
    creditsCharged: Credits?
  ) throws(ArithmeticOverflow) -> RatedAmounts? {
    let place = 2 * ((match?.pattern ?? -1) + 1) + (isCharged ? 1 : 0)
    if !tariffs[place].isKnown { try work(match, place, isCharged) }
    guard isCharged, !usage.isEmpty || creditsCharged != nil else { return tariffs[place].plain }
    return told(tariffs[place], usage, creditsCharged)
  }

  private func told(
    _ tariff: Tariff,
    _ usage: [(unit: Unit, quantity: ExactDecimal)],
    _ creditsCharged: Credits?
  ) -> RatedAmounts? {
    var rated = tariff.plain
    if let unit = tariff.unit, let used = usage.first(where: { $0.unit == unit }) {
      rated = used.quantity.millionths.flatMap { tariff.byQuantity?.amounts(of: $0) }
    }
    if let creditsCharged {
      rated?.credits = creditsCharged.micros
      rated?.basis = .measured
    }
    return rated
  }

  private func work(
    _ match: RouteMatcher.Match?,
    _ place: Int,
    _ isCharged: Bool
  ) throws(ArithmeticOverflow) {
    var tariff = Tariff(isKnown: true)
    let request = Request(method: "", path: "", status: isCharged ? 200 : 500)
    if let match {
      let operation = book.operations[match.operation]
      let rate = operation.rate(on: plan)
      tariff.unit = rate.unit
      tariff.byQuantity = QuantityPrice(rate)
      // A placeholder of the path alone may tell the quantity.
      let asksPath = operation.quantityFormulas.contains { formula in
        formula.allSatisfy { if case .sequenceSteps = $0 { true } else { false } }
      }
      if !asksPath || !isCharged {
        tariff.plain = RatedAmounts(try book.rate(request, as: match, plan: plan))
      }
    } else {
      tariff.plain = RatedAmounts(try book.rate(request, as: nil, plan: plan))
    }
    tariffs[place] = tariff
  }
}

/// What a known quantity costs, in whole numbers: the same as ``PriceBook`` says.
struct QuantityPrice: Sendable {
  let unit: Unit
  private let metering: Metering
  private let basis: Basis
  /// Micro-credits of a block; nil where nothing is charged, or nobody knows what.
  private let price: Int64?
  /// Millionths of the unit in a block.
  private let per: Int64
  private let rounding: Rounding

  /// Nil where whole numbers do not tell the price.
  init?(_ rate: Rate) {
    unit = rate.unit
    metering = rate.metering
    rounding = rate.rounding
    switch rate.effectiveMetering {
    case .free:
      (basis, price, per) = (.counted, nil, 1)
    case .unpriced:
      (basis, price, per) = (.unpriced, nil, 1)
    case .metered:
      guard let price = rate.price?.bounds.expected.millionths, price >= 0,
        let per = rate.per.millionths, per > 0
      else { return nil }
      self.price = price
      self.per = per
      basis = rate.provenance.confidence == .assumed ? .assumed : .counted
    }
  }

  /// Nil where the credits do not fit, or the quantity is below zero.
  func amounts(of quantity: Int64) -> RatedAmounts? {
    if quantity < 0 { return nil }
    var rated = RatedRequest(metering: metering, unit: unit)
    rated.basis = basis
    var amounts = RatedAmounts(rated)
    amounts.quantity = quantity
    guard let price else {
      amounts.credits = basis == .unpriced ? nil : 0
      return amounts
    }
    switch rounding {
    case .exact: amounts.credits = Self.share(of: price, quantity, per)
    case .up:
      let blocks = quantity / per + (quantity % per == 0 ? 0 : 1)
      let (credits, overflow) = blocks.multipliedReportingOverflow(by: price)
      amounts.credits = overflow ? nil : credits
    }
    return amounts.credits == nil ? nil : amounts
  }

  /// `price` times `quantity` over `per`, half up.
  private static func share(of price: Int64, _ quantity: Int64, _ per: Int64) -> Int64? {
    let product = price.multipliedFullWidth(by: quantity)
    guard product.high < per else { return nil }
    let (quotient, remainder) = UInt64(per).dividingFullWidth(
      (UInt64(product.high), product.low)
    )
    return Int64(exactly: remainder >= UInt64(per) - remainder ? quotient + 1 : quotient)
  }
}
