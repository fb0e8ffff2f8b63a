import CreditCore

/// `{"provider_hits": 3}`: what a request used.
enum UsageObject {
  /// Reads the object at the cursor; where it `isMixed`, as `meta` is, other keys may stand there.
  static func decode(
    _ cursor: inout JSONCursor,
    isMixed: Bool,
    into usage: inout [(unit: Unit, quantity: ExactDecimal)]
  ) throws(LogFault) {
    usage.removeAll(keepingCapacity: true)
    var seen = KeySet()
    try cursor.entries { (name, place, cursor) throws(LogFault) in
      if !seen.insert(name) { throw cursor.repeatedKey(name, at: place) }
      let unit: Unit
      do throws(LogFault) { unit = try RequestValues.unit(name, at: place + 1) } catch {
        if !isMixed { throw error }
        _ = try cursor.skipValue(depth: 2)
        return
      }
      let offset = cursor.offset
      let text: Bytes
      switch cursor.byte {
      case 0x22: text = try cursor.string()
      case 0x2D, 0x30...0x39: text = try cursor.number()
      case 0x6E:
        _ = try cursor.word()
        return
      default:
        if isMixed {
          _ = try cursor.skipValue(depth: 2)
          return
        }
        throw LogFault(
          .type,
          at: offset,
          "\(name.shown) is \(cursor.kind)",
          expected: "a number of \(unit.pluralWords)"
        )
      }
      let quantity = try RequestValues.amount(text, at: offset, of: name.shown)
      if usage.contains(where: { $0.unit == unit }) {
        throw LogFault(
          .repeatedKey,
          at: place,
          "\(unit.pluralWords) are given twice",
          expected: "each unit once"
        )
      }
      usage.append((unit, quantity))
    }
  }
}

/// `{"campaign": "spring"}`: an object of texts.
enum TagsObject {
  /// Checks the object at the cursor and gives its text.
  static func check(_ cursor: inout JSONCursor) throws(LogFault) -> Bytes {
    let start = cursor.at
    if cursor.passesOneText() { return Bytes(start: start, count: cursor.at - start) }
    var seen = KeySet()
    try cursor.entries { (name, place, cursor) throws(LogFault) in
      if !seen.insert(name) { throw cursor.repeatedKey(name, at: place) }
      let offset = cursor.offset
      guard cursor.byte == 0x22 else {
        if cursor.byte == 0x6E {
          _ = try cursor.word()
          return
        }
        throw LogFault(
          .type,
          at: offset,
          "tag \(name.shown) is not a text",
          expected: "a text in quotes"
        )
      }
      _ = try cursor.skipValue()
    }
    return Bytes(start: start, count: cursor.at - start)
  }

  /// The tags of a checked object, without those that are null.
  static func pairs(_ tags: Bytes) -> [(name: String, value: String)] {
    var cursor = JSONCursor(tags, arena: TextArena())
    var pairs: [(name: String, value: String)] = []
    if tags.isAbsent { return pairs }
    do throws(LogFault) {
      try cursor.entries { (name, _, cursor) throws(LogFault) in
        if cursor.byte == 0x22 {
          pairs.append((name.text, try cursor.string().text))
        } else {
          _ = try cursor.skipValue()
        }
      }
    } catch { return [] }
    return pairs
  }
}

extension JSONCursor {
  /// Moves over an object of one plain text, `{"name":"value"}` without space, as most sets of
  /// tags are; false, and nothing moves, for any other.
  @inline(__always)
  fileprivate mutating func passesOneText() -> Bool {
    let start = at
    at += 1
    if byte == 0x22, plainString() != nil, take(0x3A), byte == 0x22, plainString() != nil,
      take(0x7D)
    {
      return true
    }
    at = start
    return false
  }
}
