public import CreditCore

/// What the answer to a free request tells about other requests: how many steps a sequence has,
/// or what a job charged that another request started.
public struct LearnedFact: Sendable, Equatable {
  public enum Subject: Sendable, Equatable {
    /// A sequence; its steps are a number or the length of a list.
    case steps(from: [BodyPointer])
    /// A job that requests of an operation start; what it charged, and units of that operation.
    case job(startedBy: String, credits: [BodyPointer], quantity: [BodyPointer])
  }

  public var request: RequestPattern
  /// The placeholder of the path that names the sequence or job.
  public var placeholder: String
  public var subject: Subject

  public init(request: RequestPattern, placeholder: String, subject: Subject) {
    self.request = request
    self.placeholder = placeholder
    self.subject = subject
  }
}

/// What one answer told.
public enum LearnedValue: Sendable, Equatable {
  /// The steps of a sequence.
  case steps(sequence: String, count: ExactDecimal)
  /// What a job charged; nil where the answer does not tell (yet).
  case job(startedBy: String, job: String, credits: Credits?, quantity: ExactDecimal?)
}

extension PriceBook {
  /// What an answered request tells about others; nil where it tells nothing.
  ///
  /// - Throws: ``ArithmeticOverflow`` when credits do not fit.
  public func learned(
    from request: Request,
    facts: CallFacts
  ) throws(ArithmeticOverflow) -> LearnedValue? {
    guard !learned.isEmpty, request.isCharged,
      let match = learnedMatcher.match(
        method: request.method,
        target: request.path,
        bodyField: facts.field
      )
    else { return nil }
    let fact = learned[match.operation]
    guard let name = learnedMatcher.segment(fact.placeholder, of: match, in: request.path) else {
      return nil
    }
    switch fact.subject {
    case .steps(let places):
      guard let count = number(at: places, facts), !count.isNegative else { return nil }
      return .steps(sequence: name, count: count)
    case .job(let operation, let places, let quantities):
      let credits = try number(at: places, facts).map { (number) throws(ArithmeticOverflow) in
        try Credits(rounding: number)
      }
      let quantity = number(at: quantities, facts)
      if credits == nil, quantity == nil { return nil }
      return .job(startedBy: operation, job: name, credits: credits, quantity: quantity)
    }
  }

  /// The job that a request started, as its answer or its path names it; nil where neither does.
  public func job(
    of request: Request,
    as match: RouteMatcher.Match,
    facts: CallFacts = CallFacts()
  ) -> String? {
    let operation = operations[match.operation]
    for place in operation.jobPointers {
      if let job = facts.text(place), !job.isEmpty { return job }
    }
    return operation.jobPlaceholder.flatMap { matcher.segment($0, of: match, in: request.path) }
  }

  private func number(at places: [BodyPointer], _ facts: CallFacts) -> ExactDecimal? {
    for place in places {
      if let number = facts.number(place) { return number }
    }
    return nil
  }

  /// The sequence whose steps are a factor of a request's quantity, and the other factors'
  /// product; nil where steps do not matter.
  ///
  /// - Throws: ``ArithmeticOverflow`` when the product does not fit.
  public func stepUse(
    of request: Request,
    as match: RouteMatcher.Match,
    facts: CallFacts
  ) throws(ArithmeticOverflow) -> (sequence: String, factor: ExactDecimal)? {
    guard request.isCharged, request.creditsCharged == nil else { return nil }
    formulas: for formula in operations[match.operation].quantityFormulas {
      var product = ExactDecimal.one
      var sequence: String?
      for factor in formula {
        if case .sequenceSteps(let placeholder) = factor {
          sequence = matcher.segment(placeholder, of: match, in: request.path)
          continue
        }
        guard let value = try value(of: factor, request, match, facts) else { continue formulas }
        product = try product * value
      }
      return sequence.map { ($0, product) }
    }
    return nil
  }
}
