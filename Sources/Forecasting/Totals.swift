/// What is used from the last value on, added up: expected and how far it may be off.
///
/// Totals have models of their own, because the sum of the middles of skewed days is not the
/// middle of their sum, and errors of days that share a level do not cancel.
struct Totals {
  /// Through each step.
  let expected: [Double]
  /// Logarithms of what the total is of the expected one with a chance of 10 and of 90 %.
  let spread: [(low: Double, high: Double)]

  /// What the combination and the models of `PlainTotals` are worth beforehand.
  private static let priors = [1, 1, 0.5, 0.5]
  private static let strictness = 8.0
  private static let memory = 150.0
  /// Judged past totals, in units of the history's length, at which they count as much as what is
  /// thought beforehand: of the models, and of the spread.
  private static let evidenceForHalf = 1.0
  private static let spreadEvidence = 0.5
  /// The spread of a calm series, and what its noise adds.
  private static let usualSpread = 0.08
  private static let spreadOfNoise = 0.6
  /// How much a skewed series speaks against the sum of the middles.
  private static let skewPenalty = 3.0
  /// Days ahead that the models are judged by.
  private static let judged = 7...28
  /// Days ahead that the spread is learned from.
  private static let spreadOver = 4...56

  init(
    values: [Double],
    cycle: Cycle,
    origins: [Combination.Origin],
    forecast: [Double],
    likeness: Double?
  ) {
    let sums = RunningSums(values)
    let scale = Double(cycle.length) / 7
    let step = { (day: Int) in max(1, Int((Double(day) * scale).rounded())) }
    var past = origins.map { Past($0, sums, cycle, values, memory: Self.memory) }
    let level = recentLevel(values, cycle)
    let judged = step(Self.judged.lowerBound)...step(Self.judged.upperBound)
    let evidence = Self.evidence(past, judged, cycle)

    // The combination aims at the middle of each day: bring it to the mean.
    let (skew, noise) = Self.character(values, cycle)
    let own = Self.bias(past, judged, level)
    let share = evidence / (evidence + 3)
    let bias = share * own + (1 - share) * max(-0.2, min(1, 0.5 * (skew - 1)))
    let correction = 1 + max(-0.5, min(2, bias))
    for index in past.indices { past[index].correct(correction) }

    let weights = Self.weights(past, judged, likeness: likeness, skew: skew, evidence)
    let plain = PlainTotals(sums, values.count, cycle)
    var total = 0.0
    expected = forecast.enumerated().map { index, value in
      total += value
      return weights.indices.reduce(0) { sum, model in
        sum + weights[model]
          * (model == 0 ? correction * total : plain.total(model - 1, index + 1))
      }
    }

    var ratios: [(Double, Double)] = []
    for origin in past {
      let last = min(step(Self.spreadOver.upperBound), origin.actual.count)
      let first = step(Self.spreadOver.lowerBound)
      for steps in stride(from: first, through: last, by: max(1, cycle.length / 7)) {
        let floor = 0.05 * level * Double(steps)
        let mixed = origin.mixed(weights, steps)
        if floor <= 0 { continue }
        let ratio = logarithm(max(origin.actual[steps - 1], floor) / max(mixed, floor))
        let day = Double(steps) / scale
        ratios.append((ratio / Self.growth(day), origin.weight / max(day, 7)))
      }
    }
    let (low, high) = Self.spread(ratios, evidence, noise: noise, count: values.count)
    spread = forecast.indices.map { index in
      let growth = Self.growth(Double(index + 1) / scale)
      return (max(-3, low * growth), min(3, high * growth))
    }
  }

  /// How the relative error of a total grows with the days ahead, in other series.
  private static func growth(_ day: Double) -> Double {
    let known = [
      (1.0, 1.6), (3, 1.3), (7, 1.12), (14, 0.97), (28, 0.95), (56, 1.05), (84, 1.15), (112, 1.22),
      (366, 2.0),
    ]
    guard let upper = known.firstIndex(where: { $0.0 >= day }) else { return 2 }
    if upper == 0 { return known[0].1 }
    let (a, b) = (known[upper - 1], known[upper])
    return a.1 + (b.1 - a.1) * (day - a.0) / (b.0 - a.0)
  }

  private static func spread(
    _ ratios: [(Double, Double)],
    _ evidence: Double,
    noise: Double,
    count: Int
  ) -> (low: Double, high: Double) {
    let weight = ratios.reduce(0) { $0 + $1.1 }
    let own = weight > 0 ? ratios.reduce(0) { $0 + abs($1.0) * $1.1 } / weight : 0
    let short = 1 + 6 / (Double(count) * Double(count))
    let usual = Self.usualSpread + Self.spreadOfNoise * noise
    let size =
      (evidence * own + Self.spreadEvidence * usual) / (evidence + Self.spreadEvidence) * short
    let share = evidence / (evidence + 10)
    let known = size
    guard let seen = weightedQuantiles(ratios, [0.1, 0.9]) else { return (-known, known) }
    let low = share * seen[0] - (1 - share) * known
    let high = share * seen[1] + (1 - share) * known
    return (min(low, -0.1 * size), max(high, 0.1 * size))
  }

