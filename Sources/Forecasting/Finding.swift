/// What stood out in a series.
///
/// Places count its values from 0, phases its places modulo the cycle.
public enum Finding: Sendable, Equatable {
  /// Fewer values than four cycles.
  case shortHistory(values: Int)
  case missing(values: Int)
  /// Most values are zero; the share of them.
  case intermittent(zeros: Double)
  /// From a place on, the level is so many times what it was.
  case levelShift(at: Int, ratio: Double)
  /// Single values far from what was expected there, newest first.
  case outliers(at: [Int])
  /// The busiest and the quietest phase, by their share of the mean.
  case pattern(busiest: Int, share: Double, quietest: Int, least: Double)
  /// The same weeks of the year before were alike: 0 to 1.
  case yearly(likeness: Double)
}

extension Finding {
  /// Findings about a series, most important first.
  static func all(in values: [Double], cycle: Cycle, likeness: Double?) -> [Finding] {
    let known = values.filter { !$0.isNaN }
    var findings: [Finding] = []
    if known.count < 4 * max(7, cycle.length) {
      findings.append(.shortHistory(values: known.count))
    }
    if known.count < values.count {
      findings.append(.missing(values: values.count - known.count))
    }
    if let zeros = zeros(values, cycle), zeros >= 0.5 {
      findings.append(.intermittent(zeros: zeros))
    }
    let profile = Profile(values, cycle)
    if let shift = profile.levelShift() { findings.append(shift) }
    if let outliers = profile.outliers() { findings.append(outliers) }
    if let pattern = profile.pattern() { findings.append(pattern) }
    if let likeness, likeness >= 0.4 { findings.append(.yearly(likeness: likeness)) }
    return findings
  }

  /// The share of zeros among the last eight cycles; nil where nothing is used at all.
  static func zeros(_ values: [Double], _ cycle: Cycle) -> Double? {
    let recent = values.suffix(8 * max(7, cycle.length)).filter { !$0.isNaN }
    let zeros = recent.filter { $0 == 0 }.count
    return recent.isEmpty || zeros == recent.count ? nil : Double(zeros) / Double(recent.count)
  }
}

/// The recent past with the pattern of the cycle taken out, as far as four months back.
private struct Profile {
  private let cycle: Cycle
  private let start: Int
  private let values: [Double]
  /// Medians by phase, and of all.
  private let phases: [Double]
  private let level: Double
  /// Values without their pattern, in units of the level; NaN where missing.
  private let plain: [Double]

  init(_ all: [Double], _ cycle: Cycle) {
    self.cycle = cycle
    start = max(0, all.count - 18 * max(7, cycle.length))
    values = Array(all[start...])
    let (start, values) = (start, values)
    phases = (0..<cycle.length).map { phase in
      let same = values.indices.filter { (start + $0) % cycle.length == phase }.map { values[$0] }
      return median(same.filter { !$0.isNaN }[...]) ?? 0
    }
    let level = phases.reduce(0, +) / Double(phases.count)
    self.level = level
    let middles = phases
    plain = values.indices.map { index in
      let usual = middles[(start + index) % cycle.length]
      return level > 0 ? (values[index] - usual) / level + 1 : .nan
    }
  }

  /// The split of the past in two levels that leaves the least deviation, where it is clear.
  func levelShift() -> Finding? {
    let least = max(7, cycle.length)
    guard level > 0, plain.count >= 3 * least else { return nil }
    var best: (cost: Double, at: Int, before: Double, after: Double)?
    let stride = max(1, cycle.length / 7)
    for at in Swift.stride(from: least, through: plain.count - least, by: stride) {
      let (first, second) = (Middle(plain[..<at]), Middle(plain[at...]))
      let cost = first.deviation + second.deviation
      if best.map({ cost < $0.cost }) ?? true {
        best = (cost, at, first.value, second.value)
      }
    }
    guard let best, best.before > 0, best.after > 0 else { return nil }
    let (old, new) = (mean(0..<best.at), mean(best.at..<values.count))
    guard old > 0 else { return nil }
    let ratio = new / old
    let whole = Middle(plain[...]).deviation
    let count = Double(plain.filter { !$0.isNaN }.count)
    let isLarge = ratio >= 1.3 || ratio <= 1 / 1.3
    let isClear = abs(best.after - best.before) > 1.5 * best.cost / count
    guard isLarge, isClear, best.cost < 0.75 * whole else { return nil }
    return .levelShift(at: start + best.at, ratio: ratio)
  }

  /// The mean of the medians of the phases.
  private func mean(_ range: Range<Int>) -> Double {
    var middles: [Double] = []
    for phase in 0..<cycle.length {
      let same = range.filter { (start + $0) % cycle.length == phase && !values[$0].isNaN }
      if let middle = median(same.map { values[$0] }[...]) { middles.append(middle) }
    }
    return middles.isEmpty ? 0 : middles.reduce(0, +) / Double(middles.count)
  }

  /// Values that lie further out than five times what is usual around them.
  func outliers() -> Finding? {
    guard level > 0 else { return nil }
    let reach = 2 * max(7, cycle.length)
    var found: [Int] = []
    for index in plain.indices where !plain[index].isNaN {
      let around = Middle(plain[max(0, index - reach)..<min(plain.count, index + reach + 1)])
      let usual = max(around.deviation / Double(max(1, around.count)), 0.05)
      if abs(plain[index] - around.value) > 5 * usual { found.append(start + index) }
    }
    return found.isEmpty ? nil : .outliers(at: Array(found.reversed().prefix(5)))
  }

  /// The pattern, where it explains a good part of how the values differ.
  func pattern() -> Finding? {
    guard level > 0, cycle.length > 1, values.count >= 3 * cycle.length else { return nil }
    let known = values.indices.filter { !values[$0].isNaN }
    let middle = median(known.map { values[$0] }[...]) ?? 0
    let around = known.reduce(0) { $0 + abs(values[$1] - middle) }
    let left = known.reduce(0) { $0 + abs(plain[$1] - 1) * level }
    guard left < 0.75 * around else { return nil }
    let order = phases.indices.sorted { phases[$0] < phases[$1] }
    guard let low = order.first, let high = order.last else { return nil }
    return .pattern(
      busiest: high,
      share: phases[high] / level,
      quietest: low,
      least: phases[low] / level
    )
  }
}

/// The median of what is known, and how far the rest lies from it, added up.
private struct Middle {
  let value: Double
  let deviation: Double
  let count: Int

  init(_ values: ArraySlice<Double>) {
    let known = values.filter { !$0.isNaN }
    let middle = median(known[...]) ?? 0
    value = middle
    deviation = known.reduce(0) { $0 + abs($1 - middle) }
    count = known.count
  }
}
