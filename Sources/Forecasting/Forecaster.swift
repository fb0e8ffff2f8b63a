/// Forecasts series of usage: short, with a weekly pattern, skewed, with days of none.
///
/// The same series gives the same forecast, and a series times a factor the forecast times it.
public enum Forecaster {
  /// The longest horizon, in steps.
  public static let longestHorizon = 3_660
  /// The newest values that are looked at, of hours 24 times as many; older ones tell nothing
  /// about the coming weeks.
  public static let longestHistory = 1_100
  /// Past origins that the back-test tries.
  private static let tests = 12

  /// A forecast of 1 to `longestHorizon` steps; nil if no value is known.
  ///
  /// Values are by step, the oldest first; nil, or not finite, where they are missing.
  public static func forecast(
    _ values: [Double?],
    step: SeriesStep = .day,
    horizon: Int
  ) -> Forecast? {
    guard let series = PreparedSeries(values, step: step) else { return nil }
    let horizon = max(1, min(horizon, longestHorizon))
    let values = series.values
    let procedure = Procedure(series, values, horizon: horizon, origins: 100, hasTotals: true)
    guard let totals = procedure.totals else { return nil }
    let cycle = series.cycle
    return Forecast(
      points: procedure.points(horizon, unit: series.unit),
      models: zip(Model.all, procedure.combination.weights).sorted { $0.1 > $1.1 }.map {
        (name: $0.0.title, weight: $0.1)
      },
      findings: Finding.all(
        in: series.values,
        cycle: cycle,
        likeness: procedure.yearly?.likeness
      ).map { $0.shifted(by: series.skipped, cycle: cycle) },
      totals: totals,
      unit: series.unit
    )
  }

  /// How forecasts of so many steps did at past origins of a series; of none if no value is known.
  ///
  /// Takes what ``forecast(_:step:horizon:)`` does, and longer.
  public static func backTest(
    _ values: [Double?],
    step: SeriesStep = .day,
    horizon: Int
  ) -> Forecast.BackTest {
    guard let series = PreparedSeries(values, step: step) else {
      return Forecast.BackTest(origins: 0, mase: nil, coverage80: nil, coverage95: nil)
    }
    let values = series.values
    let length = series.cycle.length
    // Four cycles at most; a short past is tested on fewer steps, rather than not at all.
    let horizon = max(
      1,
      min(horizon, 4 * length, max(length, (values.count - 2 * length) / 2))
    )
    var spacing = max(1, min(2 * length + 1, (values.count - 3 * length) / tests))
    if length > 1, spacing.isMultiple(of: length) { spacing += 1 }
    var (origins, steps, inner, outer) = (0, 0, 0, 0)
    var errors: [Double] = []
    for test in 0..<tests {
      let count = values.count - horizon - test * spacing
      if count < max(2 * length, 4) { break }
      let known = Array(values[..<count])
      let procedure = Procedure(series, known, horizon: horizon, origins: 50, hasTotals: false)
      let points = procedure.points(horizon, unit: 1)
      var (error, compared) = (0.0, 0)
      for (index, point) in points.enumerated() {
        let value = values[count + index]
        if value.isNaN { continue }
        error += abs(value - point.expected)
        compared += 1
        if (point.p10...point.p90).holds(value) { inner += 1 }
        if (point.p025...point.p975).holds(value) { outer += 1 }
      }
      if compared == 0 { continue }
      origins += 1
      steps += compared
      if let naive = seasonalNaiveError(known, length), naive > 0 {
        errors.append(error / Double(compared) / naive)
      }
    }
    let share = { (held: Int) in steps > 0 ? Double(held) / Double(steps) : nil }
    return Forecast.BackTest(
      origins: origins,
      mase: errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count),
      coverage80: share(inner),
      coverage95: share(outer)
    )
  }

  /// The mean absolute difference from the value a cycle before; nil without such a pair.
  static func seasonalNaiveError(_ values: [Double], _ length: Int) -> Double? {
    if values.count <= length { return nil }
    let differences = (length..<values.count).map { abs(values[$0] - values[$0 - length]) }
      .filter { !$0.isNaN }
    return differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count)
  }
}

extension ClosedRange<Double> {
  /// Whether a value lies inside, but for what rounding may have moved it.
  fileprivate func holds(_ value: Double) -> Bool {
    let slack = 1e-9 * Swift.max(abs(value), 1e-3)
    return value >= lowerBound - slack && value <= upperBound + slack
  }
}

