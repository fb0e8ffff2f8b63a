import CreditCore
import RequestLogs

/// Which texts are instants, and which ones, as a plain reading of RFC 3339 has it; and the same
/// for the clocks of access logs and for numbers since 1970.
enum TimestampCheck {
  static func check(_ bytes: [UInt8]) throws {
    let read = bytes.withUnsafeBufferPointer { try? Instant($0) }
    let expected = TimestampOracle.instant(bytes)
    try require(
      read?.microseconds == expected,
      "\(read.map { "\($0.microseconds)" } ?? "refused"), not \(expected.map { "\($0)" } ?? "that")"
    )
    if let read {
      let text = read.description
      try require(Instant(text) == read, "\(text) is another instant")
      try require(TimestampOracle.instant(Array(text.utf8)) == read.microseconds, text)
    }
    try checkClock(bytes)
    try checkEpoch(bytes)
  }

  /// The text as the time of an access log.
  private static func checkClock(_ bytes: [UInt8]) throws {
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x5D }) { return }
    let line = Array("h - - [".utf8) + bytes + Array("] \"GET / HTTP/1.1\" 200 1".utf8)
    let time = try LogReading(line, .combined).requests.first?.time
    try require(time == TimestampOracle.clock(bytes), "a clock of \(time.map { "\($0)" } ?? "-")")
  }

  /// The text as a JSON number.
  private static func checkEpoch(_ bytes: [UInt8]) throws {
    guard (1...18).contains(bytes.count), bytes.allSatisfy({ $0 &- 0x30 < 10 }),
      bytes[0] != 0x30 || bytes.count == 1,
      let number = Int64(String(decoding: bytes, as: UTF8.self))
    else { return }
    let line = Array("{\"ts\":".utf8) + bytes + Array(",\"method\":\"GET\",\"path\":\"/\"}".utf8)
    let time = try LogReading(line, .ndjson).requests.first?.time
    let units: [(Int64) -> (partialValue: Int64, overflow: Bool)] = [
      { $0.multipliedReportingOverflow(by: 1_000_000) },
      { $0.multipliedReportingOverflow(by: 1_000) }, { ($0, false) },
      { (($0 + 500) / 1_000, false) },
    ]
    let expected = units.map { $0(number) }.first {
      !$0.overflow && TimestampOracle.usualYears.contains($0.partialValue)
    }
    try require(time == expected?.partialValue, "an epoch of \(time.map { "\($0)" } ?? "-")")
  }
}

/// Instants without the reader's own arithmetic: days are counted year by year.
enum TimestampOracle {
  /// 2000 up to 2100.
  static let usualYears =
    microseconds(days: days(2000, 1, 1))..<microseconds(days: days(2100, 1, 1))

  private static func microseconds(days: Int) -> Int64 { Int64(days) * 86_400_000_000 }

  private static func isLeap(_ year: Int) -> Bool {
    year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
  }

  private static func lengths(_ year: Int) -> [Int] {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  }

  /// Days since 1970-01-01.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let years =
      year >= 1970
      ? (1970..<year).reduce(0) { $0 + (isLeap($1) ? 366 : 365) }
      : (year..<1970).reduce(0) { $0 - (isLeap($1) ? 366 : 365) }
    return years + lengths(year).prefix(month - 1).reduce(0, +) + day - 1
  }

  /// A number of exactly these digits.
  private static func number(_ digits: ArraySlice<UInt8>, _ count: Int) -> Int? {
    guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func instant(
    _ date: (year: Int?, month: Int?, day: Int?),
    _ time: (hour: Int?, minute: Int?, second: Int?),
    micros: Int,
    zone: Int
  ) -> Int64? {
    guard let year = date.year, let month = date.month, let day = date.day, let hour = time.hour,
      let minute = time.minute, let second = time.second, year >= 1, (1...12).contains(month),
      (1...lengths(year)[month - 1]).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - zone * 60
    guard (days(1, 1, 1) * 86_400..<days(10_000, 1, 1) * 86_400).contains(seconds) else {
      return nil
    }
    return Int64(seconds) * 1_000_000 + Int64(micros)
  }

  /// RFC 3339, with a space or `t` for the T, a comma for the point, and up to nine decimals.
  static func instant(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D,
      [0x54, 0x74, 0x20].contains(bytes[10]), bytes[13] == 0x3A, bytes[16] == 0x3A
    else { return nil }
    var rest = bytes[19...]
    var micros = 0
    if rest.first == 0x2E || rest.first == 0x2C {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(digits.count) else { return nil }
      let six = (Array(digits) + Array(repeating: 0x30, count: 6)).prefix(6)
      micros = Int(String(decoding: six, as: UTF8.self)) ?? 0
      rest = rest[digits.endIndex...]
    }
    guard let zone = zone(rest, hasColon: true) else { return nil }
    return instant(
      (number(bytes[..<4], 4), number(bytes[5..<7], 2), number(bytes[8..<10], 2)),
      (number(bytes[11..<13], 2), number(bytes[14..<16], 2), number(bytes[17..<19], 2)),
      micros: micros,
      zone: zone
    )
  }

  /// Minutes from UTC.
  private static func zone(_ text: ArraySlice<UInt8>, hasColon: Bool) -> Int? {
    if hasColon, text.count == 1, text.first.map({ $0 | 0x20 }) == 0x7A { return 0 }
    guard let sign = text.first, sign == 0x2B || sign == 0x2D else { return nil }
    var digits = text.dropFirst()
    if hasColon {
      guard digits.count == 5, digits.remove(at: digits.startIndex + 2) == 0x3A else { return nil }
    }
    guard let all = number(digits, 4), all / 100 < 24, all % 100 < 60 else { return nil }
    return (all / 100 * 60 + all % 100) * (sign == 0x2B ? 1 : -1)
  }

  /// `18/Nov/2026:09:30:00 +0100`; the last second of a day may be a leap second.
  static func clock(_ bytes: [UInt8]) -> Int64? {
    let months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ")
    guard bytes.count == 26, bytes[2] == 0x2F, bytes[6] == 0x2F,
      [11, 14, 17].allSatisfy({ bytes[$0] == 0x3A }), bytes[20] == 0x20,
      let month = months.firstIndex(where: { bytes[3..<6].elementsEqual($0.utf8) }),
      let zone = zone(bytes[21...], hasColon: false)
    else { return nil }
    let date = (number(bytes[7..<11], 4), Optional(month + 1), number(bytes[..<2], 2))
    let (hour, minute) = (number(bytes[12..<14], 2), number(bytes[15..<17], 2))
    let second = number(bytes[18..<20], 2)
    if second != 60 { return instant(date, (hour, minute, second), micros: 0, zone: zone) }
    let last = instant(date, (hour, minute, 59), micros: 999_999, zone: zone)
    return last.flatMap { ($0 + 1) % 86_400_000_000 == 0 ? $0 : nil }
  }
}
