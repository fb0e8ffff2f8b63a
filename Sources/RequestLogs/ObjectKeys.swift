import CreditCore

/// Goes through the keys of an object of which perhaps only the start is there, or parts are
/// damaged: values are passed over by their brackets and quotes.
enum ObjectKeys {
  /// Hands each key, and the place of its value, to `body` until that is false.
  ///
  /// Gives the place behind the object, or nil where its end was not seen.
  static func scan(_ start: JSONCursor, _ body: (Bytes, JSONCursor) -> Bool) -> Int? {
    var cursor = start
    guard cursor.take(0x7B) else { return nil }
    while true {
      cursor.skipSpace()
      if cursor.take(0x7D) { return cursor.offset }
      guard cursor.byte == 0x22, let key = try? cursor.string() else { return nil }
      cursor.skipSpace()
      guard cursor.take(0x3A) else { return nil }
      cursor.skipSpace()
      if !body(key, cursor) { return nil }
      var scanner = ValueScanner()
      guard case .ended = scanner.scan(Bytes(start: cursor.at, count: cursor.end - cursor.at))
      else { return nil }
      cursor.at += scanner.place
      cursor.skipSpace()
      if !cursor.take(0x2C), cursor.byte != 0x7D { return nil }
    }
  }
}

extension JSONCursor {
  /// Reads an object from its brace on, of which no key may be given twice, handing each key to
  /// `body`, which reads the value.
  mutating func members(
    _ body: (Bytes, inout JSONCursor) throws(LogFault) -> Void
  ) throws(LogFault) {
    var keys = KeySet()
    try entries { (key, place, cursor) throws(LogFault) in
      if !keys.insert(key) { throw cursor.repeatedKey(key, at: place) }
      try body(key, &cursor)
    }
  }
}
