/// The models weighted by what each got wrong on the series itself, and what they would have said
/// together at past origins.
struct Combination {
  /// How strongly a model that is wrong by more than the best loses weight.
  private static let strictness = 4.0
  /// Days after which an error of the past counts half.
  private static let memory = 300.0

  /// Weights by model, which add up to 1.
  let weights: [Double]
  /// Forecasts for the steps after the last value.
  let forecast: [Double]
  /// Past origins, oldest first.
  let origins: [Origin]

  struct Origin {
    /// Values known at the origin.
    let count: Int
    /// Forecasts for the steps after it whose values are known.
    let forecast: [Double]
  }

  /// `reach`: the most steps that are forecast from a past origin.
  init(
    values: [Double],
    cycle: Cycle,
    isNonNegative: Bool,
    horizon: Int,
    reach: Int,
    mostOrigins: Int = 100
  ) {
    var state = BankState(values: values, cycle: cycle, isNonNegative: isNonNegative)
    let first =
      cycle.length == 1 ? 4 : values.count >= 4 * cycle.length ? 2 * cycle.length : cycle.length
    var stride = max(1, (values.count - first) / mostOrigins)
    if cycle.length > 1, stride.isMultiple(of: cycle.length) { stride += 1 }
    var past: [(count: Int, outlook: Outlook)] = []
    for count in 1...values.count {
      state.advance()
      // Counted back from the end, so that the newest origins are always among them.
      if count >= first, count < values.count, (values.count - 1 - count).isMultiple(of: stride) {
        past.append((count, state.outlook()))
      }
    }
    let errors = Self.errors(past, values: values, reach: min(reach, 4 * cycle.length), cycle)
    let weights = Self.weights(errors)
    self.weights = weights
    var mixer = Mixer(weights: weights)
    origins = past.map { origin in
      let steps = min(reach, values.count - origin.count)
      return Origin(
        count: origin.count,
        forecast: steps > 0 ? (1...steps).map { mixer.mix(origin.outlook, step: $0) } : []
      )
    }
    let outlook = state.outlook()
    forecast = (1...horizon).map { mixer.mix(outlook, step: $0) }
  }

  /// The mean absolute error of each model, recent ones counting more; nil before any is known.
  private static func errors(
    _ past: [(count: Int, outlook: Outlook)],
    values: [Double],
    reach: Int,
    _ cycle: Cycle
  ) -> [Double]? {
    var sums = [Double](repeating: 0, count: Model.count)
    var weight = 0.0
    for origin in past {
      let age = Double(values.count - origin.count)
      let share = power(0.5, age / (memory * cycle.unit))
      for step in 1...min(reach, values.count - origin.count) {
        let actual = values[origin.count + step - 1]
        if actual.isNaN { continue }
        weight += share
        for model in Model.all {
          sums[model.rawValue] += share * abs(actual - origin.outlook.value(model, step: step))
        }
      }
    }
    return weight > 0 ? sums.map { $0 / weight } : nil
  }

  private static func weights(_ errors: [Double]?) -> [Double] {
    let best = errors?.min() ?? 0
    let raw = Model.all.map { model in
      guard let errors else { return model.prior }
      let excess = errors[model.rawValue] / (best + 1e-9) - 1
      return model.prior * exponential(-strictness * min(excess, 50))
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }
}

/// Between the weighted mean and the weighted median of the models.
private struct Mixer {
  private static let shareOfMean = 0.3

  let weights: [Double]
  private var order: [Int] = Array(0..<Model.count)
  private var values: [Double] = Array(repeating: 0, count: Model.count)

  init(weights: [Double]) { self.weights = weights }

  mutating func mix(_ outlook: Outlook, step: Int) -> Double {
    var mean = 0.0
    for model in Model.all {
      let value = outlook.value(model, step: step)
      values[model.rawValue] = value
      mean += weights[model.rawValue] * value
    }
    // Nearly sorted from the step before.
    for place in 1..<order.count {
      let moved = order[place]
      var hole = place
      while hole > 0, values[order[hole - 1]] > values[moved] {
        order[hole] = order[hole - 1]
        hole -= 1
      }
      order[hole] = moved
    }
    var sum = 0.0
    for model in order {
      sum += weights[model]
      if sum >= 0.5 {
        return Self.shareOfMean * mean + (1 - Self.shareOfMean) * values[model]
      }
    }
    return mean
  }
}
