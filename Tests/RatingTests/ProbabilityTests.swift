import CreditCore
import Foundation
import Rating
import TestSupport
import Testing

@Suite("The probability that a balance covers the cost")
struct ProbabilityTests {
  /// A campaign, and what it costs when its ranged inputs take the values drawn.
  struct Model: Sendable, CustomStringConvertible {
    var description: String
    var operations: String
    var inputs: [(Double, Double, Double)]
    var cost: @Sendable ([Double]) -> Double
  }

  static let models = [
    Model(
      description: "one input",
      operations:
        "{operation: sequence.enroll, contacts: [1600, 1900, 2300], steps_per_contact: 4}",
      inputs: [(1_600, 1_900, 2_300)],
      cost: { $0[0] * 4 }
    ),
    Model(
      description: "a price that two lines share",
      operations: "{operation: enrichment.waterfall, records: 1000, hit_rate: [0.5, 0.65, 0.8]}, "
        + "{operation: enrichment.waterfall, records: 500}",
      inputs: [(1, 2, 3), (0.5, 0.65, 0.8)],
      cost: { $0[0] * (1_000 * $0[1] + 500) }
    ),
    Model(
      description: "started minutes",
      operations: "{operation: voice.outbound, calls: 100, connect_rate: [0.2, 0.3, 0.4], "
        + "minutes_per_call: [1.5, 2.5, 4]}",
      inputs: [(0.2, 0.3, 0.4), (1.5, 2.5, 4)],
      cost: { 100 * $0[0] * $0[1].rounded(.up) * 20 }
    ),
    Model(
      description: "several lines with a fixed one",
      operations:
        "{operation: inbox.draft, calls: [120, 200, 320], tokens_per_call: [800, 1240, 2600]}, "
        + "{operation: meeting.book, bookings: [10, 18, 30]}, {operation: meeting.book, count: 5}",
      inputs: [(120, 200, 320), (800, 1_240, 2_600), (10, 18, 30)],
      cost: { $0[0] * ($0[1] / 1_000).rounded(.up) + $0[2] * 20 + 100 }
    ),
    Model(
      description: "a saving and a price of the line's own",
      operations: "{operation: enrichment.waterfall, records: [900, 1000, 1500], "
        + "cache_share: [0, 0.1, 0.5], credits_per_unit: [1, 1.2, 2]}",
      inputs: [(900, 1_000, 1_500), (0, 0.1, 0.5), (1, 1.2, 2)],
      cost: { $0[0] * (1 - $0[1]) * $0[2] }
    ),
  ]

  private static func probability(_ model: Model, _ balance: Double) throws -> Double {
    let amount = Credits(micros: Int64(balance * 1_000_000))
    let outlook = try estimate(model.operations, balance: amount.description).balance
    return try #require(outlook.probabilityCovered)
  }

  @Test("it is close to 20,000 plain draws", arguments: models)
  func isCloseToDraws(model: Model) throws {
    var random = SeededRandom()
    let draws = (0..<20_000).map { _ in
      model.cost(model.inputs.map { Self.draw($0, &random) })
    }.sorted()
    for share in [0.05, 0.25, 0.5, 0.75, 0.95] {
      let balance = draws[Int(share * 20_000)]
      // Started blocks make steps, on which a share of the draws may lie.
      let below = Double(draws.count { $0 <= balance }) / 20_000
      let seen = try Self.probability(model, balance + 0.000001)
      #expect(
        abs(seen - below) < 0.03,
        "seed \(random.seed): \(seen) at \(balance), drawn \(below)"
      )
    }
  }

  @Test("the percentiles are those of the draws", arguments: models)
  func hasPercentiles(model: Model) throws {
    let estimate = try estimate(model.operations)
    let (p10, p50, p90) = try #require(estimate.percentiles)
    #expect(p10 < p50 && p50 < p90)
    #expect(estimate.totals.credits.low.approximate <= p10)
    #expect(p90 <= estimate.totals.credits.high.approximate)
    for (share, value) in [(0.1, p10), (0.5, p50), (0.9, p90)] {
      #expect(try Self.probability(model, value + 0.000001) >= share - 0.01)
    }
  }

  @Test("it never falls as the balance rises, and is 0 and 1 outside the range", arguments: models)
  func rises(model: Model) throws {
    let credits = try estimate(model.operations).totals.credits
    let (low, high) = (credits.low.approximate, credits.high.approximate)
    var before = 0.0
    for step in -3...43 {
      let balance = max(0, low + (high - low) * Double(step) / 40)
      let probability = try Self.probability(model, balance)
      #expect(probability >= before, "at \(balance)")
      before = probability
      if step < 0 { #expect(probability == 0) }
      if step >= 40 { #expect(probability == 1) }
    }
  }

  @Test("it repeats exactly, whatever the order of the lines is", arguments: models)
  func repeats(model: Model) throws {
    let credits = try estimate(model.operations).totals.credits
    let balance = (credits.low.approximate + credits.expected.approximate) / 2
    let first = try Self.probability(model, balance)
    for _ in 1...3 { #expect(try Self.probability(model, balance) == first) }
    #expect(first > 0 && first < 1)
  }

  @Test("many inputs make a narrow spread around the mean")
  func addsManyLines() throws {
    let lines = (1...300).map { "{operation: meeting.book, label: L\($0), bookings: [0, 50, 100]}" }
    let estimate = try estimate(lines.joined(separator: ","), balance: "300000")
    let (p10, _, p90) = try #require(estimate.percentiles)
    let deviation = (300.0 * 20 * 20 * 50 * 50 / 7).squareRoot()
    #expect(abs(p10 - (300_000 - 1.2816 * deviation)) < 0.1 * deviation)
    #expect(abs(p90 - (300_000 + 1.2816 * deviation)) < 0.1 * deviation)
    let probability = try #require(estimate.balance.probabilityCovered)
    #expect(abs(probability - 0.5) < 0.03)
  }

  @Test("nothing ranged has no percentiles")
  func hasNone() throws {
    let fixed = try estimate("{operation: meeting.book, count: 5}", balance: "100")
    #expect(fixed.percentiles == nil)
    #expect(fixed.balance.probabilityCovered == 1)
  }

  /// A draw of a PERT distribution, as a ratio of gamma variables (Marsaglia and Tsang, 2000).
  private static func draw(
    _ range: (low: Double, mode: Double, high: Double),
    _ random: inout SeededRandom
  ) -> Double {
    let width = range.high - range.low
    let a = gamma(1 + 4 * (range.mode - range.low) / width, &random)
    let b = gamma(1 + 4 * (range.high - range.mode) / width, &random)
    return range.low + width * a / (a + b)
  }

  /// Of a shape of at least 1.
  private static func gamma(_ shape: Double, _ random: inout SeededRandom) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let radius = (-2 * log(1 - random.unit())).squareRoot()
      let normal = radius * cos(2 * Double.pi * random.unit())
      let v = 1 + c * normal
      let cube = v * v * v
      if v > 0, log(1 - random.unit()) < normal * normal / 2 + d - d * cube + d * log(cube) {
        return d * cube
      }
    }
  }
}
