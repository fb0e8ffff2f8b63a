import Forecasting
import TestSupport
import Testing

@Suite("A forecast is sane whatever the past was")
struct ForecasterTests {
  typealias Past = (name: String, values: [Double?])

  /// Pasts that are hard, each of its own kind.
  static let hard: [Past] = {
    var random = SeededRandom(seed: 11)
    func noise() -> Double { Double(random.below(1_000)) / 1_000 }
    let week = (0..<200).map { ($0 % 7 < 5 ? 100.0 : 5) + noise() * 20 }
    var spiked = week
    spiked[199] = 1e6
    var early = week
    early[3] = 1e9
    return [
      ("nothing", Array(repeating: 0, count: 100)), ("one value", [7]), ("two values", [7, 9]),
      ("a constant", Array(repeating: 42, count: 90)), ("a week's pattern", week),
      ("a spike at the end", spiked), ("a spike at the start", early),
      ("growth by half each week", (0..<70).map { exponential(base: 1.06, $0) }),
      ("decay to nothing", (0..<120).map { 1_000 * exponential(base: 0.93, $0) }),
      ("a level shift", (0..<120).map { $0 < 90 ? 10 : 900 }),
      ("rare charges", (0..<180).map { $0 % 23 == 0 ? 5_000 : 0 }),
      ("nothing, then all at once", Array(repeating: 0, count: 99) + [1_000]),
      ("every second day missing", week.enumerated().map { $0 % 2 == 0 ? $1 : nil }),
      ("nothing but the ends", [1] + Array(repeating: nil, count: 100) + [3]),
      ("the largest numbers", (0..<60).map { 1e300 * (1 + Double($0 % 7)) }),
      ("the smallest numbers", (0..<60).map { 1e-300 * (1 + Double($0 % 7)) }),
      ("below zero", (0..<90).map { -50 + Double($0 % 7) * 20 + noise() }),
      ("not finite", week.enumerated().map { $0 % 9 == 0 ? .infinity : $1 }),
      ("heavy tails", (0..<300).map { _ in 1 / (1.0001 - noise()) }),
    ]
  }()

  private static func exponential(base: Double, _ count: Int) -> Double {
    (0..<count).reduce(1.0) { power, _ in power * base }
  }

  @Test("it stays near what was, its bands are nested, and its totals rise", arguments: hard)
  func bounded(past: Past) throws {
    for horizon in past.values.count < 100 ? [1, 60] : [60] {
      let forecast = try #require(Forecaster.forecast(past.values, horizon: horizon))
      let known = past.values.compactMap { $0 }.filter(\.isFinite)
      let largest = known.map { abs($0) }.max() ?? 0
      #expect(forecast.points.count == horizon)
      for point in forecast.points {
        let quantiles = [point.p025, point.p10, point.p50, point.p90, point.p975]
        let isFinite = quantiles.allSatisfy { $0.isFinite }
        #expect(isFinite)
        #expect(quantiles == quantiles.sorted())
        #expect(abs(point.expected) <= 2 * largest)
        #expect(quantiles.allSatisfy { abs($0) <= 12 * largest })
        if known.allSatisfy({ $0 >= 0 }) {
          #expect(point.expected >= 0 && point.p025 >= 0)
        }
      }
      if known.allSatisfy({ $0 >= 0 }), largest < 1e200 {
        let totals = (1...horizon).map { forecast.total(through: $0) }
        for (before, after) in zip(totals, totals.dropFirst()) {
          #expect(after.expected >= before.expected * (1 - 1e-9))
        }
        #expect(totals.allSatisfy { $0.p10 <= $0.expected && $0.expected <= $0.p90 })
        #expect(totals[horizon - 1].p90 <= 30 * largest * Double(horizon))
      }
    }
  }

  @Test(
    "the same past gives the same forecast, and a past times a factor the forecast times it",
    arguments: [0.001, 3e4]
  )
  func scale(factor: Double) throws {
    // But for the numbers at the edge of what there is, which a factor would lead out of.
    for past in Self.hard where !past.name.contains("est numbers") && past.values.count <= 100 {
      let one = try #require(Forecaster.forecast(past.values, horizon: 28))
      let again = try #require(Forecaster.forecast(past.values, horizon: 28))
      #expect(one.points == again.points)
      let scaled = past.values.map { $0.map { $0 * factor } }
      let other = try #require(Forecaster.forecast(scaled, horizon: 28))
      let largest = past.values.compactMap { $0 }.filter(\.isFinite).map { abs($0) }.max() ?? 0
      for (a, b) in zip(one.points, other.points) {
        #expect(abs(a.expected * factor - b.expected) <= 1e-2 * largest * factor, "\(past.name)")
        #expect(abs(a.p90 * factor - b.p90) <= 1e-2 * largest * factor, "\(past.name)")
      }
    }
  }

