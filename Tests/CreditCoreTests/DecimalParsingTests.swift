import CreditCore
import Testing

@Suite("Decimal numbers as written")
struct DecimalParsingTests {
  static let accepted: [(text: String, significand: Int128, scale: Int)] = [
    ("0", 0, 0),
    ("-0", 0, 0),
    ("7", 7, 0),
    ("-12", -12, 0),
    ("2.5", 25, 1),
    ("0.05", 5, 2),
    ("-0.000001", -1, 6),
    ("1.50", 150, 2),
    ("1e3", 1_000, 0),
    ("1E3", 1_000, 0),
    ("1e+3", 1_000, 0),
    ("1.5e3", 1_500, 0),
    ("1.25e1", 125, 1),
    ("25e-1", 25, 1),
    ("1e-400", 1, 400),
    ("1e-1000", 1, 1_000),
    ("0e400", 0, 0),
    ("0.0e39", 0, 0),
    ("1e38", 100_000_000_000_000_000_000_000_000_000_000_000_000, 0),
    (
      String(repeating: "9", count: 38),
      99_999_999_999_999_999_999_999_999_999_999_999_999, 0
    ),
    ("170141183460469231731687303715884105727", Int128.max, 0),
    ("0." + String(repeating: "0", count: 60) + "1", 1, 61),
  ]

  @Test("a number is read exactly", arguments: accepted)
  func reads(text: String, significand: Int128, scale: Int) throws {
    let number = try ExactDecimal(text)
    #expect(number.significand == significand)
    #expect(number.scale == scale)
  }

  static let refused: [(text: String, offset: Int)] = [
    ("", 0),
    ("-", 1),
    ("--5", 1),
    ("+5", 0),
    (".5", 0),
    ("-.5", 1),
    ("5.", 2),
    ("5.e3", 2),
    ("01", 0),
    ("-01", 1),
    ("00", 0),
    ("1_000", 1),
    ("1,000", 1),
    ("1 000", 1),
    (" 1", 0),
    ("1 ", 1),
    ("1\n", 1),
    ("0x10", 1),
    ("1.5.2", 3),
    ("1e", 2),
    ("1e+", 3),
    ("1e-", 3),
    ("1e5.5", 3),
    ("1e5x", 3),
    ("5%", 1),
    ("five", 0),
    ("NaN1", 0),
    ("infinite", 0),
    ("\u{0661}\u{0662}", 0),
    ("12\u{FF13}", 2),
    ("1\u{0}", 1),
  ]

  @Test("what is not a number is refused at the byte that cannot stand there", arguments: refused)
  func refuses(text: String, offset: Int) {
    #expect(throws: DecimalFault.notANumber(offset: offset)) { try ExactDecimal(text) }
  }

  @Test(
    "a number that is not finite is refused in every spelling",
    arguments: [
      "NaN", "nan", "-nan", "+NaN", ".nan", "Infinity", "-Infinity", "inf", "+inf", ".inf",
      "-.INF",
    ]
  )
  func refusesNonFinite(text: String) {
    #expect(throws: DecimalFault.notFinite) { try ExactDecimal(text) }
  }

  @Test(
    "a number with too many digits is refused, not rounded",
    arguments: [
      String(repeating: "9", count: 39),
      "170141183460469231731687303715884105728",
      "-170141183460469231731687303715884105728",
      "0." + String(repeating: "9", count: 39),
      "1." + String(repeating: "0", count: 39),
      String(repeating: "9", count: 100_000),
      "1e39", "1e400", "1e1001", "1e-1001", "-2e38",
      "1e99999999999999999999999999", "1e-99999999999999999999999999",
    ]
  )
  func refusesLong(text: String) {
    #expect(throws: DecimalFault.tooLong) { try ExactDecimal(text) }
  }
}
