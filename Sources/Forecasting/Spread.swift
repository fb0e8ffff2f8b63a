/// How far values lay from what was forecast, step by step, learned from past origins and from
/// other series where the own past is short.
struct Spread {
  /// The size of an error by step, in the series' own unit.
  let scales: [Double]
  /// Errors in that size that are exceeded with the chances of `Quantiles`, lowest first.
  let quantiles: [Double]
  /// Back-test that stands behind this: whole origins of two cycles that do not overlap.
  let evidence: Double

  /// Steps after an origin whose errors are looked at.
  static func reach(_ cycle: Cycle) -> Int { 4 * cycle.length }

  /// What other series showed: errors by cycle ahead, and the quantiles of errors for long and
  /// for short histories.
  private enum Known {
    static let growth = [0.93, 0.99, 1.03, 1.06]
    static let growthPerCycle = 0.04
    /// By the evidence behind them.
    static let quantiles: [(evidence: Double, values: [Double])] = [
      (0, [-2.3, -1.25, 0, 1.38, 3.5]),
      (0.07, [-2.45, -1.25, 0, 1.42, 3.4]),
      (0.25, [-2.65, -1.3, 0, 1.45, 3.2]),
      (0.9, [-3.5, -1.43, 0, 1.66, 3.5]),
      (3.2, [-4, -1.6, 0, 1.85, 3.4]),
      (5.8, [-4.2, -1.65, 0, 1.85, 3.4]),
      (10, [-3.9, -1.65, 0, 1.9, 3.7]),
    ]
    /// The size of an error, as a share of the level.
    static let size = 0.25

    static func quantiles(_ evidence: Double) -> [Double] {
      let upper = quantiles.firstIndex { $0.evidence >= evidence } ?? quantiles.count - 1
      if upper == 0 || quantiles[upper].evidence < evidence { return quantiles[upper].values }
      let (low, high) = (quantiles[upper - 1], quantiles[upper])
      let span = logarithm((high.evidence + 0.05) / (low.evidence + 0.05))
      let share = logarithm((evidence + 0.05) / (low.evidence + 0.05)) / span
      return zip(low.values, high.values).map { $0 + share * ($1 - $0) }
    }
  }

  init(
    values: [Double],
    cycle: Cycle,
    origins: [Combination.Origin],
    forecast: [Double]
  ) {
    let length = cycle.length
    let level = recentLevel(values, cycle)
    var errors = Self.errors(values, cycle, origins, level: level)
    // What each phase differs from the others.
    let all = errors.mean { _ in true }
    var phases = [Double](repeating: 1, count: length)
    if all > 0 {
      for phase in 0..<length {
        let own = errors.mean { $0.phase == phase }
        let weight = errors.weight { $0.phase == phase } / 28 * Double(errors.stride)
        phases[phase] = (weight * own / all + 8) / (weight + 8)
      }
      for index in errors.entries.indices {
        errors.entries[index].size /= phases[errors.entries[index].phase]
      }
    }
    // What each cycle ahead differs from the others.
    let evidence = errors.weight { _ in true } / Double(4 * length) * errors.share
    self.evidence = evidence
    let own = errors.mean { _ in true }
    let trust = evidence / (evidence + 0.15)
    let base = trust * own + (1 - trust) * Self.guess(values, level: level)
    let growth = (0..<4).map { ahead in
      let mean = errors.mean { $0.ahead == ahead }
      let weight = errors.weight { $0.ahead == ahead } / Double(length) * errors.share
      let ratio = own > 0 ? mean / own : 1
      return (weight * ratio + 8 * Known.growth[ahead]) / (weight + 8)
    }
    scales = forecast.indices.map { index in
      let ahead = index / length
      let far = 1 + Known.growthPerCycle * Double(max(0, min(ahead, 16) - 3))
      return base * growth[min(ahead, 3)] * far * phases[(values.count + index) % length]
        * heft(forecast[index], level)
    }
    let sizes = errors.entries.map { entry in
      (entry.signed / max(own * growth[entry.ahead] * phases[entry.phase], 1e-12), entry.weight)
    }
    let share = evidence / (evidence + 8)
    let prior = Known.quantiles(evidence)
    let seen = own > 0 ? weightedQuantiles(sizes, [0.025, 0.1, 0.5, 0.9, 0.975]) : nil
    quantiles = (0..<5).map { index in
      guard let seen else { return prior[index] }
      let mixed = share * seen[index] + (1 - share) * prior[index]
      return index == 2 ? mixed / 2 : mixed
    }
  }

