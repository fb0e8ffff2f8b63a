import CreditCore
import Rating
import TestSupport
import Testing

@Suite("Waterfalls with named providers")
struct WaterfallTests {
  private func inputs(_ line: EstimateLine) throws -> QuantityRange {
    try #require(line.inputs.first { $0.name == "cost of a record" }).value
  }

  static let plans: [(line: String, hits: String, credits: String)] = [
    // One provider: what it finds is paid.
    ("providers: [{provider: apollo, hit_rate: 0.5}]", "50", "50"),
    ("providers: [{provider: leadmagic, hit_rate: 0.5}]", "50", "25"),
    ("field: mobile, providers: [{provider: leadmagic, hit_rate: 0.5}]", "50", "150"),
    // The next one is asked for what the first leaves.
    (
      "providers: [{provider: apollo, hit_rate: 0.5}, {provider: leadmagic, hit_rate: 0.2}]",
      "60", "55"
    ),
    (
      "providers: [{provider: leadmagic, hit_rate: 0.2}, {provider: apollo, hit_rate: 0.5}]",
      "60", "50"
    ),
    ("providers: [{provider: apollo, hit_rate: 1}, {provider: hunter, hit_rate: 1}]", "100", "100"),
    // Finds with an own key cost nothing, and are no charged hits.
    (
      "providers: [{provider: apollo, hit_rate: 0.5, own_key: true}, {provider: hunter, hit_rate: 0.5}]",
      "25", "25"
    ),
    ("providers: [{provider: lusha, hit_rate: 0.9, own_key: true}]", "0", "0"),
    // A rejected find costs the verifier, and the next provider is asked.
    (
      "providers: [{provider: apollo, hit_rate: 0.5}], verifier: hunter, reject_rate: 0.1",
      "45", "55"
    ),
    (
      "providers: [{provider: apollo, hit_rate: 0.5}, {provider: leadmagic, hit_rate: 1}], "
        + "verifier: zerobounce, reject_rate: 0.2",
      "88", "86"
    ),
    (
      "providers: [{provider: apollo, hit_rate: 0.5, reject_rate: 0}], verifier: hunter, "
        + "reject_rate: 0.9",
      "50", "50"
    ),
    // A higher hit rate of a cheap provider spares a dear one.
    (
      "field: mobile, providers: [{provider: apollo, hit_rate: [0, 0.5, 1]}, "
        + "{provider: leadmagic, hit_rate: 1}]",
      "100", "200/250/300"
    ),
    // Other drivers multiply.
    ("cache_share: 0.5, providers: [{provider: apollo, hit_rate: 0.5}]", "25", "25"),
    ("fields_per_record: 3, providers: [{provider: apollo, hit_rate: 0.5}]", "150", "150"),
  ]

  @Test("100 records cost what the providers find, in their order", arguments: plans)
  func prices(line: String, hits: String, credits: String) throws {
    let priced = try RatingTests.line(
      "{operation: enrichment.waterfall, records: 100, \(line)}"
    )
    #expect(text(priced.quantity) == hits)
    #expect(text(priced.credits) == credits)
    #expect(priced.unit == .providerHit)
    #expect(!priced.assumptions.contains { $0.contains("hit_rate not given") })
    #expect(priced.assumptions.contains("hit rates are the campaign file's own"))
  }

  @Test("a verifier alone adds the price of what it rejects")
  func pricesVerifier() throws {
    let line = try line(
      "{operation: enrichment.waterfall, records: 100, hit_rate: 0.5, verifier: hunter, "
        + "reject_rate: 0.1}"
    )
    #expect(text(line.quantity) == "45")
    #expect(text(line.credits) == "55/100/145")
    let own = try RatingTests.line(
      "{operation: enrichment.waterfall, provider_hits: 100, credits_per_unit: 1, "
        + "verifier: leadmagic, reject_rate: [0, 0.5, 1]}"
    )
    #expect(text(own.credits) == "50/75/100")
  }

  private struct Step {
    var hit: QuantityRange
    var reject: QuantityRange
    var price: ExactDecimal
    var ownKey: Bool
  }