/// A series without what leads nowhere, in units of its own size.
struct PreparedSeries {
  let values: [Double]
  /// Values left out at the start.
  let skipped: Int
  let cycle: Cycle
  /// What the values were divided by.
  let unit: Double
  let isNonNegative: Bool

  init?(_ given: [Double?], step: SeriesStep) {
    let all = given.map { value in
      guard let value, value.isFinite else { return Double.nan }
      return value
    }
    guard let first = all.firstIndex(where: { !$0.isNaN }) else { return nil }
    skipped = max(first, all.count - Forecaster.longestHistory * (step == .hour ? 24 : 1))
    let kept = all[skipped...]
    let largest = kept.reduce(0) { $1.isNaN ? $0 : max($0, abs($1)) }
    let known = kept.filter { !$0.isNaN }
    if known.isEmpty { return nil }
    // Divided before they are added up, so that the largest numbers do not overflow.
    let mean = known.reduce(0) { $0 + abs($1) / Double(known.count) }
    unit = mean > 0 && mean.isFinite ? mean : 1
    let unit = unit
    values = kept.map { $0 / unit }
    isNonNegative = largest == 0 || known.allSatisfy { $0 >= 0 }
    cycle = Cycle(step: step, count: values.count)
  }
}

/// The whole way from a past to bands, as the back-test repeats it, and to totals.
struct Procedure {
  let combination: Combination
  let yearly: YearlyPattern?
  /// Where they are asked for, or points depend on them.
  let totals: Totals?
  private let central: [Double]
  private let expected: [Double]
  private let spread: Spread
  private let floor: Double

  init(
    _ series: PreparedSeries,
    _ values: [Double],
    horizon: Int,
    origins: Int,
    hasTotals: Bool
  ) {
    let cycle = series.cycle
    // Where most days have no usage, the middle of a day is none, and says nothing of its mean.
    let isIntermittent = (Finding.zeros(values, cycle) ?? 0) >= 0.5
    let hasTotals = hasTotals || isIntermittent
    combination = Combination(
      values: values,
      cycle: cycle,
      isNonNegative: series.isNonNegative,
      horizon: horizon,
      reach: hasTotals ? 16 * max(cycle.length, 7) : Spread.reach(cycle),
      mostOrigins: origins
    )
    yearly =
      series.isNonNegative ? YearlyPattern(values: values, cycle: cycle, horizon: horizon) : nil
    floor = series.isNonNegative ? 0 : -.infinity
    let (floor, yearly) = (floor, yearly)
    let central = combination.forecast.enumerated().map { index, value in
      max(floor, value + (yearly?.additions[index] ?? 0))
    }
    self.central = central
    spread = Spread(
      values: values,
      cycle: cycle,
      origins: combination.origins,
      forecast: central
    )
    totals =
      hasTotals
      ? Totals(
        values: values,
        cycle: cycle,
        origins: combination.origins,
        forecast: central,
        likeness: yearly?.likeness
      ) : nil
    let sum = central.reduce(0, +)
    let total = totals?.expected.last ?? 0
    if isIntermittent, total > 0 {
      let mean = total / Double(horizon)
      expected = central.map { sum > 0 ? 0.5 * mean + 0.5 * $0 * total / sum : mean }
    } else {
      expected = central
    }
  }

  func points(_ horizon: Int, unit: Double) -> [Forecast.Point] {
    (0..<horizon).map { index in
      let quantiles = spread.quantiles.map { quantile in
        max(floor, central[index] + quantile * spread.scales[index]) * unit
      }.sorted()
      return Forecast.Point(
        expected: expected[index] * unit,
        p025: quantiles[0],
        p10: quantiles[1],
        p50: quantiles[2],
        p90: quantiles[3],
        p975: quantiles[4]
      )
    }
  }
}

extension Finding {
  /// The same with places counted from an earlier start.
  fileprivate func shifted(by count: Int, cycle: Cycle) -> Finding {
    switch self {
    case .levelShift(let at, let ratio): .levelShift(at: at + count, ratio: ratio)
    case .outliers(let places): .outliers(at: places.map { $0 + count })
    case .pattern(let busiest, let share, let quietest, let least):
      .pattern(
        busiest: (busiest + count) % cycle.length,
        share: share,
        quietest: (quietest + count) % cycle.length,
        least: least
      )
    default: self
    }
  }
}
