import CreditCore
import Reconciliation
import TestSupport
import Testing

@Suite("Rates fitted to what the provider took")
struct CalibrationTests {
  private static let hits = UncertainRate(operation: "hits", expected: 2, min: 0.5, max: 20)
  private static let tokens = UncertainRate(operation: "tokens", expected: 1, min: 0.2, max: 10)
  private static let records = UncertainRate(operation: "records", expected: 1, min: 0, max: 5)

  private static func instant(_ day: Int) -> Instant {
    Instant(microseconds: 1_793_491_200_000_000 + Int64(day) * 86_400_000_000)
  }

  /// Days of use at the given prices; each hit costs 0.5 less or more at random.
  private static func history(
    days: Int,
    seed: UInt64,
    hits: (Int) -> Double,
    tokens: Double,
    tied: Bool = false,
    extra: (Int) -> Double = { _ in 0 }
  ) -> [CalibrationInterval] {
    var random = SeededRandom(seed: seed)
    return (0..<days).map { day in
      let hitCount = 20 + random.below(200)
      let tokenCount = tied ? hitCount * 3 : random.below(300)
      var spent = 120.0 + extra(day)
      for _ in 0..<hitCount { spent += hits(day) + (random.chance(0.5) ? 0.5 : -0.5) }
      spent += Double(tokenCount) * tokens
      return CalibrationInterval(
        to: instant(day + 1),
        spent: spent,
        certain: 120,
        units: ["hits": Double(hitCount), "tokens": Double(tokenCount)]
      )
    }
  }

  @Test("what units cost is found within its interval, in at least 9 of 10 histories")
  func coverage() throws {
    var (covered, total) = (0, 0)
    for seed in 0..<200 as Range<UInt64> {
      let history = Self.history(days: 30, seed: seed, hits: { _ in 1.4 }, tokens: 0.7)
      let found = Calibration(history, rates: [Self.hits, Self.tokens])
      try #require(found.fits.count == 2)
      for (fit, truth) in zip(found.fits, [1.4, 0.7]) {
        total += 1
        if fit.low <= truth && truth <= fit.high { covered += 1 }
        #expect(abs(fit.rate - truth) < 0.15 * truth, "seed \(seed)")
        #expect(fit.high - fit.low < 0.5 * truth, "seed \(seed)")
      }
      #expect(found.unexplainedAfter < found.unexplainedBefore / 5)
    }
    #expect(Double(covered) >= 0.9 * Double(total), "\(covered) of \(total)")
  }

  @Test("an interval with calls that nobody logged moves no price")
  func outlier() {
    let history = Self.history(
      days: 30,
      seed: 4,
      hits: { _ in 1.4 },
      tokens: 0.7,
      extra: { $0 == 17 ? 5_000 : 0 }
    )
    let found = Calibration(history, rates: [Self.hits, Self.tokens])
    #expect(abs((found.fits.first?.rate ?? 0) - 1.4) < 0.1)
    #expect(found.changes.isEmpty)
    #expect(abs(found.unexplainedAfter - 5_000) < 500)
  }

  @Test("operations that only occur together are told as a sum")
  func inseparable() throws {
    let history = Self.history(days: 30, seed: 5, hits: { _ in 1 }, tokens: 0.5, tied: true)
    let fit = try #require(Calibration(history, rates: [Self.hits, Self.tokens]).fits.first)
    #expect(fit.operations == ["hits", "tokens"])
    #expect(!fit.isSeparable)
    // (1 + 3 x 0.5) of the (2 + 3 x 1) that the book says.
    #expect(abs(fit.rate - 0.5) < 0.02)
    #expect(fit.low <= 0.5 && 0.5 <= fit.high)
  }

  @Test("the day on which a price changed is found, and none where it did not")
  func change() throws {
    var falseAlarms = 0
    for seed in 0..<40 as Range<UInt64> {
      let changed = Self.history(
        days: 40,
        seed: seed,
        hits: { $0 < 22 ? 1 : 1.6 },
        tokens: 0.7
      )
      let found = try #require(
        Calibration(changed, rates: [Self.hits, Self.tokens]).changes.first,
        "seed \(seed)"
      )
      #expect(found.operation == "hits")
      let day = (found.after.microseconds - Self.instant(0).microseconds) / 86_400_000_000
      #expect(abs(day - 22) <= 1, "seed \(seed)")
      #expect(abs(found.old - 1) < 0.15 && abs(found.new - 1.6) < 0.15, "seed \(seed)")
      let steady = Self.history(days: 40, seed: seed, hits: { _ in 1.2 }, tokens: 0.7)
      if !Calibration(steady, rates: [Self.hits, Self.tokens]).changes.isEmpty { falseAlarms += 1 }
    }
    #expect(falseAlarms <= 2)
  }

  @Test("a rate stays within the book's bounds, and says when a bound holds it")
  func bounds() throws {
    let history = Self.history(days: 20, seed: 6, hits: { _ in 30 }, tokens: 0.7)
    let fit = try #require(Calibration(history, rates: [Self.hits, Self.tokens]).fits.first)
    #expect(fit.rate == 20)
    #expect(fit.isAtBound)
  }

  @Test("what no interval tells anything of is left alone, as is a history that is too short")
  func untold() {
    let history = Self.history(days: 30, seed: 7, hits: { _ in 1.4 }, tokens: 0.7)
    let found = Calibration(history, rates: [Self.hits, Self.tokens, Self.records])
    #expect(found.untold == ["records"])
    #expect(found.fits.map(\.operations) == [["hits"], ["tokens"]])
    let short = Calibration(Array(history.prefix(4)), rates: [Self.hits, Self.tokens])
    #expect(short.fits.isEmpty)
    #expect(Calibration([], rates: [Self.hits]).untold == ["hits"])
  }

  @Test("the same history gives the same result")
  func repeats() {
    let history = Self.history(days: 30, seed: 8, hits: { _ in 1.4 }, tokens: 0.7)
    let rates = [Self.hits, Self.tokens]
    #expect(Calibration(history, rates: rates) == Calibration(history, rates: rates))
  }
}
