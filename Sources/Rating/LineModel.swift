import CreditCore

/// The arithmetic of one campaign line: factors whose product is the quantity, and a price.
struct LineModel: Sendable {
  /// A driver or direct quantity, so oriented that its low value makes the low cost.
  struct Factor: Sendable {
    var name: String
    /// The name as people read it.
    var words: String
    var bounds: QuantityRange
    /// Whether `bounds` is what a saving leaves, 1 minus the share named.
    var isSaving: Bool
    /// Whether it counts billed items rather than the size of one.
    var countsItems: Bool

    init(_ name: String, _ words: String, _ bounds: QuantityRange, countsItems: Bool = false) {
      self.name = name
      self.words = words
      self.bounds = bounds
      self.countsItems = countsItems
      isSaving = false
    }
  }

  enum Pricing: Sendable {
    case free
    case unpriced
    /// An exact price of one unit; nothing is rounded.
    case perUnit(QuantityRange)
    /// The book's price of a block of `per` units.
    case blocks(QuantityRange, per: ExactDecimal, Rounding)
    /// A price of the product of the factors, before the yield: a waterfall's cost of a record.
    case perRecord(QuantityRange)
  }

  var factors: [Factor]
  /// Units for each one of the product of the factors.
  var yield: QuantityRange
  var pricing: Pricing

  /// Units; exact, or where 38 digits do not hold them, half up at six decimals.
  func quantity(_ bound: Bound) throws(ArithmeticOverflow) -> ExactDecimal {
    do throws(ArithmeticOverflow) { return try product(yield[bound], bound) } catch {
      return try .product(of: factors(bound) + [yield[bound]], places: Credits.places)
    }
  }

  /// Credits, rounded half up to the micro-credit; nil when no price is known.
  func credits(_ bound: Bound) throws(ArithmeticOverflow) -> Credits? {
    switch pricing {
    case .free:
      return .zero
    case .unpriced:
      return nil
    case .perUnit(let price):
      return try credits(bound, yield[bound], price[bound])
    case .perRecord(let cost):
      return try credits(bound, .one, cost[bound])
    case .blocks(let price, let per, .exact):
      return try credits(bound, yield[bound], price[bound], dividedBy: per)
    case .blocks(let price, let per, .up):
      let (items, size) = try split(bound)
      return try Credits(product: [items, size.blocksStarted(of: per), price[bound]])
    }
  }

  /// The factors times two more, rounded at the end; in more than 128 bits only where it must be.
  private func credits(
    _ bound: Bound,
    _ yield: ExactDecimal,
    _ price: ExactDecimal,
    dividedBy per: ExactDecimal = .one
  ) throws(ArithmeticOverflow) -> Credits {
    do throws(ArithmeticOverflow) {
      let amount = try product(yield, bound) * price
      return try Credits(rounding: amount.divided(by: per, places: Credits.places))
    } catch {
      return try Credits(product: factors(bound) + [yield, price], dividedBy: per)
    }
  }

  private func product(
    _ start: ExactDecimal,
    _ bound: Bound
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    var product = start
    for factor in factors { product = try product * factor.bounds[bound] }
    return product
  }

  private func factors(_ bound: Bound) -> [ExactDecimal] { factors.map { $0.bounds[bound] } }

  func quantities() throws(ArithmeticOverflow) -> QuantityRange {
    Bounds(
      low: try quantity(.low),
      expected: try quantity(.expected),
      high: try quantity(.high)
    )
  }

  func credits() throws(ArithmeticOverflow) -> CreditRange? {
    guard let low = try credits(.low), let expected = try credits(.expected),
      let high = try credits(.high)
    else { return nil }
    return Bounds(low: low, expected: expected, high: high)
  }

  /// Billed items and the size of one.
  func split(_ bound: Bound) throws(ArithmeticOverflow) -> (ExactDecimal, ExactDecimal) {
    var items = ExactDecimal.one
    var size = yield[bound]
    for factor in factors {
      if factor.countsItems {
        items = try items * factor.bounds[bound]
      } else {
        size = try size * factor.bounds[bound]
      }
    }
    return (items, size)
  }

  /// Whether any factor or price is ranged.
  var isRanged: Bool {
    sharedPrice != nil || ownPrice != nil || factors.contains { $0.bounds.isRanged }
  }

  /// A price range of the book, which all lines of an operation share.
  var sharedPrice: QuantityRange? {
    if case .blocks(let price, _, _) = pricing, price.isRanged { price } else { nil }
  }

  /// A price range of the line's own.
  var ownPrice: QuantityRange? {
    switch pricing {
    case .perUnit(let price) where price.isRanged: price
    case .perRecord(let cost) where cost.isRanged: cost
    default: nil
    }
  }

  /// The same line with another price in all three cases.
  func priced(at price: ExactDecimal) -> LineModel {
    var copy = self
    switch pricing {
    case .free, .unpriced: break
    case .perUnit: copy.pricing = .perUnit(Bounds(price))
    case .perRecord: copy.pricing = .perRecord(Bounds(price))
    case .blocks(_, let per, let rounding):
      copy.pricing = .blocks(Bounds(price), per: per, rounding)
    }
    return copy
  }
}

