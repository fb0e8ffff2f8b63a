import CreditCore
import Testing

@Suite("Exact arithmetic")
struct DecimalArithmeticTests {
  @Test(
    "halves round away from zero",
    arguments: [
      ("0.5", 0, "1"), ("1.5", 0, "2"), ("2.5", 0, "3"), ("0.49", 0, "0"), ("-0.5", 0, "-1"),
      ("-2.5", 0, "-3"), ("-0.49", 0, "0"), ("0.0000005", 6, "0.000001"),
      ("0.00000049999", 6, "0"), ("1.0000015", 6, "1.000002"), ("1.0000025", 6, "1.000003"),
      ("2.25", 1, "2.3"), ("2.25", 5, "2.25"), ("99.995", 2, "100"), ("1e-400", 6, "0"),
    ]
  )
  func rounds(text: String, places: Int, expected: String) throws {
    #expect(try ExactDecimal(text).rounded(places: places).description == expected)
  }

  static let quotients: [(String, String, places: Int, String)] = [
    ("1", "3", 6, "0.333333"),
    ("2", "3", 6, "0.666667"),
    ("1", "8", 2, "0.13"),
    ("10", "4", 0, "3"),
    ("-10", "4", 0, "-3"),
    ("-1", "3", 6, "-0.333333"),
    ("1", "0.3", 3, "3.333"),
    ("0", "7", 6, "0"),
    ("1e-20", "1", 6, "0"),
    ("1", "1e-20", 0, "100000000000000000000"),
    ("1", "99999999999999999999999999999999999999", 6, "0"),
    ("1e-400", "7", 6, "0"),
    ("17.0141183460469231731687303715884105727", "18", 0, "1"),
    ("-17.0141183460469231731687303715884105727", "18", 0, "-1"),
    ("17.0141183460469231731687303715884105727", "34", 0, "1"),
    ("17.0141183460469231731687303715884105727", "35", 0, "0"),
    ("0.170141183460469231731687303715884105727", "1", 0, "0"),
  ]

  @Test("a quotient is rounded half up to the places asked for", arguments: quotients)
  func divides(left: String, right: String, places: Int, expected: String) throws {
    let quotient = try ExactDecimal(left).divided(by: try ExactDecimal(right), places: places)
    #expect(quotient.description == expected)
  }

  @Test(
    "whole numbers above and below",
    arguments: [
      ("2.1", "3", "2"), ("2", "2", "2"), ("2.0", "2", "2"), ("-2.1", "-2", "-3"),
      ("0.000", "0", "0"), ("0.000001", "1", "0"), ("-0.000001", "0", "-1"),
      ("1e-40", "1", "0"), ("-1e-40", "0", "-1"), ("0e-40", "0", "0"),
      ("9999999999999999999.5", "10000000000000000000", "9999999999999999999"),
    ]
  )
  func roundsToWhole(text: String, up: String, down: String) throws {
    #expect(try ExactDecimal(text).roundedUp.description == up)
    #expect(try ExactDecimal(text).roundedDown.description == down)
  }

  private static let most = ExactDecimal(significand: .max, scale: 0)
  private static let least = ExactDecimal(significand: .min, scale: 0)

  static let overflows: [(name: String, operation: @Sendable () throws -> ExactDecimal)] = [
    ("most + 1", { try most + .one }),
    ("most + most", { try most + most }),
    ("least + least", { try least + least }),
    ("least - 1", { try least - .one }),
    ("0 - least", { try .zero - least }),
    ("most - least", { try most - least }),
    ("1.5 - least", { try ExactDecimal(significand: 15, scale: 1) - least }),
    ("most x 2", { try most * ExactDecimal(2) }),
    ("most x most", { try most * most }),
    ("least x -1", { try least * ExactDecimal(-1) }),
    ("least x least", { try least * least }),
    ("most + 0.1", { try most + ExactDecimal(significand: 1, scale: 1) }),
    ("1 + 1e-39", { try .one + ExactDecimal(significand: 1, scale: 39) }),
    ("most / 1 at six places", { try most.divided(by: .one, places: 6) }),
    ("1 / 1 at 39 places", { try ExactDecimal.one.divided(by: .one, places: 39) }),
  ]

