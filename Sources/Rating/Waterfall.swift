public import CreditCore

/// Providers asked one after another until one finds the field, each at its own price a hit.
public struct Waterfall: Sendable {
  public struct Provider: Sendable {
    public let id: String
    /// Credits of one hit, by field (`email`, `mobile`, …).
    public let prices: [(field: String, price: ExactDecimal)]
    /// Whether it only answers with the organisation's own key.
    public let ownKeyOnly: Bool
    public let provenance: Provenance

    public init(
      id: String,
      prices: [(field: String, price: ExactDecimal)],
      ownKeyOnly: Bool,
      provenance: Provenance
    ) {
      self.id = id
      self.prices = prices
      self.ownKeyOnly = ownKeyOnly
      self.provenance = provenance
    }

    public func price(of field: String) -> ExactDecimal? {
      prices.first { $0.field == field }?.price
    }
  }

  /// Checks what a provider found; paid only for what it rejects.
  public struct Verifier: Sendable {
    public let id: String
    public let price: ExactDecimal
    public let provenance: Provenance

    public init(id: String, price: ExactDecimal, provenance: Provenance) {
      self.id = id
      self.price = price
      self.provenance = provenance
    }
  }

  public var providers: [Provider]
  public var verifiers: [Verifier]
  /// The provider's own order for each field; the first field is meant where none is named.
  public var orders: [(field: String, providers: [String])]

  public init(
    providers: [Provider],
    verifiers: [Verifier],
    orders: [(field: String, providers: [String])]
  ) {
    self.providers = providers
    self.verifiers = verifiers
    self.orders = orders
  }

  public func provider(_ id: String) -> Provider? { providers.first { $0.id == id } }
  public func verifier(_ id: String) -> Verifier? { verifiers.first { $0.id == id } }
}

/// How a campaign runs a waterfall: who is asked in which order, and who checks the finds.
public struct WaterfallPlan: Sendable {
  public struct Step: Sendable {
    public var provider: String
    /// The share of the records that reach this provider for which it finds something.
    public var hitRate: QuantityRange
    /// The share of its finds that the verifier rejects.
    public var rejectRate: QuantityRange
    /// Credits of one accepted hit; 0 with the organisation's own key.
    public var price: ExactDecimal
    public var ownKey: Bool

    public init(
      provider: String,
      hitRate: QuantityRange,
      rejectRate: QuantityRange,
      price: ExactDecimal,
      ownKey: Bool
    ) {
      self.provider = provider
      self.hitRate = hitRate
      self.rejectRate = rejectRate
      self.price = price
      self.ownKey = ownKey
    }
  }

  /// In the order asked; empty when only a verifier is named.
  public var steps: [Step]
  public var rejectRate: QuantityRange
  /// Credits of one rejected find; 0 without a verifier.
  public var verifierPrice: ExactDecimal
  /// How surely its prices are known: as the least sure of them.
  public var confidence = Confidence.published

  public init(steps: [Step], rejectRate: QuantityRange, verifierPrice: ExactDecimal) {
    self.steps = steps
    self.rejectRate = rejectRate
    self.verifierPrice = verifierPrice
  }
}

/// What one record and field costs in a waterfall, and how many charged hits it brings.
struct WaterfallYield: Sendable {
  var hits: QuantityRange
  var cost: QuantityRange
}

extension WaterfallPlan {
  /// Decimals kept of a share of records; each step's share is a product of those before it.
  private static let places = 18

  /// The least, expected and most that a record can cost over all rates within their ranges.
  ///
  /// From the last provider backwards: asking one costs what it finds, plus what the next ones
  /// cost for the records it leaves. That is linear in each rate, so the ends of the ranges
  /// bound it; a low hit rate need not mean a low cost, because dearer providers then follow.
  func yield() throws(ArithmeticOverflow) -> WaterfallYield {
    var result = WaterfallYield(hits: Bounds(.zero), cost: Bounds(.zero))
    for step in steps.reversed() {
      var hits: [ExactDecimal] = []
      var costs: [ExactDecimal] = []
      for hit in [step.hitRate.low, step.hitRate.high] {
        for reject in [step.rejectRate.low, step.rejectRate.high] {
          for bound in [Bound.low, .high] {
            let one = try after(step, hit: hit, reject: reject, next: result, bound)
            hits.append(one.hits)
            costs.append(one.cost)
          }
        }
      }
      let expected = try after(
        step,
        hit: step.hitRate.expected,
        reject: step.rejectRate.expected,
        next: result,
        .expected
      )
      result = WaterfallYield(
        hits: Bounds(
          low: hits.min() ?? .zero,
          expected: expected.hits,
          high: hits.max() ?? .zero
        ),
        cost: Bounds(
          low: costs.min() ?? .zero,
          expected: expected.cost,
          high: costs.max() ?? .zero
        )
      )
    }
    return result
  }

  private func after(
    _ step: Step,
    hit: ExactDecimal,
    reject: ExactDecimal,
    next: WaterfallYield,
    _ bound: Bound
  ) throws(ArithmeticOverflow) -> (hits: ExactDecimal, cost: ExactDecimal) {
    let rejected = try hit * reject
    let accepted = try hit - rejected
    let left = try ExactDecimal.one - accepted
    let ownHits = step.ownKey ? ExactDecimal.zero : accepted
    let paid = try ownHits * step.price + (rejected * verifierPrice)
    return (
      try (ownHits + (left * next.hits[bound])).rounded(places: Self.places),
      try (paid + (left * next.cost[bound])).rounded(places: Self.places)
    )
  }

  /// As ``yield()`` where no order is named: every find costs `price`.
  func yield(perFind price: QuantityRange) throws(ArithmeticOverflow) -> WaterfallYield {
    var hits: [ExactDecimal] = []
    var costs: [ExactDecimal] = []
    for reject in [rejectRate.low, rejectRate.high] {
      let accepted = try ExactDecimal.one - reject
      hits.append(accepted)
      for price in [price.low, price.high] {
        costs.append(try accepted * price + (reject * verifierPrice))
      }
    }
    let accepted = try ExactDecimal.one - rejectRate.expected
    let expectedCost = try accepted * price.expected + (rejectRate.expected * verifierPrice)
    return WaterfallYield(
      hits: Bounds(low: hits.min() ?? .zero, expected: accepted, high: hits.max() ?? .zero),
      cost: Bounds(low: costs.min() ?? .zero, expected: expectedCost, high: costs.max() ?? .zero)
    )
  }

  /// The dearest step of a record, for the provider's hold; nil where no providers are named.
  var dearestStep: ExactDecimal? {
    steps.map(\.price).max().map { max($0, verifierPrice) }
  }
}
