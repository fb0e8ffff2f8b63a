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
    return "\"\(printable(rest.unicodeScalars.prefix(1)))\" stands"
  }

  func notAValue() -> LogFault {
    let hint: String? =
      switch byte {
      case 0x27: "JSON quotes text with \""
      case 0x2F, 0x23: "JSON has no comments"
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
      throw LogFault(
        .encoding,
        at: offset,
        "a byte that is not UTF-8",
        expected: "text in UTF-8"
      )
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
struct KeySet {
  /// The first few need no memory of their own.
  private var first = SIMD8<UInt64>(repeating: 0)
  private var count = 0
  private var others: Set<UInt64> = []

  /// Whether `key` is new.
  mutating func insert(_ key: Bytes) -> Bool {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    for place in 0..<min(count, 8) where first[place] == hash { return false }
    count += 1
    if count > 8 { return others.insert(hash).inserted }
    first[count - 1] = hash
    return true
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
