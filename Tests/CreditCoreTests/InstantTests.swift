import CreditCore
import TestSupport
import Testing

@Suite("Instants")
struct InstantTests {
  static let accepted: [(String, String)] = [
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ("2026-11-01T09:30:15Z", "2026-11-01T09:30:15Z"),
    ("2026-11-01t09:30:15z", "2026-11-01T09:30:15Z"),
    ("2026-11-01 09:30:15Z", "2026-11-01T09:30:15Z"),
    ("2026-11-01T09:30:15+01:00", "2026-11-01T08:30:15Z"),
    ("2026-11-01T09:30:15-05:30", "2026-11-01T15:00:15Z"),
    ("2026-11-01T00:30:00+01:00", "2026-10-31T23:30:00Z"),
    ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
    ("2026-11-01T09:30:15-00:00", "2026-11-01T09:30:15Z"),
    ("2026-11-01T09:30:15+23:59", "2026-10-31T09:31:15Z"),
    ("2026-11-01T09:30:15.5Z", "2026-11-01T09:30:15.5Z"),
    ("2026-11-01T09:30:15.000001Z", "2026-11-01T09:30:15.000001Z"),
    ("2026-11-01T09:30:15.500000Z", "2026-11-01T09:30:15.5Z"),
    ("2026-11-01T09:30:15.123456789Z", "2026-11-01T09:30:15.123456Z"),
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
    ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
  ]

  @Test("a time with a zone is an instant", arguments: accepted)
  func reads(text: String, inUTC: String) throws {
    #expect(try #require(Instant(text)).description == inUTC)
  }

  static let refused = [
    "", "now", "2026", "2026-11-01", "2026-11-01T09:30Z",
    "2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-11-00T00:00:00Z", "0000-01-01T00:00:00Z",
    "2026-11-01T24:00:00Z", "2026-11-01T23:60:00Z", "2026-12-31T23:59:60Z",
    "2026-11-01T09:30:15", "2026-11-01T09:30:15 ", "2026-11-01T09:30:15+01",
    "2026-11-01T09:30:15+0100", "2026-11-01T09:30:15+24:00", "2026-11-01T09:30:15+01:60",
    "2026-11-01T09:30:15 Z", "2026-11-01T09:30:15Z ", "2026-11-01T09:30:15Zx",
    "2026-11-01T09:30:15Z\n", " 2026-11-01T09:30:15Z", "2026-11-01T09:30:15Z[Europe/Berlin]",
    "2026-11-01T09:30:15.Z", "2026-11-01T09:30:15.1234567890Z", "2026-1-1T09:30:15Z",
    "26-11-01T09:30:15Z", "12026-11-01T09:30:15Z", "-2026-11-01T09:30:15Z",
    "+002026-11-01T09:30:15Z", "2026/11/01T09:30:15Z", "2026-11-01_09:30:15Z",
    "2026-11-01T09-30-15Z", "2026-11-01T+9:30:15Z", "1793525415",
    "\u{FF12}\u{FF10}\u{FF12}\u{FF16}-11-01T09:30:15Z",
    "2026-11-0\u{0661}T09:30:15Z", "2026\u{2212}11-01T09:30:15Z",
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
  ]

  @Test("what is not an instant to the second is refused", arguments: refused)
  func refuses(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test("the ends of what can be held are printed")
  func printsEnds() {
    #expect(Instant(microseconds: .max).description == "294247-01-10T04:00:54.775807Z")
    #expect(Instant(microseconds: 0).description == "1970-01-01T00:00:00Z")
    #expect(Instant(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    #expect(Instant(microseconds: .min).description.hasSuffix("Z"))
  }

  @Test(
    "HTTP and mail have the day of the week and two digits of each number",
    arguments: [
      ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37"),
      ("2027-12-31T23:59:59.999999Z", "Fri, 31 Dec 2027 23:59:59"),
      ("2026-11-21T00:30:00+01:00", "Fri, 20 Nov 2026 23:30:00"),
      ("1969-12-31T23:59:59.5Z", "Wed, 31 Dec 1969 23:59:59"),
    ]
  )
  func internetDates(text: String, date: String) {
    #expect(Instant(text)?.internetDate == date)
  }

  @Test("earlier is less")
  func orders() throws {
    let earlier = try #require(Instant("2026-11-01T00:30:00+01:00"))
    let later = try #require(Instant("2026-10-31T23:30:00.000001Z"))
    #expect(earlier < later)
    #expect(earlier != later)
  }

  /// Days from 0001-01-01 to the first of each January, counted year by year.
  private static let yearStarts: [Int] = {
    var starts = [0, 0]
    for year in 1...9_999 { starts.append(starts[year] + (isLeap(year) ? 366 : 365)) }
    return starts
  }()

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func monthLengths(_ year: Int) -> [Int] {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  }

  @Test("10,000 random instants are counted as a calendar counts them, and read back as printed")
  func readsBack() {
    var random = SeededRandom()
    for count in 1...10_000 {
      let year = 1 + random.below(9_999)
      let lengths = Self.monthLengths(year)
      let month = 1 + random.below(12)
      let day = 1 + random.below(lengths[month - 1])
      let (hour, minute, second) = (random.below(24), random.below(60), random.below(60))
      let micros = random.chance(0.3) ? 0 : random.below(1_000_000)
      let text =
        "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        + "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)).\(padded(micros, 6))Z"
      let days =
        Self.yearStarts[year] + lengths[..<(month - 1)].reduce(0, +) + day - 1
        - Self.yearStarts[1_970]
      let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
      let wanted = Int64(seconds) * 1_000_000 + Int64(micros)
      guard let instant = Instant(text), instant.microseconds == wanted,
        Instant(instant.description) == instant
      else {
        Issue.record("seed \(random.seed), instant \(count): \(text)")
        return
      }
    }
  }

  private func padded(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: width - text.count) + text
  }
}