  /// The size of an error before any forecast could be checked.
  private static func guess(_ values: [Double], level: Double) -> Double {
    let known = values.filter { !$0.isNaN }
    let mean = known.reduce(0, +) / Double(max(1, known.count))
    let deviation = known.reduce(0) { $0 + abs($1 - mean) } / Double(max(1, known.count))
    let weight = Double(max(0, known.count - 1))
    let size = (weight * deviation + 4 * Known.size * level) / (weight + 4)
    return size * (1 + 6 / (Double(known.count) * Double(known.count)))
  }

  private struct Errors {
    struct Entry {
      /// Absolute and signed, by the heft of what was forecast.
      var size: Double
      var signed: Double
      var weight: Double
      let phase: Int
      let ahead: Int
    }

    var entries: [Entry] = []
    var stride = 1
    /// What one origin counts, since origins close together see the same days.
    var share = 1.0

    func mean(_ isWanted: (Entry) -> Bool) -> Double {
      var (sum, weight) = (0.0, 0.0)
      for entry in entries where isWanted(entry) {
        sum += entry.weight * entry.size
        weight += entry.weight
      }
      return weight > 0 ? sum / weight : 0
    }

    func weight(_ isWanted: (Entry) -> Bool) -> Double {
      entries.reduce(0) { isWanted($1) ? $0 + $1.weight : $0 }
    }
  }

  private static func errors(
    _ values: [Double],
    _ cycle: Cycle,
    _ origins: [Combination.Origin],
    level: Double
  ) -> Errors {
    var errors = Errors()
    if origins.count > 1 { errors.stride = origins[1].count - origins[0].count }
    errors.share = Double(errors.stride) / Double(2 * cycle.length)
    for origin in origins {
      let age = Double(values.count - origin.count)
      let weight = power(0.5, age / (120 * cycle.unit))
      for (index, forecast) in origin.forecast.prefix(reach(cycle)).enumerated() {
        let place = origin.count + index
        if values[place].isNaN { continue }
        let miss = values[place] - forecast
        // What rounding leaves is no error.
        let signed = abs(miss) > 1e-9 * level ? miss / heft(forecast, level) : 0
        errors.entries.append(
          Errors.Entry(
            size: abs(signed),
            signed: signed,
            weight: weight,
            phase: place % cycle.length,
            ahead: index / cycle.length
          )
        )
      }
    }
    return errors
  }
}

/// Errors grow with what is forecast, though less than in step.
private func heft(_ forecast: Double, _ level: Double) -> Double {
  level > 0 ? ((abs(forecast) + 0.3 * level) / (1.3 * level)).squareRoot() : 1
}

/// The mean size of the last eight cycles.
func recentLevel(_ values: [Double], _ cycle: Cycle) -> Double {
  let recent = values.suffix(8 * max(7, cycle.length)).filter { !$0.isNaN }
  return recent.isEmpty ? 0 : recent.reduce(0) { $0 + abs($1) } / Double(recent.count)
}

/// Quantiles of weighted values, between neighbours where they fall between; nil of nothing.
func weightedQuantiles(_ values: [(Double, Double)], _ levels: [Double]) -> [Double]? {
  let sorted = values.filter { $0.1 > 0 }.sorted { $0.0 < $1.0 }
  let total = sorted.reduce(0) { $0 + $1.1 }
  guard let first = sorted.first, let last = sorted.last, total > 0 else { return nil }
  var results: [Double] = []
  var index = 0
  var below = 0.0
  // The place of a value is the middle of its weight.
  var (previous, previousPlace) = (first.0, 0.0)
  for level in levels {
    while index < sorted.count {
      let place = (below + sorted[index].1 / 2) / total
      if place >= level { break }
      (previous, previousPlace) = (sorted[index].0, place)
      below += sorted[index].1
      index += 1
    }
    if index == sorted.count {
      results.append(last.0)
      continue
    }
    let place = (below + sorted[index].1 / 2) / total
    let share = place > previousPlace ? (level - previousPlace) / (place - previousPlace) : 1
    results.append(index == 0 ? first.0 : previous + share * (sorted[index].0 - previous))
  }
  return results
}
