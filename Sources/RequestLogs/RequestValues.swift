import CreditCore

/// Reads the values of a request's fields into a record, by the rules that every format shares.
///
/// Each takes the bytes of a value and its place in the line, for messages.
enum RequestValues {
  /// The longest id, in bytes.
  static let idLimit = 256
  /// The longest path or query, in bytes.
  static let pathLimit = 8 << 10

  /// RFC 3339; a leap second counts as the microsecond before it.
  static func time(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Instant {
    let expected = "a time such as 2026-11-18T09:30:00Z"
    if bytes.isEmpty { throw LogFault(.time, at: offset, "the time is empty", expected: expected) }
    do throws(InstantFault) { return try Instant(bytes) } catch {
      if let leap = leapSecond(bytes) { return leap }
      throw LogFault(
        .time,
        at: offset + error.offset,
        "\"\(bytes.shown)\" is not a time: \(error.message)",
        expected: expected,
        hint: hint(error, bytes)
      )
    }
  }

  private static func hint(_ fault: InstantFault, _ bytes: Bytes) -> String? {
    if fault.message.contains("no zone") { return "add Z or an offset such as +01:00" }
    // As `date +%z` writes it.
    if fault.message.contains("in the offset") { return "an offset is written +01:00" }
    if bytes.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x2E }) {
      return "a number of seconds since 1970 stands without quotes"
    }
    return nil
  }

  /// 23:59:60 UTC at the end of a day, as clocks show it in a leap second.
  private static func leapSecond(_ bytes: Bytes) -> Instant? {
    guard bytes.count >= 20, bytes[17] == 0x36, bytes[18] == 0x30 else { return nil }
    var copy = Array(bytes)
    (copy[17], copy[18]) = (0x35, 0x39)
    guard let second = copy.withUnsafeBufferPointer({ try? Instant($0) }) else { return nil }
    let whole = second.microseconds - second.microseconds % 1_000_000
    guard (whole + 1_000_000) % 86_400_000_000 == 0 else { return nil }
    return Instant(microseconds: whole + 999_999)
  }

  /// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size.
  static func epoch(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Instant {
    let number: ExactDecimal
    do throws(LogFault) { number = try decimal(bytes, at: offset, of: "the time") } catch {
      var fault = error
      fault.expected = "seconds since 1970, or milli-, micro- or nanoseconds"
      throw fault
    }
    for (factor, divisor) in [(1_000_000, 1), (1_000, 1), (1, 1), (1, 1_000)] {
      let factors = [number, ExactDecimal(factor)]
      guard
        let micros = try? ExactDecimal.product(
          of: factors,
          dividedBy: ExactDecimal(divisor),
          places: 0
        ),
        let value = Int64(exactly: micros.significand), (year2000..<year2100).contains(value)
      else { continue }
      return Instant(microseconds: value)
    }
    throw LogFault(
      .time,
      at: offset,
      "\(bytes.shown) is no time since 1970 in seconds, milli-, micro- or nanoseconds",
      expected: "a time such as \"2026-11-18T09:30:00Z\""
    )
  }

  private static let year2000: Int64 = 946_684_800_000_000
  private static let year2100: Int64 = 4_102_444_800_000_000

  static func method(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Bytes {
    var isWord = !bytes.isEmpty && bytes.count <= 16
    for byte in bytes where (byte | 0x20) &- 0x61 >= 26 && byte != 0x2D { isWord = false }
    if isWord { return bytes }
    throw LogFault(
      .method,
      at: offset,
      "\"\(bytes.shown)\" is not a method",
      expected: "a method such as GET or POST"
    )
  }

  /// A path or a whole URL.
  static func path(
    _ bytes: Bytes,
    at offset: Int,
    isPrintable: Bool = false
  ) throws(LogFault) -> Bytes {
    if bytes.count > pathLimit {
      throw LogFault(
        .path,
        at: offset,
        "the path has \(bytes.count) bytes",
        expected: "at most \(pathLimit)"
      )
    }
    if !isPrintable, let control = firstControl(bytes) {
      throw Self.control(at: offset + control, "path")
    }
    if bytes.first == 0x2F || isURL(bytes) { return bytes }
    throw LogFault(
      .path,
      at: offset,
      bytes.isEmpty ? "the path is empty" : "\"\(bytes.shown)\" is not a path",
      expected: "a path that starts with /, or a URL"
    )
  }

  private static func isURL(_ bytes: Bytes) -> Bool {
    guard let colon = bytes.firstIndex(of: 0x3A), colon > 0, colon + 3 < bytes.count else {
      return false
    }
    return bytes[colon + 1] == 0x2F && bytes[colon + 2] == 0x2F
      && bytes[..<colon].allSatisfy { ($0 | 0x20) &- 0x61 < 26 }
  }

  private static func control(at offset: Int, _ what: String) -> LogFault {
    LogFault(
      .control,
      at: offset,
      "a control character stands in the \(what)",
      expected: "it written as %XX"
    )
  }

  /// An HTTP status, 100 to 599.
  static func status(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Int {
    if let status = usualStatus(bytes) { return status }
    throw LogFault(
      .status,
      at: offset,
      "\"\(bytes.shown)\" is not an HTTP status",
      expected: "a whole number from 100 to 599"
    )
  }

  @inline(__always)
  static func usualStatus(_ bytes: Bytes) -> Int? {
    guard bytes.count == 3, bytes[0] &- 0x31 < 5, bytes[1] &- 0x30 < 10, bytes[2] &- 0x30 < 10
    else { return nil }
    return (Int(bytes[0]) &* 10 &+ Int(bytes[1])) &* 10 &+ Int(bytes[2]) &- 0x30 &* 111
  }

  @inline(__always)
  private static func firstControl(_ bytes: Bytes) -> Int? {
    if bytes.isPrintable { return nil }
    return bytes.firstIndex { $0 < 0x20 || $0 == 0x7F }
  }

  /// A number of at most 12 digits and nothing else, which nearly all are; nil for any other.
  @inline(__always)
  static func wholeNumber(_ bytes: Bytes) -> Int64? {
    guard (1...12).contains(bytes.count), bytes[0] != 0x30 || bytes.count == 1 else { return nil }
    var number: Int64 = 0
    for byte in bytes {
      let digit = byte &- 0x30
      if digit > 9 { return nil }
      number = number &* 10 &+ Int64(digit)
    }
    return number
  }

  /// A query without its question mark.
  static func query(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Bytes {
    if bytes.count > pathLimit {
      throw LogFault(
        .path,
        at: offset,
        "the query has \(bytes.count) bytes",
        expected: "at most \(pathLimit)"
      )
    }
    if let control = firstControl(bytes) { throw Self.control(at: offset + control, "query") }
    return bytes.first == 0x3F ? Bytes(rebasing: bytes[1...]) : bytes
  }

  static func boolean(
    _ bytes: Bytes,
    at offset: Int,
    of what: @autoclosure () -> String
  ) throws(LogFault) -> Bool {
    if bytes.equals("true") || bytes.equals("1") { return true }
    if bytes.equals("false") || bytes.equals("0") || bytes.isEmpty { return false }
    throw LogFault(.type, at: offset, "\(what()) is \"\(bytes.shown)\"", expected: "true or false")
  }

  /// An id as bytes; an empty one is none.
  static func id(
    _ bytes: Bytes,
    at offset: Int,
    isPrintable: Bool = false,
    of what: @autoclosure () -> String
  ) throws(LogFault) -> Bytes {
    if bytes.isEmpty { return .absent }
    if bytes.count > idLimit {
      throw LogFault(
        .id,
        at: offset,
        "\(what()) has \(bytes.count) bytes",
        expected: "at most \(idLimit)"
      )
    }
    if !isPrintable, let control = firstControl(bytes) {
      throw LogFault(
        .id,
        at: offset + control,
        "a control character stands in \(what())",
        expected: "printable text"
      )
    }
    return bytes
  }
}

/// Reads the times of a log, of which most are on the day of the one before.
struct LogTimes {
  private var reader = InstantReader()

  /// RFC 3339, as ``RequestValues/time(_:at:)`` reads it.
  @inline(__always)
  mutating func time(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Instant {
    if let usual = reader.usual(bytes) { return usual }
    return try RequestValues.time(bytes, at: offset)
  }
}