  private static func evidence(
    _ past: [Past],
    _ judged: ClosedRange<Int>,
    _ cycle: Cycle
  ) -> Double {
    guard past.count > 1 else { return 0 }
    let stride = Double(past[0].age - past[1].age)
    let seen = past.reduce(0.0) { sum, origin in
      let known = judged.clamped(to: 1...max(1, origin.actual.count)).count
      return origin.actual.count < judged.lowerBound ? sum : sum + origin.weight * Double(known)
    }
    return seen / Double(judged.count) * stride / (20 * Double(cycle.length) / 7)
  }

  /// The last eight cycles: what their mean is of the medians of their phases, and how far values
  /// lie from those medians, as a share of the mean.
  private static func character(
    _ values: [Double],
    _ cycle: Cycle
  ) -> (skew: Double, noise: Double) {
    let start = max(0, values.count - 8 * max(7, cycle.length))
    var (sum, middle, deviation) = (0.0, 0.0, 0.0)
    for phase in 0..<cycle.length {
      let same = stride(from: start + phase, to: values.count, by: cycle.length)
        .map { values[$0] }.filter { !$0.isNaN }
      let usual = median(same[...]) ?? 0
      sum += same.reduce(0, +)
      middle += usual * Double(same.count)
      deviation += same.reduce(0) { $0 + abs($1 - usual) }
    }
    return sum > 0 ? (sum / max(middle, 0.05 * sum), deviation / sum) : (1, 0)
  }

  private static func bias(_ past: [Past], _ judged: ClosedRange<Int>, _ level: Double) -> Double {
    var (sum, weight) = (0.0, 0.0)
    for origin in past {
      for steps in judged where steps <= origin.actual.count {
        let size = max(origin.combined[steps - 1], 0.2 * level * Double(steps))
        if size <= 0 { continue }
        sum += origin.weight * (origin.actual[steps - 1] - origin.combined[steps - 1]) / size
        weight += origin.weight
      }
    }
    return weight > 0 ? sum / weight : 0
  }

  private static func weights(
    _ past: [Past],
    _ judged: ClosedRange<Int>,
    likeness: Double?,
    skew: Double,
    _ evidence: Double
  ) -> [Double] {
    var priors = priors
    priors[0] /= 1 + Self.skewPenalty * max(0, skew - 1.15)
    // The back-test of the combination does not know the year before.
    if let likeness { priors[0] *= 3.5 + 5 * max(0, likeness) }
    var errors = [Double](repeating: 0, count: priors.count)
    var weight = 0.0
    for origin in past {
      for steps in judged where steps <= origin.actual.count {
        weight += origin.weight
        for model in errors.indices {
          let error = abs(origin.actual[steps - 1] - origin.total(model, steps))
          errors[model] += origin.weight * error / Double(steps)
        }
      }
    }
    let best = errors.min() ?? 0
    let raw = zip(priors, errors).map { prior, error in
      weight > 0 && best >= 0
        ? prior
          * exponential(
            -strictness * evidence / (evidence + Self.evidenceForHalf)
              * min(50, error / (best + 1e-9 * weight) - 1)
          ) : prior
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }

  /// What was known at a past origin, and what came.
  private struct Past {
    let age: Int
    let weight: Double
    private(set) var actual: [Double]
    private(set) var combined: [Double]
    private let plain: PlainTotals

    init(
      _ origin: Combination.Origin,
      _ sums: RunningSums,
      _ cycle: Cycle,
      _ values: [Double],
      memory: Double
    ) {
      age = values.count - origin.count
      weight = power(0.5, Double(age) / (memory * cycle.unit))
      var (came, said) = (0.0, 0.0)
      (actual, combined) = ([], [])
      for (index, forecast) in origin.forecast.enumerated() {
        let value = values[origin.count + index]
        came += value.isNaN ? forecast : value
        said += forecast
        actual.append(came)
        combined.append(said)
      }
      plain = PlainTotals(sums, origin.count, cycle)
    }

    mutating func correct(_ factor: Double) { combined = combined.map { $0 * factor } }

    func total(_ model: Int, _ steps: Int) -> Double {
      model == 0 ? combined[steps - 1] : plain.total(model - 1, steps)
    }

    func mixed(_ weights: [Double], _ steps: Int) -> Double {
      weights.indices.reduce(0) { $0 + weights[$1] * total($1, steps) }
    }
  }
}

/// Totals by plain burn rates: of four, one and twelve cycles.
private struct PlainTotals {
  private static let windows = [4, 1, 12]
  private let rates: [Double]

  init(_ sums: RunningSums, _ end: Int, _ cycle: Cycle) {
    rates = Self.windows.map { sums.rate(end, $0 * cycle.length) }
  }

  func total(_ model: Int, _ steps: Int) -> Double {
    rates[model] * Double(steps)
  }
}

/// Means over any stretch of a series.
private struct RunningSums {
  private var sums: [Double] = [0]
  private var counts: [Double] = [0]

  init(_ values: [Double]) {
    for value in values {
      sums.append((sums.last ?? 0) + (value.isNaN ? 0 : value))
      counts.append((counts.last ?? 0) + (value.isNaN ? 0 : 1))
    }
  }

  /// The mean of the last values before a place; of all before it where there are none.
  func rate(_ end: Int, _ window: Int) -> Double {
    let start = max(0, end - window)
    let count = counts[end] - counts[start]
    if count > 0 { return (sums[end] - sums[start]) / count }
    return counts[end] > 0 ? sums[end] / counts[end] : 0
  }
}