  @Test("without a value there is no forecast")
  func empty() {
    #expect(Forecaster.forecast([], horizon: 5) == nil)
    #expect(Forecaster.forecast([nil, .nan, .infinity], horizon: 5) == nil)
  }

  /// A week's pattern on a level that wanders, with skewed noise.
  private static func usage(_ days: Int, _ random: inout SeededRandom) -> [Double] {
    let week = (0..<7).map { $0 < 5 ? 80 + Double(random.below(40)) : 20 }
    var level = 1.0
    return (0..<days).map { day in
      level *= 1 + 0.02 * (Double(random.below(1_001)) / 500 - 1)
      let noise = (0..<3).reduce(0.0) { sum, _ in sum + Double(random.below(1_001)) / 1_500 }
      return week[day % 7] * level * (0.4 + 0.6 * noise * noise)
    }
  }

  @Test("bands hold as often as they say, with long pasts and short ones", arguments: [42, 150])
  func coverage(days: Int) throws {
    var random = SeededRandom(seed: 3)
    var (inner, outer, steps, error, naive) = (0, 0, 0, 0.0, 0.0)
    for _ in 0..<14 {
      let values = Self.usage(days + 28, &random)
      let forecast = try #require(Forecaster.forecast(Array(values[..<days]), horizon: 28))
      for (place, point) in forecast.points.enumerated() {
        let value = values[days + place]
        if (point.p10...point.p90).contains(value) { inner += 1 }
        if (point.p025...point.p975).contains(value) { outer += 1 }
        error += abs(value - point.expected)
        naive += abs(value - values[days - 7 + place % 7])
        steps += 1
      }
    }
    #expect((0.72...0.88).contains(Double(inner) / Double(steps)), "\(inner) of \(steps)")
    #expect((0.9...0.99).contains(Double(outer) / Double(steps)), "\(outer) of \(steps)")
    #expect(error < 0.85 * naive, "\(error / naive)")
  }

  @Test("a balance is gone within its interval about 8 times in 10, a campaign brings it nearer")
  func runOut() throws {
    var random = SeededRandom(seed: 9)
    var (held, tried) = (0, 0)
    for _ in 0..<18 {
      let values = Self.usage(220, &random)
      let past = Array(values[..<120])
      let forecast = try #require(Forecaster.forecast(past, horizon: 99))
      let balance = past.suffix(28).reduce(0, +) / 28 * Double(10 + random.below(40))
      var left = balance
      let day = values[120...].firstIndex { value in
        left -= value
        return left <= 0
      }
      guard let day else { continue }
      let steps = forecast.runOut(balance: balance)
      let actual = day - 119
      tried += 1
      if actual >= steps.p10 ?? 99, actual <= steps.p90 ?? 99 { held += 1 }
      let p50 = try #require(steps.p50)
      #expect((steps.p10 ?? 99) <= p50 && p50 <= (steps.p90 ?? 99))
      let sooner = forecast.runOut(balance: balance, plan: [0, balance / 2])
      #expect((sooner.p50 ?? 99) < p50)
      let chance = forecast.chance(ofPassing: balance, through: p50)
      #expect((0.45...0.95).contains(chance), "\(chance)")
    }
    #expect(tried > 12)
    #expect((0.65...0.95).contains(Double(held) / Double(tried)), "\(held) of \(tried)")
  }

  @Test("what stands out is found where it is")
  func findings() throws {
    let week = (0..<140).map { $0 % 7 < 5 ? 100.0 : 20 }
    func findings(_ values: [Double?]) throws -> [Finding] {
      try #require(Forecaster.forecast(values, horizon: 7)).findings
    }
    let pattern = try findings(week)
    #expect(pattern.count == 1)
    guard case .pattern(_, let share, let quietest, let least)? = pattern.first else {
      Issue.record("\(pattern)")
      return
    }
    #expect(quietest >= 5 && share > 1.2 && least < 0.5)
    var shifted: [Double?] = week
    for day in 100..<140 { shifted[day] = shifted[day].map { $0 * 3 } }
    let shift = try findings(shifted).compactMap { finding -> (Int, Double)? in
      if case .levelShift(let at, let ratio) = finding { (at, ratio) } else { nil }
    }
    #expect(shift.count == 1)
    #expect(shift.first.map { abs($0.0 - 100) <= 1 && abs($0.1 - 3) < 0.1 } == true, "\(shift)")
    var spiked: [Double?] = week
    spiked[120] = 900
    spiked[60] = nil
    let found = try findings(spiked)
    #expect(found.contains(.missing(values: 1)))
    #expect(found.contains(.outliers(at: [120])))
    let rare = try findings((0..<100).map { $0 % 9 == 0 ? 50 : 0 })
    let isRare = rare.contains { finding in
      if case .intermittent = finding { true } else { false }
    }
    #expect(isRare)
    #expect(try findings([1, 2, 3]).contains(.shortHistory(values: 3)))
  }
}