extension ExactDecimal {
  /// How many blocks of `per` were started.
  func blocksStarted(of per: ExactDecimal) throws(ArithmeticOverflow) -> ExactDecimal {
    if per == .one { return roundedUp }
    let nearest = try divided(by: per, places: 0)
    let product = try nearest * per
    return product < self ? try nearest + .one : nearest
  }

  /// How many times `part`, which is above zero, goes into the number whole.
  func timesWhole(_ part: ExactDecimal) throws(ArithmeticOverflow) -> ExactDecimal {
    let nearest = try divided(by: part, places: 0)
    return try nearest * part > self ? try nearest - .one : nearest
  }
}

extension LineModel {
  /// The model of a line under a book and plan, and what had to be assumed for it.
  static func make(
    _ line: CampaignLine,
    _ rated: RatedOperation
  ) throws(ArithmeticOverflow) -> (model: LineModel, assumptions: [String]) {
    let rate = rated.rate
    var assumptions: [String] = []
    assumptions.reserveCapacity(4)
    var model = LineModel(factors: [], yield: Bounds(.one), pricing: .free)
    if let quantity = line.quantity, quantity.unit == rate.unit {
      model.factors = [Factor(rate.unit.plural, rate.unit.pluralWords, quantity.value)]
    } else if line.drivers.contains(where: { $0 != nil }) {
      model.factors = try driverFactors(line, rated.operation.drivers, &assumptions)
    } else if let count = line.count {
      model.factors = [Factor("count", "requests", count, countsItems: true)]
      if let size = rate.defaultQuantity, rate.unit != .request {
        if size.value != .one {
          model.factors.append(Factor(rate.unit.plural, rate.unit.pluralWords, Bounds(size.value)))
        }
        if size.provenance.confidence == .assumed {
          let words = rate.unit.words(for: size.value)
          assumptions.append("\(size.value) \(words) a request assumed")
        }
      }
    } else if let quantity = line.quantity {
      model.factors = [
        Factor("requests", "requests", try requests(carrying: quantity.value, rated))
      ]
    }
    model.pricing = pricing(of: line, rate: rate)
    if let plan = line.waterfall { try model.apply(plan, rate: rate, line: line) }
    return (model, assumptions)
  }

  /// Where a plan charges for requests what another charges by the item.
  private static func requests(
    carrying items: QuantityRange,
    _ rated: RatedOperation
  ) throws(ArithmeticOverflow) -> QuantityRange {
    guard case .items(let perRequest)? = rated.itemsPerRequest?.count else { return items }
    return try items.map { (items) throws(ArithmeticOverflow) in
      try items.blocksStarted(of: perRequest)
    }
  }

  private static func driverFactors(
    _ line: CampaignLine,
    _ drivers: [Driver],
    _ assumptions: inout [String]
  ) throws(ArithmeticOverflow) -> [Factor] {
    let hasSteps = line.waterfall?.steps.isEmpty == false
    var factors: [Factor] = []
    factors.reserveCapacity(drivers.count)
    for (driver, given) in zip(drivers, line.drivers) {
      // Each provider brings its own rate of hits.
      if hasSteps, driver.kind == .rate { continue }
      let value: QuantityRange
      if let given {
        value = given
      } else if driver.countsRequests, let count = line.count {
        value = count
      } else if let defaultValue = driver.defaultValue {
        // Saving nothing and multiplying by 1 change nothing; the latter is worth saying.
        if driver.kind == .saving { continue }
        if let assumption = driver.assumption { assumptions.append(assumption) }
        if defaultValue == .one { continue }
        value = Bounds(defaultValue)
      } else {
        continue
      }
      var factor = Factor(driver.name, driver.words, value, countsItems: driver.countsItems)
      if driver.kind == .saving {
        factor.isSaving = true
        factor.bounds = Bounds(
          low: try .one - value.high,
          expected: try .one - value.expected,
          high: try .one - value.low
        )
      }
      factors.append(factor)
    }
    return factors
  }

  private static func pricing(of line: CampaignLine, rate: Rate) -> Pricing {
    if let price = line.creditsPerUnit { return .perUnit(price) }
    switch rate.effectiveMetering {
    case .free: return .free
    case .unpriced: return .unpriced
    case .metered:
      guard let price = rate.price else { return .unpriced }
      return .blocks(price.bounds, per: rate.per, rate.rounding)
    }
  }

  /// Replaces the hit rate and price of a whole waterfall by those of its steps.
  private mutating func apply(
    _ plan: WaterfallPlan,
    rate: Rate,
    line: CampaignLine
  ) throws(ArithmeticOverflow) {
    let found: WaterfallYield
    if plan.steps.isEmpty {
      guard let price = line.creditsPerUnit ?? rate.price?.bounds else { return }
      found = try plan.yield(perFind: price)
    } else {
      found = try plan.yield()
    }
    yield = found.hits
    pricing = .perRecord(found.cost)
  }
}
