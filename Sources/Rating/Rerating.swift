public import CreditCore

/// What is kept of a charged request whose credits were worked out, not reported.
public struct RatedUse: Sendable {
  /// The operation's id.
  public var operation: String
  public var unit: Unit
  /// In `unit`; nil when nothing told.
  public var quantity: ExactDecimal?
  /// Whether the quantity was told, rather than assumed.
  public var isKnown: Bool

  public init(operation: String, unit: Unit, quantity: ExactDecimal?, isKnown: Bool) {
    self.operation = operation
    self.unit = unit
    self.quantity = quantity
    self.isKnown = isKnown
  }
}

/// What a stored request costs under another book.
public struct Repricing: Sendable, Equatable {
  public var metering: Metering
  /// Nil when the book has no price for it.
  public var credits: Credits?
  public var basis: Basis

  public init(metering: Metering, credits: Credits?, basis: Basis) {
    self.metering = metering
    self.credits = credits
    self.basis = basis
  }
}

extension PriceBook {
  /// What stored usage costs on a plan; unpriced where the book does not know the operation.
  ///
  /// Where the book counts another unit than the one that is stored, the quantity is one request,
  /// or else the book's default.
  ///
  /// - Throws: ``ArithmeticOverflow`` when the credits do not fit.
  public func reprice(
    _ use: RatedUse,
    plan: String
  ) throws(ArithmeticOverflow) -> Repricing {
    guard let operation = operation(use.operation) else {
      return Repricing(metering: .unpriced, credits: nil, basis: .unpriced)
    }
    let rate = operation.rate(on: plan)
    var (quantity, isKnown) = (use.quantity, use.isKnown)
    if rate.unit != use.unit || quantity == nil {
      if rate.unit == .request {
        (quantity, isKnown) = (.one, true)
      } else {
        quantity = rate.defaultQuantity?.value
        isKnown = rate.defaultQuantity.map { $0.provenance.confidence != .assumed } ?? false
      }
    }
    let (credits, basis) = try rate.credits(of: quantity, isKnown: isKnown)
    return Repricing(metering: rate.metering, credits: credits, basis: basis)
  }

  /// Whether a quantity that this book rated was told by the request, as far as the basis of its
  /// credits and the quantity itself show.
  public func knows(
    _ quantity: ExactDecimal?,
    of id: String,
    plan: String,
    basis: Basis
  ) -> Bool {
    if basis == .counted || basis == .measured { return true }
    guard let quantity, let operation = operation(id) else { return false }
    let rate = operation.rate(on: plan)
    // A surer rate would have made a told quantity a counted one.
    if basis == .assumed, rate.provenance.confidence != .assumed { return false }
    let mayStandIn = operation.quantityFormulas.joined().contains { factor in
      if case .body(_, _, isAssumed: true) = factor { true } else { false }
    }
    if mayStandIn { return false }
    guard let assumed = rate.defaultQuantity, assumed.provenance.confidence == .assumed else {
      return true
    }
    return quantity != assumed.value
  }
}
