import CreditCore

extension Estimator {
  /// How many inputs are listed.
  private static let listed = 8

  /// The inputs that move the expected total most, the strongest first.
  func sensitivity(_ lines: [EstimateLine]) throws(ArithmeticOverflow) -> [Sensitivity] {
    var candidates: [Candidate] = []
    var shared: [String: Candidate] = [:]
    var model = StatisticalModel()
    for (index, line) in lines.enumerated() where line.credits != nil && line.model.isRanged {
      model.load(line.model)
      for (place, input) in model.inputs.enumerated() where input.range.isRanged {
        let low = model.credits(with: input.range.low, at: place)
        let high = model.credits(with: input.range.high, at: place)
        candidates.append(Candidate(line: index, place: place, swing: abs(high - low)))
      }
      if let price = line.model.sharedPrice {
        let width = price.high.approximate - price.low.approximate
        let swing = model.credits(with: 0, at: -1) * width
        shared[line.operation, default: Candidate(line: index, place: -1, swing: 0)].swing += swing
      }
    }
    candidates += shared.values
    candidates.sort { ($0.swing, $1.line, $1.place) > ($1.swing, $0.line, $0.place) }
    var result: [Sensitivity] = []
    for candidate in candidates.prefix(Self.listed) {
      result.append(
        candidate.place < 0
          ? try sharedPrice(lines, lines[candidate.line])
          : try input(lines[candidate.line], candidate)
      )
    }
    return result
  }

  private struct Candidate {
    let line: Int
    /// Which factor of the line's model; -1 for the price its operation's lines share.
    let place: Int
    var swing: Double
  }

  private func sharedPrice(
    _ lines: [EstimateLine],
    _ first: EstimateLine
  ) throws(ArithmeticOverflow) -> Sensitivity {
    var change = (low: Credits.zero, high: Credits.zero)
    let price = first.model.sharedPrice ?? Bounds(.zero)
    for line in lines where line.operation == first.operation {
      guard line.model.sharedPrice != nil, let expected = line.credits?.expected else { continue }
      let low = try line.model.priced(at: price.low).credits(.expected) ?? .zero
      let high = try line.model.priced(at: price.high).credits(.expected) ?? .zero
      change = (try change.low + low - expected, try change.high + high - expected)
    }
    return Sensitivity(
      line: nil,
      label: first.operation,
      input: "price",
      values: price,
      change: change
    )
  }

  private func input(
    _ line: EstimateLine,
    _ candidate: Candidate
  ) throws(ArithmeticOverflow) -> Sensitivity {
    let expected = line.credits?.expected ?? .zero
    func change(_ bound: Bound) throws(ArithmeticOverflow) -> Credits {
      var model = line.model
      if candidate.place < model.factors.count {
        let value = model.factors[candidate.place].bounds[bound]
        model.factors[candidate.place].bounds = Bounds(value)
      } else if let price = model.ownPrice {
        model = model.priced(at: price[bound])
      }
      return try (try model.credits(.expected) ?? .zero) - expected
    }
    var name = "credits_per_unit"
    var values = line.model.ownPrice ?? Bounds(.zero)
    if candidate.place < line.model.factors.count {
      let factor = line.model.factors[candidate.place]
      name = factor.name
      values = factor.isSaving ? try factor.bounds.complement() : factor.bounds
    } else if case .perRecord = line.model.pricing {
      name = "cost of a record"
    }
    return Sensitivity(
      line: candidate.line + 1,
      label: line.label,
      input: name,
      values: values,
      change: (try change(.low), try change(.high))
    )
  }
}

extension Bounds<ExactDecimal> {
  /// 1 minus each case, low and high staying at the ends whose change they stand for.
  fileprivate func complement() throws(ArithmeticOverflow) -> QuantityRange {
    try map { (value) throws(ArithmeticOverflow) in try .one - value }
  }
}
