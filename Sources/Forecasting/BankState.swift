/// Everything that the models remember of a series, brought forward value by value.
struct BankState {
  private let cycle: Cycle
  private let floor: Double
  /// Values up to the last one taken, NaN where missing; `filled` has a guess there.
  private let values: [Double]
  private var filled: [Double]
  private(set) var count = 0

  private var factors: SmoothedSeason
  private var offsets: SmoothedSeason
  private var quickOffsets: SmoothedSeason
  private var levels: Levels
  private var cleaner = Cleaner()
  private var damped = (level: 0.0, trend: 0.0)
  private var seen = 0

  /// Sums under the half-lives 3, 7, 28 and 90 days.
  private struct Levels {
    static let halfLives = [3.0, 7, 28, 90]
    let decays: [Double]
    var values = SIMD4<Double>.zero
    var factors = SIMD4<Double>.zero
    var counts = SIMD4<Double>.zero
    var clean = SIMD4<Double>.zero
    var offsets = SIMD4<Double>.zero
    var quickOffsets = SIMD4<Double>.zero
    let decay: SIMD4<Double>

    init(unit: Double) {
      decays = Self.halfLives.map { power(0.5, 1 / ($0 * unit)) }
      decay = SIMD4(decays)
    }
  }

  init(values: [Double], cycle: Cycle, isNonNegative: Bool) {
    self.values = values
    self.cycle = cycle
    filled = values
    floor = isNonNegative ? 0 : -.infinity
    factors = SmoothedSeason(.factor, length: cycle.length, halfLife: 26)
    offsets = SmoothedSeason(.offset, length: cycle.length, halfLife: 26)
    quickOffsets = SmoothedSeason(.offset, length: cycle.length, halfLife: 10)
    levels = Levels(unit: cycle.unit)
  }

  /// Takes the next value in.
  mutating func advance() {
    let phase = count % cycle.length
    let value = values[count]
    count += 1
    guard !value.isNaN else {
      filled[count - 1] = usual(phase)
      return
    }
    factors.add(value, phase: phase)
    levels.values = levels.values * levels.decay + value
    levels.factors = levels.factors * levels.decay + factors.pattern[phase]

    let level = levels.counts[1] > 0 ? levels.quickOffsets[1] / levels.counts[1] : value
    let clean = cleaner.clean(value, expected: level + quickOffsets.pattern[phase], level: level)
    offsets.add(clean, phase: phase)
    quickOffsets.add(clean, phase: phase)
    levels.counts = levels.counts * levels.decay + 1
    levels.clean = levels.clean * levels.decay + clean
    levels.offsets = levels.offsets * levels.decay + (clean - offsets.pattern[phase])
    let plain = clean - quickOffsets.pattern[phase]
    levels.quickOffsets = levels.quickOffsets * levels.decay + plain
    follow(plain)
    seen += 1
  }

  /// What a missing value is taken for.
  private func usual(_ phase: Int) -> Double {
    levels.factors[1] != 0 ? levels.values[1] / levels.factors[1] * factors.pattern[phase] : 0
  }

  private mutating func follow(_ plain: Double) {
    if seen == 0 {
      damped.level = plain
      return
    }
    let gain = max(0.3 / cycle.unit, 1 / (1 + Double(seen)))
    let next = damped.level + 0.9 * damped.trend
    let surprise = plain - next
    damped.level = next + gain * surprise
    damped.trend = 0.9 * damped.trend + (seen > cycle.length ? 0.03 / cycle.unit * surprise : 0)
  }

