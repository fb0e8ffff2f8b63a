import CreditCore

/// A strict JSON reader (RFC 8259): what the standard forbids is refused, with its place.
struct JSONScanner {
  private let source: SourceText
  private let bytes: [UInt8]
  private var offset = 0
  private var line: Int32 = 1
  /// Offset of the line's first byte, moved on by every continuation byte of UTF-8, so that the
  /// difference to `offset` counts Unicode scalars.
  private var lineStart = 0

  init(source: SourceText) {
    self.source = source
    bytes = source.bytes
    (offset, lineStart) = (source.start, source.start)
  }

  mutating func document() throws(Diagnostic) -> Node {
    skipSpace()
    if offset == bytes.count { return Node(.null, at: here) }
    let node = try value(depth: 0)
    skipSpace()
    if offset < bytes.count {
      throw fault("\(seen) after the end of the document", expected: "nothing more")
    }
    return node
  }

  private var here: Place {
    Place(source: source, line: line, column: Int32(offset - lineStart + 1))
  }

  private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func fault(_ message: String, expected: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(message, at: here.mark(width: 1), expected: expected, hint: hint)
  }

  /// What stands at `offset`, for messages.
  private var seen: String {
    guard offset < bytes.count else { return "the text ends" }
    let rest = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
    if rest.hasPrefix("\"") { return "a quote stands" }
    return "\"\(printable(rest.unicodeScalars.prefix(1)))\" stands"
  }

