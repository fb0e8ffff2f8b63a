import CreditCore

// What a text has instead of JSON.
extension JSONCursor {
  func fault(
    _ message: String,
    _ reason: LogFault.Reason = .json,
    expected: String? = nil,
    hint: String? = nil
  ) -> LogFault {
    if at < end, at.pointee == 0 {
      return LogFault(.control, at: offset, "a NUL byte", expected: "text")
    }
    return LogFault(reason, at: offset, message, expected: expected, hint: hint)
  }

  /// What stands at `at`, for messages.
  var seen: String {
    guard at < end else { return "the text ends" }
    if at.pointee == 0x22 { return "a quote stands" }
    let rest = String(decoding: Bytes(start: at, count: min(4, end - at)), as: UTF8.self)
    guard let scalar = rest.unicodeScalars.first else { return "the text ends" }
    // What cannot be seen, or looks like something else, by its number.
    let isSeen =
      scalar.isASCII ? scalar.value >= 0x20 && scalar.value < 0x7F : scalar.properties.isAlphabetic
    return isSeen ? "\"\(scalar)\" stands" : "\(codePoint(scalar)) stands"
  }

  private func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  mutating func badNumber(_ start: UnsafePointer<UInt8>) -> LogFault {
    at = start
    let text = Bytes(start: start, count: end - start).prefix { isNumberByte($0) }
    let shown = String(decoding: text.prefix(40), as: UTF8.self)
    let hint: String? =
      switch shown {
      case "-Infinity", "-NaN": "numbers are finite"
      // As in a date.
      case _ where text.count { $0 == 0x2D } > 1: "a text stands in quotes"
      default: nil
      }
    return fault(
      "\"\(shown)\" is not a JSON number",
      .number,
      expected: "a number such as 12.5",
      hint: hint
    )
  }

  /// What kind of value comes next, for messages.
  var kind: String {
    switch byte {
    case 0x22: "a text"
    case 0x7B: "an object"
    case 0x5B: "a list"
    case 0x74, 0x66: "true or false"
    default: "a number"
    }
  }

  func notAValue() -> LogFault {
    let hint: String? =
      switch byte {
      case 0x27: "JSON quotes text with \""
      case 0x2F, 0x23: "JSON has no comments"
      case 0x2B, 0x2E: "a number starts with a digit or -"
      case 0x5D, 0x7D: "a comma before a closing bracket is one too many"
      default: nil
      }
    return fault("\(seen) where a value belongs", expected: "a JSON value", hint: hint)
  }

  func notAKey() -> LogFault {
    let hint: String? =
      switch byte {
      case 0x27: "JSON quotes keys with \""
      case 0x2F, 0x23: "JSON has no comments"
      case 0x7D: "a comma before a closing bracket is one too many"
      default: nil
      }
    return fault("\(seen) where a key belongs", expected: "a key in quotes", hint: hint)
  }

  func repeatedKey(_ key: Bytes, at place: Int) -> LogFault {
    LogFault(
      .repeatedKey,
      at: place,
      "key \"\(key.shown)\" is given twice",
      expected: "each key once"
    )
  }

  /// Moves over one character above ASCII, which must be well-formed UTF-8.
  mutating func scalarAboveASCII() throws(LogFault) {
    let length = utf8Length(at, end)
    guard length > 0 else {
      throw .encoding(at.pointee, at: offset)
    }
    at += length
  }
}

/// The bytes of the UTF-8 character at `at`, or 0 where it is malformed (RFC 3629).
func utf8Length(_ at: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
  let lead = at.pointee
  let left = end - at
  func follows(_ index: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
    left > index && range.contains(at[index])
  }
  switch lead {
  case 0..<0x80: return 1
  case 0xC2...0xDF: return follows(1) ? 2 : 0
  case 0xE0: return follows(1, 0xA0...0xBF) && follows(2) ? 3 : 0
  case 0xED: return follows(1, 0x80...0x9F) && follows(2) ? 3 : 0
  case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
  case 0xF0: return follows(1, 0x90...0xBF) && follows(2) && follows(3) ? 4 : 0
  case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
  case 0xF4: return follows(1, 0x80...0x8F) && follows(2) && follows(3) ? 4 : 0
  default: return 0
  }
}

/// The keys of one object, to find one given twice; by their 64-bit hashes.
///
/// A key that stands alone is never looked at.
struct KeySet {
  private var only = Bytes.absent
  /// The first few need no memory of their own.
  private var first = SIMD8<UInt64>(repeating: 0)
  private var count = 0
  private var others: Set<UInt64> = []

  /// Whether `key`, which stays where it is, is new.
  @inline(__always)
  mutating func insert(_ key: Bytes) -> Bool {
    if count > 0 { return insertAnother(key) }
    only = key
    count = 1
    return true
  }

  private mutating func insertAnother(_ key: Bytes) -> Bool {
    if count == 1 { first[0] = Self.hash(only) }
    let hash = Self.hash(key)
    for place in 0..<min(count, 8) where first[place] == hash { return false }
    count += 1
    if count > 8 { return others.insert(hash).inserted }
    first[count - 1] = hash
    return true
  }

  private static func hash(_ key: Bytes) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }

  mutating func removeAll() {
    if count > 8 { others.removeAll(keepingCapacity: true) }
    count = 0
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// As a message shows it: printable, and cut.
  var shown: String {
    let text = printable(String(decoding: prefix(80), as: UTF8.self))
    return count > 80 ? text + "…" : text
  }
}
