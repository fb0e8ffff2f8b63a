import CreditCore
import Testing

@Suite("Decimal numbers as printed and compared")
struct DecimalPrintingTests {
  static let printed: [(significand: Int128, scale: Int, text: String)] = [
    (0, 0, "0"),
    (0, 5, "0"),
    (25, 1, "2.5"),
    (5_400, 0, "5400"),
    (5_400, 2, "54"),
    (1_230, 2, "12.3"),
    (-5, 1, "-0.5"),
    (-100, 1, "-10"),
    (1, 6, "0.000001"),
    (1, 40, "0." + String(repeating: "0", count: 39) + "1"),
    (Int128.max, 0, "170141183460469231731687303715884105727"),
    (Int128.min, 0, "-170141183460469231731687303715884105728"),
    (Int128.max, 38, "1.70141183460469231731687303715884105727"),
    (Int128.max, 39, "0.170141183460469231731687303715884105727"),
    (1_000_000_000_000_000_000_000_000_000_000, 12, "1000000000000000000"),
    (1_000_000_000_000_000_000_000_000_000_001, 12, "1000000000000000000.000000000001"),
    (Int128(Int64.max), 6, "9223372036854.775807"),
  ]

  @Test("all digits are printed, and no zeros behind them", arguments: printed)
  func prints(significand: Int128, scale: Int, text: String) throws {
    let number = ExactDecimal(significand: significand, scale: scale)
    #expect(number.description == text)
    #expect(number.normalized.description == text)
    var bytes = Array("x".utf8)
    number.write(into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "x" + text)
  }

  @Test(
    "people read thousands apart and at most six decimals",
    arguments: [
      ("0", "0"),
      ("999", "999"),
      ("1000", "1,000"),
      ("-999", "-999"),
      ("-1000", "-1,000"),
      ("1234567.891", "1,234,567.891"),
      ("-1234.5", "-1,234.5"),
      ("123456", "123,456"),
      ("0.0000005", "0.000001"),
      ("0.0000004", "0.0000004"),
      ("-0.0000004", "-0.0000004"),
      ("-0.0000005", "-0.000001"),
      ("999.9999999", "1,000"),
      ("9223372036854.775807", "9,223,372,036,854.775807"),
    ]
  )
  func groups(text: String, shown: String) throws {
    #expect(try ExactDecimal(text).grouped() == shown)
  }

  @Test("fewer decimals can be asked for")
  func groupsWithPlaces() throws {
    #expect(try ExactDecimal("1234.565").grouped(places: 2) == "1,234.57")
    #expect(try ExactDecimal("1234.5").grouped(places: 0) == "1,235")
  }

  @Test("a number too long to be rounded is still shown")
  func groupsLongest() {
    let shown = ExactDecimal(significand: .max, scale: 0).grouped()
    #expect(shown == "170,141,183,460,469,231,731,687,303,715,884,105,727")
  }

  static let ascending = [
    "-170141183460469231731687303715884105727", "-1e38", "-2", "-1.5", "-1e-400", "0", "1e-1000",
    "1e-400", "1e-39", "0.1", "0.11", "1", "1.000000000000000000000000000000000001", "2", "10",
    "99999999999999999999999999999999999999", "1e38",
  ]

  @Test("numbers of any two scales are ordered by value")
  func orders() throws {
    let numbers = try Self.ascending.map { try ExactDecimal($0) }
    for (i, left) in numbers.enumerated() {
      for (j, right) in numbers.enumerated() {
        #expect((left < right) == (i < j), "\(Self.ascending[i]) < \(Self.ascending[j])")
        #expect((left == right) == (i == j), "\(Self.ascending[i]) == \(Self.ascending[j])")
      }
    }
  }

  @Test(
    "equal values are equal however they are written",
    arguments: [("1", "1.000"), ("0", "0e-400"), ("1e3", "1000.0"), ("-2.50", "-2.5")]
  )
  func equals(left: String, right: String) throws {
    let (a, b) = (try ExactDecimal(left), try ExactDecimal(right))
    #expect(a == b)
    #expect(!(a < b) && !(b < a))
    #expect(a.description == b.description)
  }

  @Test("statistics see the nearest floating-point number")
  func approximates() throws {
    #expect(try ExactDecimal("0.1").approximate == 0.1)
    #expect(try ExactDecimal("-12.5").approximate == -12.5)
    #expect(try ExactDecimal("1e-1000").approximate < 1e-300)
    let large = try ExactDecimal("123456789012345678901234567890").approximate
    #expect(abs(large / 1.2345678901234568e29 - 1) < 1e-12)
  }

  @Test("a unit agrees with its number")
  func agrees() {
    #expect(Unit.providerHit.words(for: .one) == "provider hit")
    #expect(Unit.providerHit.words(for: ExactDecimal(2)) == "provider hits")
    #expect(Unit.step.words(for: ExactDecimal(significand: 10, scale: 1)) == "step")
    #expect(Unit.step.words(for: .zero) == "steps")
    #expect(Unit.providerHit.plural == "provider_hits")
  }
}