  private mutating func skipSpace() {
    while let byte {
      switch byte {
      case UInt8(ascii: "\n"):
        offset += 1
        line += 1
        lineStart = offset
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(Diagnostic) -> Node {
    if depth > Document.depthLimit {
      throw fault("values nest deeper than \(Document.depthLimit)", expected: "a flatter file")
    }
    let start = here
    switch byte ?? 0 {
    case UInt8(ascii: "{"): return Node(.mapping(try entries(depth: depth)), at: start)
    case UInt8(ascii: "["): return Node(.sequence(try elements(depth: depth)), at: start)
    case UInt8(ascii: "\""): return Node(.scalar(try string(), quoted: true), at: start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number(at: start)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return try word(at: start)
    default:
      let hint: String? =
        switch byte {
        case UInt8(ascii: "'"): "JSON quotes text with \""
        case UInt8(ascii: "/"), UInt8(ascii: "#"): "JSON has no comments"
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          "a comma before a closing bracket is one too many"
        default: nil
        }
      throw fault("\(seen) where a value belongs", expected: "a JSON value", hint: hint)
    }
  }

  private mutating func word(at start: Place) throws(Diagnostic) -> Node {
    let begin = offset
    while let byte, byte.isLetter { offset += 1 }
    let text = String(decoding: bytes[begin..<offset], as: UTF8.self)
    switch text {
    case "true", "false": return Node(.scalar(text, quoted: false), at: start)
    case "null": return Node(.null, at: start)
    default:
      throw Diagnostic(
        "\"\(clipped(text))\" is not a JSON value",
        at: start.mark(width: text.utf8.count),
        expected: "a number, true, false, null, or a text in quotes",
        hint: ["NaN", "Infinity"].contains(text) ? "numbers are finite" : nil
      )
    }
  }

  private mutating func number(at start: Place) throws(Diagnostic) -> Node {
    let begin = offset
    scan: while let byte {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."), UInt8(ascii: "_"):
        offset += 1
      case let byte where byte.isLetter: offset += 1
      default: break scan
      }
    }
    let text = String(decoding: bytes[begin..<offset], as: UTF8.self)
    do throws(DecimalFault) { _ = try ExactDecimal(text) } catch {
      // A number that is only too long to hold is JSON all the same.
      if error != .tooLong {
        throw Diagnostic(
          "\"\(clipped(text))\" is not a JSON number",
          at: start.mark(width: text.utf8.count),
          expected: "a number such as 12.5",
          hint: numberHint(text, isShare: false)
        )
      }
    }
    return Node(.scalar(text, quoted: false), at: start)
  }

  private mutating func elements(depth: Int) throws(Diagnostic) -> [Node] {
    offset += 1
    var elements: [Node] = []
    skipSpace()
    if byte == UInt8(ascii: "]") {
      offset += 1
      return elements
    }
    while true {
      elements.append(try value(depth: depth + 1))
      if try closes(with: UInt8(ascii: "]"), "a comma or ]") { return elements }
    }
  }

  private mutating func entries(depth: Int) throws(Diagnostic) -> [Node.Entry] {
    offset += 1
    var entries: [Node.Entry] = []
    entries.reserveCapacity(4)
    skipSpace()
    if byte == UInt8(ascii: "}") {
      offset += 1
      return entries
    }
    while true {
      guard byte == UInt8(ascii: "\"") else {
        let hint: String? =
          switch byte {
          case UInt8(ascii: "'"): "JSON quotes keys with \""
          case UInt8(ascii: "/"), UInt8(ascii: "#"): "JSON has no comments"
          case UInt8(ascii: "}") where !entries.isEmpty:
            "a comma before a closing bracket is one too many"
          default: nil
          }
        throw fault("\(seen) where a key belongs", expected: "a key in quotes", hint: hint)
      }
      let key = Node.Key(text: "", place: here)
      let text = try string()
      skipSpace()
      guard byte == UInt8(ascii: ":") else {
        throw fault("\(seen) after key \"\(clipped(text))\"", expected: "a colon")
      }
      offset += 1
      skipSpace()
      let value = try value(depth: depth + 1)
      entries.append(Node.Entry(key: Node.Key(text: text, place: key.place), value: value))
      if try closes(with: UInt8(ascii: "}"), "a comma or }") { break }
    }
    try refuseRepeatedKey(in: entries)
    return entries
  }

  /// Reads what follows an element: true at the closing bracket, false behind a comma.
  private mutating func closes(
    with bracket: UInt8,
    _ expected: String
  ) throws(Diagnostic) -> Bool {
    skipSpace()
    guard byte == bracket || byte == UInt8(ascii: ",") else {
      throw fault("\(seen) after a value", expected: expected)
    }
    let closed = byte == bracket
    offset += 1
    if !closed { skipSpace() }
    return closed
  }

  private mutating func string() throws(Diagnostic) -> String {
    offset += 1
    let begin = offset
    while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      if byte & 0xC0 == 0x80 { lineStart += 1 }
      offset += 1
    }
    if byte == UInt8(ascii: "\"") {
      defer { offset += 1 }
      return String(decoding: bytes[begin..<offset], as: UTF8.self)
    }
    var text = Array(bytes[begin..<offset])
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        text.append(contentsOf: try escape())
      case 0..<0x20:
        throw fault("a control character stands in a text", expected: "it written as \\u00…")
      default:
        if byte & 0xC0 == 0x80 { lineStart += 1 }
        text.append(byte)
        offset += 1
      }
    }
    throw fault("the text ends inside quotes", expected: "a closing \"")
  }

  private mutating func escape() throws(Diagnostic) -> [UInt8] {
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F,
      UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
      UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
    let place = here
    offset += 1
    if let byte, let plain = simple[byte] {
      offset += 1
      return [plain]
    }
    guard let high = hexEscape() else {
      throw Diagnostic(
        "an escape that JSON does not have",
        at: place.mark(width: 2),
        expected: #"\" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits"#
      )
    }
    if let scalar = Unicode.Scalar(high) { return Array(String(scalar).utf8) }
    if (0xD800..<0xDC00).contains(high), byte == UInt8(ascii: "\\") {
      offset += 1
      if let low = hexEscape(), (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      {
        return Array(String(scalar).utf8)
      }
    }
    throw Diagnostic(
      "half of a surrogate pair",
      at: place.mark(width: 6),
      expected: "both halves together"
    )
  }

  /// Reads `uXXXX`.
  private mutating func hexEscape() -> UInt32? {
    guard byte == UInt8(ascii: "u"), offset + 4 < bytes.count else { return nil }
    let digits = bytes[(offset + 1)...(offset + 4)]
    guard digits.allSatisfy(\.isHexDigit) else { return nil }
    offset += 5
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
  fileprivate var isHexDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
