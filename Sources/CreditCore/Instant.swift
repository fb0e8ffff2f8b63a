/// A point in time: microseconds since 1970-01-01T00:00:00Z, UTC.
public struct Instant: Sendable, Hashable, Comparable {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.microseconds < right.microseconds
  }

  /// Reads RFC 3339 strictly: a zone is required, days and times must exist, nothing may follow.
  ///
  /// Years 0001 to 9999; up to nine digits of a second, of which six are kept. A leap second
  /// (`:60`) is refused, as is `24:00`.
  public init?(_ text: String) {
    var text = text
    guard let instant = text.withUTF8({ try? Instant($0) }) else { return nil }
    self = instant
  }

  /// As above, over bytes, telling where and why a text is not an instant.
  public init(_ bytes: UnsafeBufferPointer<UInt8>) throws(InstantFault) {
    var reader = InstantReader()
    if let usual = reader.usual(bytes) {
      self = usual
      return
    }
    var scanner = Scanner(bytes: bytes)
    self = try scanner.instant()
  }
}

extension Instant {
  /// So much before; the earliest instant where there is none.
  public func earlier(by span: Span) -> Instant {
    let (micros, overflow) = microseconds.subtractingReportingOverflow(span.microseconds)
    return Instant(microseconds: overflow ? .min : micros)
  }

  /// So much after; the last instant where there is none.
  public func later(by span: Span) -> Instant {
    let (micros, overflow) = microseconds.addingReportingOverflow(span.microseconds)
    return Instant(microseconds: overflow ? .max : micros)
  }

  /// Whole seconds from an earlier instant on.
  public func seconds(since earlier: Instant) -> Int64 {
    (microseconds - earlier.microseconds) / 1_000_000
  }
}

/// Why a text is not an instant, and at which of its bytes.
public struct InstantFault: Error, Equatable {
  public let offset: Int
  public let message: String

  public init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }
}

private struct Scanner {
  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func instant() throws(InstantFault) -> Instant {
    let year = try number(4, "the year", 1...9_999)
    try skip("-", "after the year")
    let month = try number(2, "the month", 1...12)
    try skip("-", "after the month")
    let day = try number(2, "the day", 1...daysIn(month: month, year: year))
    guard skip("T") || skip("t") || skip(" ") else { throw fault("no T follows the date") }
    let hour = try number(2, "the hour", 0...23)
    try skip(":", "after the hour")
    let minute = try number(2, "the minute", 0...59)
    try skip(":", "after the minute")
    let second = try number(2, "the second", 0...59)
    let fraction = try fraction()
    let zoneOffset = offset
    let zone = try zoneMinutes()
    if offset < bytes.count { throw fault("something follows the time") }
    let days = daysSince1970(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute - zone) * 60 + second
    guard yearsHeld.contains(seconds) else {
      throw InstantFault(offset: zoneOffset, message: "the offset leads out of the years held")
    }
    return Instant(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
  }

  private func fault(_ message: String) -> InstantFault {
    InstantFault(offset: min(offset, bytes.count), message: message)
  }

  private mutating func number(
    _ digits: Int,
    _ what: StaticString,
    _ range: ClosedRange<Int>
  ) throws(InstantFault) -> Int {
    var value = 0
    for index in offset..<(offset + digits) {
      guard index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 else {
        throw InstantFault(
          offset: min(index, bytes.count),
          message: "\(what) is not \(digits) digits"
        )
      }
      value = value * 10 + Int(digit)
    }
    guard range.contains(value) else { throw fault("\(what) \(value) does not exist") }
    offset += digits
    return value
  }

  @inline(__always)
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skip(
    _ character: Unicode.Scalar,
    _ place: StaticString
  ) throws(InstantFault) {
    guard skip(character) else { throw fault("no \"\(character)\" stands \(place)") }
  }

  private mutating func fraction() throws(InstantFault) -> Int {
    guard skip(".") || skip(",") else { return 0 }
    let start = offset
    var value = 0
    while offset < bytes.count, case let digit = bytes[offset] &- 0x30, digit < 10 {
      offset += 1
      if offset - start <= 6 { value = value * 10 + Int(digit) }
    }
    let digits = offset - start
    guard digits > 0 else { throw fault("no digit follows the decimal point") }
    guard digits <= 9 else { throw fault("a second has more than nine decimals") }
    for _ in 0..<max(0, 6 - digits) { value *= 10 }
    return value
  }

  private mutating func zoneMinutes() throws(InstantFault) -> Int {
    if skip("Z") || skip("z") { return 0 }
    let sign = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0 else {
      throw fault(offset < bytes.count ? "no zone follows the time" : "the time has no zone")
    }
    let hours = try number(2, "the offset's hour", 0...23)
    try skip(":", "in the offset")
    let minutes = try number(2, "the offset's minute", 0...59)
    return sign * (hours * 60 + minutes)
  }
}

/// Seconds of the years 0001 to 9999 in UTC, where an offset may have led out of them.
private let yearsHeld = -62_135_596_800..<253_402_300_800

func daysIn(month: Int, year: Int) -> Int {
  switch month {
  case 2:
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted from 1 March so that the
/// leap day ends a year.
func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let shifted = month > 2 ? year : year - 1
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
}

extension Instant {
  /// The second that it is in, without what comes after the point.
  public var wholeSecond: Instant {
    Instant(microseconds: microseconds - floorDivide(microseconds, 1_000_000).1)
  }
}

extension Instant: CustomStringConvertible {
  /// RFC 3339 in UTC, with as many decimals of a second as it has.
  public var description: String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { text in
      String(decoding: Bytes(rebasing: text[..<write(to: text)]), as: UTF8.self)
    }
  }

  /// Appends ``description``, without making a string of it.
  public func write(into bytes: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { text in
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<write(to: text)]))
    }
  }

  /// How many bytes it takes, at most 32.
  private func write(to text: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let (days, time) = floorDivide(microseconds, 86_400_000_000)
    let (year, month, day) = civilDate(days: Int(days))
    let (seconds, fraction) = (Int(time / 1_000_000), Int(time % 1_000_000))
    var end = 0
    func put(_ byte: Unicode.Scalar) {
      text[end] = UInt8(ascii: byte)
      end += 1
    }
    func put(_ value: Int, _ width: Int) {
      var (rest, place) = (UInt32(truncatingIfNeeded: value), end + width)
      while place > end {
        place -= 1
        text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      end += width
    }
    // Instants reach back before the year 0, and on behind 9999.
    if year < 0 { put("-") }
    put(abs(year), abs(year) < 10_000 ? 4 : String(abs(year)).utf8.count)
    put("-")
    put(month, 2)
    put("-")
    put(day, 2)
    put("T")
    put(seconds / 3_600, 2)
    put(":")
    put(seconds / 60 % 60, 2)
    put(":")
    put(seconds % 60, 2)
    if fraction > 0 {
      var digits = 6
      while fraction % Self.powers[7 - digits] == 0 { digits -= 1 }
      put(".")
      put(fraction / Self.powers[6 - digits], digits)
    }
    put("Z")
    return end
  }

  private static let powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

func civilDate(days: Int) -> (year: Int, month: Int, day: Int) {
  let shifted = days + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}

func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
