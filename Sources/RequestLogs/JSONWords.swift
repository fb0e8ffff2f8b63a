import CreditCore

extension JSONCursor {
  /// Reads `true`, `false` or `null`.
  mutating func word() throws(LogFault) -> Word {
    for (word, text) in Self.words where end - at >= text.utf8CodeUnitCount {
      let bytes = Bytes(start: at, count: text.utf8CodeUnitCount)
      guard bytes.equals(text) else { continue }
      let next = at + bytes.count
      if next < end, isWordByte(next.pointee) { continue }
      at = next
      return word
    }
    let text = Bytes(start: at, count: end - at).prefix { isWordByte($0) }
    let shown = String(decoding: text.prefix(40), as: UTF8.self)
    if shown.isEmpty { throw notAValue() }
    throw fault(
      "\"\(shown)\" is not a JSON value",
      expected: "a number, true, false, null, or a text in quotes",
      hint: ["NaN", "Infinity"].contains(shown) ? "numbers are finite" : nil
    )
  }

  enum Word {
    case null
    case yes
    case no
  }

  private static let words: [(Word, StaticString)] = [
    (.null, "null"), (.yes, "true"), (.no, "false"),
  ]
}
