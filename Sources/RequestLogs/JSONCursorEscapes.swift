import CreditCore

// Texts that cannot be shown as they stand.
extension JSONCursor {
  /// Reads a text that has escapes, characters above ASCII, or a fault.
  mutating func escapedString() throws(LogFault) -> Bytes {
    let start = at + 1
    at = start
    var copy: UnsafeMutableBufferPointer<UInt8>?
    var count = 0
    while true {
      let plain = at
      scanPlain()
      if let copy {
        count = append(Bytes(start: plain, count: at - plain), to: copy, at: count)
      }
      guard at < end else {
        throw fault("the text ends inside quotes", expected: "a closing \"")
      }
      switch at.pointee {
      case 0x22:
        let text =
          copy.map { Bytes(rebasing: Bytes($0)[..<count]) }
          ?? Bytes(start: start, count: at - start)
        at += 1
        return text
      case 0x5C:
        if copy == nil {
          // Unescaped, a text is never longer; the room past a missing quote is never used.
          let room = arena.allocate(lengthToQuote(from: start) + 4)
          count = append(Bytes(start: start, count: at - start), to: room, at: 0)
          copy = room
        }
        let scalar = try escape()
        guard let copy else { break }
        for unit in String(scalar).utf8 {
          copy[count] = unit
          count += 1
        }
      case 0x7F...:
        let character = at
        if at.pointee == 0x7F { at += 1 } else { try scalarAboveASCII() }
        if let copy {
          count = append(Bytes(start: character, count: at - character), to: copy, at: count)
        }
      default:
        throw fault(
          "a control character stands in a text",
          .control,
          expected: "it written as \\u00…"
        )
      }
    }
  }

  private func lengthToQuote(from start: UnsafePointer<UInt8>) -> Int {
    var place = start
    while place < end, place.pointee != 0x22 { place += place.pointee == 0x5C ? 2 : 1 }
    return min(place, end) - start
  }

  private func append(
    _ bytes: Bytes,
    to copy: UnsafeMutableBufferPointer<UInt8>,
    at count: Int
  ) -> Int {
    for (index, byte) in bytes.enumerated() { copy[count + index] = byte }
    return count + bytes.count
  }

  /// Reads an escape from its backslash on.
  mutating func escape() throws(LogFault) -> Unicode.Scalar {
    let place = offset
    at += 1
    if at == end { throw fault("the text ends inside quotes", expected: "a closing \"") }
    let letter = byte
    at += 1
    switch letter {
    case 0x22: return "\""
    case 0x5C: return "\\"
    case 0x2F: return "/"
    case 0x62: return "\u{8}"
    case 0x66: return "\u{C}"
    case 0x6E: return "\n"
    case 0x72: return "\r"
    case 0x74: return "\t"
    case 0x75:
      guard let high = hexDigits() else { break }
      if let scalar = Unicode.Scalar(high) { return scalar }
      if high < 0xDC00, at + 1 < end, at.pointee == 0x5C, at[1] == 0x75 {
        at += 2
        if let low = hexDigits(), (0xDC00..<0xE000).contains(low),
          let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        {
          return scalar
        }
      }
      throw LogFault(
        .json,
        at: place,
        "half of a surrogate pair",
        expected: "both halves together"
      )
    default: break
    }
    throw LogFault(
      .json,
      at: place,
      "an escape that JSON does not have",
      expected: #"\" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits"#
    )
  }

  private mutating func hexDigits() -> UInt32? {
    guard end - at >= 4 else { return nil }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = at.pointee
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: return nil
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }
}
