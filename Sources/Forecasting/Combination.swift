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
    let mixer = Mixer(weights: weights)
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
    let forecasts = UnsafeMutableBufferPointer<Double>.allocate(capacity: Model.count)
    forecasts.initialize(repeating: 0)
    defer { forecasts.deallocate() }
    for origin in past {
      let age = Double(values.count - origin.count)
      let share = power(0.5, age / (memory * cycle.unit))
      for step in 1...min(reach, values.count - origin.count) {
        let actual = values[origin.count + step - 1]
        if actual.isNaN { continue }
        weight += share
        origin.outlook.read(step: step, into: forecasts)
        for model in 0..<Model.count { sums[model] += share * abs(actual - forecasts[model]) }
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
private final class Mixer {
  private static let shareOfMean = 0.3

  private let weights: UnsafeMutableBufferPointer<Double>
  /// Forecasts by model, and models by rising forecast.
  private let values: UnsafeMutableBufferPointer<Double>
  private let order: UnsafeMutableBufferPointer<Int>

  init(weights: [Double]) {
    self.weights = .allocate(capacity: Model.count)
    _ = self.weights.initialize(fromContentsOf: weights)
    values = .allocate(capacity: Model.count)
    values.initialize(repeating: 0)
    order = .allocate(capacity: Model.count)
    _ = order.initialize(fromContentsOf: 0..<Model.count)
  }

  deinit {
    weights.deallocate()
    values.deallocate()
    order.deallocate()
  }

  func mix(_ outlook: Outlook, step: Int) -> Double {
    outlook.read(step: step, into: values)
    var mean = 0.0
    for model in 0..<Model.count { mean += weights[model] * values[model] }
    // Nearly sorted from the step before.
    for place in 1..<Model.count {
      let moved = order[place]
      let value = values[moved]
      var hole = place
      while hole > 0, values[order[hole - 1]] > value {
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