  @Test("300 random plans: low and high are the ends of all corners, expected is the middle")
  func agreesWithCorners() throws {
    var random = SeededRandom()
    for number in 1...300 {
      let verifier = ExactDecimal(significand: Int128(random.below(5) * 5), scale: 1)
      let steps = try (0...random.below(5)).map { _ in
        Step(
          hit: try range(&random),
          reject: try random.chance(0.5) ? range(&random) : Bounds(.zero),
          price: ExactDecimal(significand: Int128(random.below(81) * 25), scale: 2),
          ownKey: random.chance(0.15)
        )
      }
      let line = try priced(steps, verifier)
      let cost = try inputs(line)
      var corners: [(hits: ExactDecimal, cost: ExactDecimal)] = []
      for corner in 0..<(1 << (2 * steps.count)) {
        corners.append(
          try outcome(steps, verifier) { step, isHit in
            corner >> (2 * step + (isHit ? 0 : 1)) & 1 == 0 ? .low : .high
          }
        )
      }
      let expected = try outcome(steps, verifier) { _, _ in .expected }
      let pairs = [
        (line.quantity.low, corners.map(\.hits).min()), (cost.low, corners.map(\.cost).min()),
        (line.quantity.expected, expected.hits), (cost.expected, expected.cost),
        (line.quantity.high, corners.map(\.hits).max()), (cost.high, corners.map(\.cost).max()),
      ]
      for (place, (seen, wanted)) in pairs.enumerated() {
        let difference = try seen - (wanted ?? .zero)
        if abs(difference.approximate) < 1e-15 { continue }
        Issue.record(
          """
          seed \(random.seed), plan \(number), number \(place): \(seen), by its corners \
          \(wanted.map(\.description) ?? "none")
          \(steps)
          """
        )
        return
      }
    }
  }

  /// Shares in hundredths.
  private func range(_ random: inout SeededRandom) throws -> QuantityRange {
    let ends = (0..<3).map { _ in random.below(101) }.sorted()
    let values = ends.map { ExactDecimal(significand: Int128($0), scale: 2) }
    return random.chance(0.2)
      ? Bounds(values[1]) : Bounds(low: values[0], expected: values[1], high: values[2])
  }

  private func priced(_ steps: [Step], _ verifier: ExactDecimal) throws -> EstimateLine {
    let book = try shippedBook()
    let index = try #require(book.index(of: "enrichment.waterfall"))
    var drivers: [QuantityRange?] = book.operations[index].drivers.map { _ in nil }
    drivers[0] = Bounds(.one)
    let mark = SourceMark(source: source(""), line: 1, column: 1)
    var line = CampaignLine(label: "x", operation: index, drivers: drivers, mark: mark)
    line.waterfall = WaterfallPlan(
      steps: steps.map { step in
        WaterfallPlan.Step(
          provider: "x",
          hitRate: step.hit,
          rejectRate: step.reject,
          price: step.price,
          ownKey: step.ownKey
        )
      },
      rejectRate: Bounds(.zero),
      verifierPrice: verifier
    )
    let campaign = Campaign(file: "x", name: "x", plan: nil, balance: nil, lines: [line])
    let plan = try #require(book.plan("platform"))
    let estimate = try Estimator(book: book, plan: plan).estimate([campaign], balance: nil)
    return try #require(estimate.lines.first)
  }

  /// What one record brings and costs, from the first provider to the last.
  private func outcome(
    _ steps: [Step],
    _ verifier: ExactDecimal,
    _ bound: (_ step: Int, _ isHit: Bool) -> Bound
  ) throws -> (hits: ExactDecimal, cost: ExactDecimal) {
    var reached = ExactDecimal.one
    var hits = ExactDecimal.zero
    var cost = ExactDecimal.zero
    for (number, step) in steps.enumerated() {
      let found = try reached * step.hit[bound(number, true)]
      let rejected = try found * step.reject[bound(number, false)]
      let accepted = try found - rejected
      if !step.ownKey {
        hits = try hits + accepted
        cost = try cost + (accepted * step.price)
      }
      cost = try cost + (rejected * verifier)
      reached = try reached - accepted
    }
    return (hits, cost)
  }
}
