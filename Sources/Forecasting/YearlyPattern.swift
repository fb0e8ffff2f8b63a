/// What the same days of a year ago add: their drift from the weeks before, and how each day
/// stood out.
///
/// How much of it is believed depends on how alike the last cycles are to those a year before.
struct YearlyPattern {
  /// To add to each step of the forecast.
  let additions: [Double]
  /// How alike the year before was: -1 to 1.
  let likeness: Double

  private static let span = 4
  /// The most that the level may be of that a year ago, and the inverse of the least.
  private static let largestRatio = 2.0
  /// What of the drift is believed whatever the likeness, and by it; and of what days stood out.
  private static let drift = (always: 0.1, alike: 0.6)
  private static let anomaly = 0.5

  /// Nil where the series is too short, or a year ago there was nothing.
  init?(values: [Double], cycle: Cycle, horizon: Int) {
    guard let year = cycle.year else { return nil }
    let length = cycle.length
    let window = Self.span * (length == 1 ? 7 : length) / (length == 1 ? 7 : 1)
    let (end, then) = (values.count, values.count - year)
    guard then - window >= 0, length > 1 else { return nil }
    let nowWeeks = Array(values[end - window..<end])
    let thenWeeks = Array(values[then - window..<then])
    guard let now = PhaseMeans(nowWeeks, length), let before = PhaseMeans(thenWeeks, length),
      now.mean > 0, before.mean > 0
    else { return nil }
    let ratio = min(Self.largestRatio, max(1 / Self.largestRatio, now.mean / before.mean))
    var (cross, own, other) = (0.0, 0.0, 0.0)
    for index in 0..<window {
      let a = nowWeeks[index] - now.means[index % length]
      let b = (thenWeeks[index] - before.means[index % length]) * ratio
      if !a.isNaN { own += a * a }
      if !b.isNaN { other += b * b }
      if !a.isNaN, !b.isNaN { cross += a * b }
    }
    likeness = own > 0 && other > 0 ? cross / (own * other).squareRoot() : 0
    let trust = max(0, likeness)
    let steps = min(horizon, year)
    let anomalies = (0..<steps).map { index in
      let value = values[then + index]
      return value.isNaN ? 0 : (value - before.means[index % length]) * ratio
    }
    additions = (0..<horizon).map { index in
      if index >= steps { return 0 }
      let start = index / length * length
      let cycleOfIt = anomalies[start..<min(start + length, steps)]
      let drift = cycleOfIt.reduce(0, +) / Double(cycleOfIt.count)
      return (Self.drift.always + Self.drift.alike * trust) * drift
        + Self.anomaly * trust * (anomalies[index] - drift)
    }
  }
}

/// Means by phase over a few cycles.
private struct PhaseMeans {
  let means: [Double]
  let mean: Double

  /// Nil where a phase has no value.
  init?(_ values: [Double], _ length: Int) {
    var sums = [Double](repeating: 0, count: length)
    var counts = sums
    for (index, value) in values.enumerated() where !value.isNaN {
      sums[index % length] += value
      counts[index % length] += 1
    }
    if counts.contains(0) { return nil }
    means = zip(sums, counts).map { $0 / $1 }
    mean = means.reduce(0, +) / Double(length)
  }
}
