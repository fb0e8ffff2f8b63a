public import CreditCore

/// What the bodies of a call and the organisation's settings tell about it.
public struct CallFacts: Sendable {
  /// The number there, or the length of a list there.
  public var number: @Sendable (BodyPointer) -> ExactDecimal?
  /// The text of a field of the request body.
  public var field: @Sendable (String) -> String?
  /// The text there, such as the name of a job.
  public var text: @Sendable (BodyPointer) -> String?
  /// The number of steps of a sequence.
  public var sequenceSteps: @Sendable (String) -> ExactDecimal?

  public init(
    number: @escaping @Sendable (BodyPointer) -> ExactDecimal? = { _ in nil },
    field: @escaping @Sendable (String) -> String? = { _ in nil },
    text: @escaping @Sendable (BodyPointer) -> String? = { _ in nil },
    sequenceSteps: @escaping @Sendable (String) -> ExactDecimal? = { _ in nil }
  ) {
    self.number = number
    self.field = field
    self.text = text
    self.sequenceSteps = sequenceSteps
  }
}

extension PriceBook {
  /// What one logged request cost on a plan.
  ///
  /// Only a status of 2xx (or none) is charged, and a replayed answer is not. The quantity is
  /// what the log says was used, else what the bodies tell, else the book's default; credits
  /// that the API reported itself stand above all. A price range counts at its expected value.
  ///
  /// - Throws: ``ArithmeticOverflow`` when the credits do not fit.
  public func charge(
    for request: Request,
    plan: String,
    facts: CallFacts = CallFacts()
  ) throws(ArithmeticOverflow) -> Charge {
    let match = matcher.match(
      method: request.method,
      target: request.path,
      bodyField: facts.field
    )
    let rated = try rate(request, as: match, plan: plan, facts: facts)
    return Charge(
      operation: match.map { operations[$0.operation].id } ?? "unknown",
      metering: rated.metering,
      unit: rated.unit,
      quantity: rated.quantity,
      credits: rated.credits,
      basis: rated.basis,
      bookVersion: version
    )
  }

  /// As above, for a request whose pattern was found already; nil where none matches.
  public func rate(
    _ request: Request,
    as match: RouteMatcher.Match?,
    plan: String,
    facts: CallFacts = CallFacts()
  ) throws(ArithmeticOverflow) -> RatedRequest {
    guard let match else { return unknown(request) }
    return try rate(request, of: match.operation, as: match, plan: plan, facts: facts)
  }

  /// As above, for a request that names its operation, by the operation's place in the book.
  public func rate(
    _ request: Request,
    of place: Int,
    as match: RouteMatcher.Match? = nil,
    plan: String,
    facts: CallFacts = CallFacts()
  ) throws(ArithmeticOverflow) -> RatedRequest {
    let operation = operations[place]
    let rate = operation.rate(on: plan)
    var rated = RatedRequest(metering: rate.metering, unit: rate.unit)
    guard request.isCharged else { return rated }
    let (quantity, isKnown) = try quantity(of: request, operation, rate, match, facts)
    rated.quantity = quantity
    if let credits = try creditsReported(request, operation, facts) {
      rated.credits = credits
      rated.basis = .measured
      return rated
    }
    (rated.credits, rated.basis) = try rate.credits(of: quantity, isKnown: isKnown)
    return rated
  }

  private func unknown(_ request: Request) -> RatedRequest {
    var rated = RatedRequest(metering: .unpriced, unit: .request)
    guard request.isCharged else { return rated }
    rated.quantity = .one
    rated.credits = request.creditsCharged
    rated.basis = rated.credits == nil ? .unpriced : .measured
    return rated
  }

  private func creditsReported(
    _ request: Request,
    _ operation: Operation,
    _ facts: CallFacts
  ) throws(ArithmeticOverflow) -> Credits? {
    if let credits = request.creditsCharged { return credits }
    // What a free request tells of was charged to the request that it asks about.
    if operation.rate.metering == .free { return nil }
    for pointer in operation.creditPointers {
      if let number = facts.number(pointer) { return try Credits(rounding: number) }
    }
    return nil
  }

  private func quantity(
    of request: Request,
    _ operation: Operation,
    _ rate: Rate,
    _ match: RouteMatcher.Match?,
    _ facts: CallFacts
  ) throws(ArithmeticOverflow) -> (ExactDecimal?, isKnown: Bool) {
    if let used = request.usage[rate.unit] { return (used, true) }
    if rate.unit == .request { return (.one, true) }
    formulas: for formula in operation.quantityFormulas {
      var product = ExactDecimal.one
      var isKnown = true
      for factor in formula {
        guard let value = try value(of: factor, request, match, facts) else { continue formulas }
        product = try product * value
        if case .body(_, _, isAssumed: true) = factor { isKnown = false }
      }
      return (try product.rounded(places: Credits.places), isKnown)
    }
    guard let assumed = rate.defaultQuantity else { return (nil, false) }
    return (assumed.value, assumed.provenance.confidence != .assumed)
  }

  func value(
    of factor: QuantityFactor,
    _ request: Request,
    _ match: RouteMatcher.Match?,
    _ facts: CallFacts
  ) throws(ArithmeticOverflow) -> ExactDecimal? {
    switch factor {
    case .body(let pointer, let per, _):
      guard let number = facts.number(pointer) else { return nil }
      return per == .one ? number : try number.divided(by: per, places: Credits.places)
    case .sequenceSteps(let placeholder):
      guard let match, let id = matcher.segment(placeholder, of: match, in: request.path) else {
        return nil
      }
      return facts.sequenceSteps(id)
    }
  }
}

extension Rate {
  /// What a quantity costs, a price range at its expected value, and how that is known.
  func credits(
    of quantity: ExactDecimal?,
    isKnown: Bool
  ) throws(ArithmeticOverflow) -> (Credits?, Basis) {
    if effectiveMetering == .free { return (.zero, .counted) }
    guard let price, let quantity else { return (nil, .unpriced) }
    let model = LineModel(
      factors: [LineModel.Factor(unit.plural, unit.pluralWords, Bounds(quantity))],
      yield: Bounds(.one),
      pricing: .blocks(price.bounds, per: per, rounding)
    )
    let isCounted = isKnown && provenance.confidence != .assumed
    return (try model.credits(.expected), isCounted ? .counted : .assumed)
  }
}

extension Request {
  /// Whether the API charges for it: it succeeded, and was not answered from an earlier call.
  public var isCharged: Bool {
    !replayed && (status.map { (200..<300).contains($0) } ?? true)
  }
}

extension RouteMatcher {
  /// The text that stood for a placeholder of the matched pattern.
  func segment(_ placeholder: String, of match: Match, in target: String) -> String? {
    let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    let segments = path.split(separator: UInt8(ascii: "/"))
    let pattern = patterns[match.pattern].segments
    guard let place = pattern.firstIndex(of: .placeholder(placeholder)),
      segments.count >= pattern.count
    else { return nil }
    return String(Substring(segments[segments.count - pattern.count + place]))
  }
}
