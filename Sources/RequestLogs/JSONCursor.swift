import CreditCore

/// A strict reader of one JSON text (RFC 8259) that lies in memory, a value at a time.
///
/// What the standard forbids is refused with its place: comments, trailing commas, bare words,
/// control characters, half surrogates, numbers such as `01`, keys given twice, bytes that are
/// not UTF-8. What is skipped is checked all the same.
struct JSONCursor {
  /// How deep values may nest.
  static let depthLimit = 32

  let base: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  var at: UnsafePointer<UInt8>
  /// Where texts with escapes are unescaped.
  let arena: TextArena

  init(_ bytes: Bytes, arena: TextArena) {
    base = bytes.baseAddress ?? arena.nowhere
    end = base + bytes.count
    at = base
    self.arena = arena
  }

  @inline(__always)
  var offset: Int { at - base }

  /// The next byte, or 0 at the end; a NUL itself is no part of JSON.
  @inline(__always)
  var byte: UInt8 { at < end ? at.pointee : 0 }

  @inline(__always)
  mutating func skipSpace() {
    while at < end, at.pointee <= 0x20 {
      switch at.pointee {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  /// Takes `byte` if it comes next.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard at < end, at.pointee == byte else { return false }
    at += 1
    return true
  }

  /// Makes sure that nothing but space follows.
  mutating func finish() throws(LogFault) {
    skipSpace()
    if at < end { throw fault("\(seen) after the end of the value", expected: "nothing more") }
  }

  // MARK: Texts

  /// Reads a text from its quote on.
  @inline(__always)
  mutating func string() throws(LogFault) -> Bytes {
    if let text = plainString() { return text }
    return try escapedString()
  }

  /// Reads a text of printable ASCII without escapes; nil, and nothing moves, for any other.
  @inline(__always)
  mutating func plainString() -> Bytes? {
    let start = at + 1
    at = start
    scanPlain()
    if at < end, at.pointee == 0x22 {
      let text = Bytes(start: start, count: at - start)
      at += 1
      return text
    }
    at = start - 1
    return nil
  }

  /// Moves over printable ASCII, sixteen bytes at a time, up to a quote, a backslash, a control
  /// character, or a byte above ASCII.
  @inline(__always)
  mutating func scanPlain() {
    typealias Bytes16 = SIMD16<UInt8>
    while end - at >= 16 {
      let bytes = UnsafeRawPointer(at).loadUnaligned(as: Bytes16.self)
      let isUnprintable = bytes &- Bytes16(repeating: 0x20) .>= Bytes16(repeating: 0x5F)
      let isMark = bytes .== Bytes16(repeating: 0x22) .| bytes .== Bytes16(repeating: 0x5C)
      let marks = unsafeBitCast(isUnprintable .| isMark, to: SIMD2<UInt64>.self)
      let (low, high) = (UInt64(littleEndian: marks[0]), UInt64(littleEndian: marks[1]))
      if low | high == 0 {
        at += 16
        continue
      }
      at += low != 0 ? low.trailingZeroBitCount >> 3 : 8 + high.trailingZeroBitCount >> 3
      return
    }
    while at < end, case let byte = at.pointee, byte >= 0x20, byte < 0x7F, byte != 0x22,
      byte != 0x5C
    {
      at += 1
    }
  }

  /// Moves over a text without keeping it.
  @inline(__always)
  private mutating func skipString() throws(LogFault) {
    at += 1
    while true {
      scanPlain()
      guard at < end else {
        throw fault("the text ends inside quotes", expected: "a closing \"")
      }
      switch at.pointee {
      case 0x22:
        at += 1
        return
      case 0x5C: _ = try escape()
      case 0x7F: at += 1
      case 0x80...: try scalarAboveASCII()
      default:
        throw fault(
          "a control character stands in a text",
          .control,
          expected: "it written as \\u00…"
        )
      }
    }
  }

  // MARK: Numbers

  /// Reads a number by JSON's own grammar, and gives its text.
  @inline(__always)
  mutating func number() throws(LogFault) -> Bytes {
    let start = at
    if at < end, at.pointee &- 0x31 < 9 {
      repeat { at += 1 } while at < end && at.pointee &- 0x30 < 10
      // Nearly all numbers are whole, and stand before a comma or brace.
      if at < end, at.pointee == 0x2C || at.pointee == 0x7D {
        return Bytes(start: start, count: at - start)
      }
      at = start
    }
    return try anyNumber()
  }

  private mutating func anyNumber() throws(LogFault) -> Bytes {
    let start = at
    _ = take(0x2D)
    if take(0x30) {
      if at < end, at.pointee &- 0x30 < 10 {
        at = start
        throw fault("a number starts with 0", .number, expected: "a number such as 12.5")
      }
    } else if try digits(from: start) == 0 {
      throw badNumber(start)
    }
    if take(0x2E), try digits(from: start) == 0 { throw badNumber(start) }
    if at < end, at.pointee | 0x20 == 0x65 {
      at += 1
      if !take(0x2B) { _ = take(0x2D) }
      if try digits(from: start) == 0 { throw badNumber(start) }
    }
    if at < end, isNumberByte(at.pointee) { throw badNumber(start) }
    return Bytes(start: start, count: at - start)
  }

  private mutating func digits(from start: UnsafePointer<UInt8>) throws(LogFault) -> Int {
    let first = at
    while at < end, at.pointee &- 0x30 < 10 { at += 1 }
    return at - first
  }

  func isWordByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F
  }

  /// Whether a byte behind a number shows that it is none, as in `1.2.3` and `2026-11-18`.
  func isNumberByte(_ byte: UInt8) -> Bool {
    isWordByte(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
  }

  // MARK: Values that are only checked

  /// Moves over any value and gives its text.
  @inline(__always)
  mutating func skipValue(depth: Int = 0) throws(LogFault) -> Bytes {
    let start = at
    switch byte {
    case 0x22: try skipString()
    case 0x2D, 0x30...0x39: _ = try number()
    case 0x7B, 0x5B: try skipContainer(depth: depth + 1)
    default: _ = try word()
    }
    return Bytes(start: start, count: at - start)
  }

  private mutating func skipContainer(depth: Int) throws(LogFault) {
    if depth > Self.depthLimit {
      throw fault("values nest deeper than \(Self.depthLimit)", expected: "a flatter value")
    }
    if byte == 0x5B {
      try elements { (cursor) throws(LogFault) in
        _ = try cursor.skipValue(depth: depth)
      }
    } else {
      var keys = KeySet()
      try entries { (key, place, cursor) throws(LogFault) in
        if !keys.insert(key) { throw cursor.repeatedKey(key, at: place) }
        _ = try cursor.skipValue(depth: depth)
      }
    }
  }

  /// Reads an array from its bracket on, handing each element's place to `body`, which reads it.
  @inline(__always)
  mutating func elements(
    _ body: (inout JSONCursor) throws(LogFault) -> Void
  ) throws(LogFault) {
    at += 1
    skipSpace()
    if take(0x5D) { return }
    while true {
      try body(&self)
      skipSpace()
      if take(0x2C) {
        skipSpace()
        if byte == 0x5D { throw notAValue() }
        continue
      }
      if take(0x5D) { return }
      throw fault("\(seen) after a value", expected: "a comma or ]")
    }
  }

  /// Reads an object from its brace on, handing each key to `body`, which reads the value.
  @inline(__always)
  mutating func entries(
    _ body: (Bytes, Int, inout JSONCursor) throws(LogFault) -> Void
  ) throws(LogFault) {
    var isNext = opensObject()
    while isNext {
      let place = offset
      let key = try key()
      try body(key, place, &self)
      isNext = try passesToKey()
    }
  }

  /// Moves behind the brace of an object; false where it ends at once.
  @inline(__always)
  mutating func opensObject() -> Bool {
    at += 1
    skipSpace()
    return !take(0x7D)
  }

  /// Reads a key, and moves behind its colon.
  @inline(__always)
  mutating func key() throws(LogFault) -> Bytes {
    guard at < end, at.pointee == 0x22 else { throw notAKey() }
    let key = try string()
    skipSpace()
    guard take(0x3A) else {
      throw fault("\(seen) after key \"\(key.shown)\"", expected: "a colon")
    }
    skipSpace()
    return key
  }

  /// Moves from a value to the next key; false where the object ends.
  @inline(__always)
  mutating func passesToKey() throws(LogFault) -> Bool {
    skipSpace()
    if take(0x2C) {
      skipSpace()
      return true
    }
    if take(0x7D) { return false }
    throw fault("\(seen) after a value", expected: "a comma or }")
  }
}