  /// What the models forecast from here.
  func outlook() -> Outlook {
    let period = 2 * cycle.length
    let trend = trend
    var outlook = Outlook(period: period, trends: (damped.trend, 0.5 * trend), floor: floor)
    let medians = medianLevels
    var same: [Double] = []
    for step in 1...period {
      let phase = (count + step - 1) % cycle.length
      let usual = usual(phase)
      same.removeAll(keepingCapacity: true)
      var place = count - cycle.length + (step - 1) % cycle.length
      let last = place >= 0 ? filled[place] : usual
      while place >= 0, same.count < 6, place >= count - 8 * cycle.length {
        if !values[place].isNaN { same.append(values[place]) }
        place -= cycle.length
      }
      func put(_ model: Model, _ value: Double) {
        outlook.put(model, step: step, max(floor, value))
      }
      put(.seasonalNaive, last)
      put(.medianOfFour, median(same.prefix(4)) ?? usual)
      put(.medianOfSix, median(same[...]) ?? usual)
      put(.everySecondCycle, secondCycleMean(step) ?? usual)
      let factor = factors.pattern[phase]
      put(.factorLevel3, ratio(levels.values[0], levels.factors[0]) * factor)
      put(.factorLevel28, ratio(levels.values[2], levels.factors[2]) * factor)
      let offset = offsets.pattern[phase]
      put(.offsetLevel3, ratio(levels.offsets[0], levels.counts[0]) + offset)
      let quick = quickOffsets.pattern[phase]
      put(.offsetLevel28, ratio(levels.quickOffsets[2], levels.counts[2]) + quick)
      put(.offsetLevel90, ratio(levels.offsets[3], levels.counts[3]) + offset)
      put(.factorMedian, medians.factor * factor)
      put(.offsetMedian, medians.offset + offset)
      outlook.put(.dampedTrend, step: step, damped.level + quick)
      let level = ratio(levels.quickOffsets[1], levels.counts[1])
      outlook.put(.halfTrend, step: step, level + 1.5 * trend * cycle.unit + quick)
      put(.flat, ratio(levels.clean[2], levels.counts[2]))
    }
    return outlook
  }

  private func ratio(_ sum: Double, _ weight: Double) -> Double { weight != 0 ? sum / weight : 0 }

  /// Per step: four cycles against the four before.
  private var trend: Double {
    let span = 4 * cycle.length
    guard count >= 2 * span, span >= 8 else { return 0 }
    return (mean(count - span..<count) - mean(count - 2 * span..<count - span)) / Double(span)
  }

  private func mean(_ range: Range<Int>) -> Double {
    filled[range].reduce(0, +) / Double(range.count)
  }

  private func secondCycleMean(_ step: Int) -> Double? {
    var place = count - 2 * cycle.length + step - 1
    var (sum, found) = (0.0, 0.0)
    for _ in 0..<4 {
      if place < 0 { break }
      if !values[place].isNaN {
        sum += values[place]
        found += 1
      }
      place -= 2 * cycle.length
    }
    return found > 0 ? sum / found : nil
  }

  /// Medians of the last two cycles without their pattern; as factors, weighted by them.
  private var medianLevels: (factor: Double, offset: Double) {
    var byFactor: [(value: Double, weight: Double)] = []
    var byOffset: [Double] = []
    for place in max(0, count - 2 * max(cycle.length, 7))..<count where !values[place].isNaN {
      let phase = place % cycle.length
      let factor = factors.pattern[phase]
      if factor > 0.02 { byFactor.append((values[place] / factor, factor)) }
      byOffset.append(values[place] - offsets.pattern[phase])
    }
    byFactor.sort { $0.value < $1.value }
    let half = byFactor.reduce(0) { $0 + $1.weight } / 2
    var (sum, factorMedian) = (0.0, 0.0)
    for entry in byFactor {
      sum += entry.weight
      factorMedian = entry.value
      if sum >= half { break }
    }
    return (factorMedian, median(byOffset[...]) ?? 0)
  }
}

/// Draws single values that stick out back towards what was expected; a third one in a row is
/// believed.
struct Cleaner {
  private var deviation = 0.0
  private var weight = 0.0
  private var run = 0

  mutating func clean(_ value: Double, expected: Double, level: Double) -> Double {
    let surprise = value - expected
    let size = abs(surprise)
    let usual = weight > 5 ? max(deviation / weight, 0.02 * abs(level)) : size
    let limit = run >= 2 ? Double.infinity : 3 * usual
    run = size > 3 * usual ? run + 1 : 0
    deviation = deviation * 0.98 + min(size, 4 * usual)
    weight = weight * 0.98 + 1
    return expected + max(-limit, min(limit, surprise))
  }
}

/// The middle value, or the mean of the middle two; nil of nothing.
func median(_ values: ArraySlice<Double>) -> Double? {
  if values.isEmpty { return nil }
  let count = values.count
  if count > 24 {
    let sorted = values.sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { sorted in
    for (place, value) in values.enumerated() {
      var hole = place
      while hole > 0, sorted[hole - 1] > value {
        sorted[hole] = sorted[hole - 1]
        hole -= 1
      }
      sorted[hole] = value
    }
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