  @Test("what does not fit is thrown, never trapped", arguments: overflows.indices)
  func throwsOverflow(place: Int) {
    let (name, operation) = Self.overflows[place]
    #expect(throws: ArithmeticOverflow(), "\(name)") { try operation() }
  }

  @Test("what fits once trailing zeros are dropped is not an overflow")
  func dropsZeros() throws {
    let large = try ExactDecimal("10000000000000000000000000000000000000.0")
    #expect(try (large + ExactDecimal("1.00000")).description == "1" + zeros(36) + "1")
    #expect(try (large * ExactDecimal("1.00000000000000000000")).description == "1" + zeros(37))
    #expect(
      try (ExactDecimal("1e-60") + ExactDecimal("1e-60")).description == "0." + zeros(59) + "2"
    )
    #expect(try (Self.most + ExactDecimal("0e-500")).description == Self.most.description)
    #expect(try (Self.most - .one + .one).description == Self.most.description)
    #expect(try (Self.least + .one - .one).description == Self.least.description)
  }

  private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}

@Suite("Credits")
struct CreditsTests {
  @Test(
    "an amount is rounded half up to the micro-credit",
    arguments: [
      ("0.0000005", 1), ("0.00000049", 0), ("-0.0000005", -1), ("12450", 12_450_000_000),
      ("0.1", 100_000), ("1e-400", 0), ("9223372036854.775807", Int64.max),
      ("9223372036854.7758074999", Int64.max), ("-9223372036854.775808", Int64.min),
    ] as [(String, Int64)]
  )
  func rounds(text: String, micros: Int64) throws {
    #expect(try Credits(rounding: ExactDecimal(text)).micros == micros)
  }

  @Test(
    "an amount past 64 bits is thrown",
    arguments: [
      "9223372036854.7758075", "9223372036854.775808", "-9223372036854.7758085", "1e13", "-1e20",
      "1e38",
    ]
  )
  func overflows(text: String) throws {
    let amount = try ExactDecimal(text)
    #expect(throws: ArithmeticOverflow()) { try Credits(rounding: amount) }
  }

  @Test("sums and differences stop at 64 bits")
  func sums() throws {
    let most = Credits(micros: .max)
    let least = Credits(micros: .min)
    let one = Credits(micros: 1)
    #expect(throws: ArithmeticOverflow()) { try most + one }
    #expect(throws: ArithmeticOverflow()) { try least - one }
    #expect(throws: ArithmeticOverflow()) { try Credits.zero - least }
    #expect(try (most - one + one) == most)
    #expect(try (most + least) == Credits(micros: -1))
    #expect(throws: ArithmeticOverflow()) { try CreditRange(most) + CreditRange(one) }
    #expect(throws: ArithmeticOverflow()) { try CreditRange(least) - CreditRange(one) }
  }

  @Test("credits print as decimals and keep their order")
  func prints() {
    #expect(Credits(micros: 1_500_000).description == "1.5")
    #expect(Credits(micros: .min).description == "-9223372036854.775808")
    #expect(Credits(micros: -1) < .zero)
    #expect(Credits(micros: 2_500_000).approximate == 2.5)
  }

  @Test("a range of one value is not ranged")
  func ranged() {
    #expect(!Bounds(3).isRanged)
    #expect(Bounds(low: 1, expected: 1, high: 2).isRanged)
    #expect(Bounds(low: 1, expected: 2, high: 1).isRanged)
    let bounds = Bounds(low: 1, expected: 2, high: 3)
    #expect(Bound.allCases.map { bounds[$0] } == [1, 2, 3])
  }
}
