public import CreditCore

/// Looks into the body of a logged call.
///
/// A body that is not JSON throughout, to the rules that logs themselves are read by, says nothing.
public enum LogBody {
  /// A number of zero or more, a text that is one, or the length of a list.
  public static func number(at pointer: JSONPointer, in body: Bytes) -> ExactDecimal? {
    let arena = TextArena()
    guard let value = value(at: pointer, in: body, arena) else { return nil }
    var cursor = JSONCursor(value, arena: arena)
    let number: ExactDecimal?
    switch cursor.byte {
    case 0x22: number = (try? cursor.string()).flatMap { try? ExactDecimal($0) }
    case 0x5B:
      var count = 0
      try? cursor.elements { (cursor) throws(LogFault) in
        _ = try cursor.skipValue()
        count += 1
      }
      number = ExactDecimal(count)
    default: number = try? ExactDecimal(value)
    }
    // As everywhere, a number below zero tells of no use.
    return number.flatMap { $0.isNegative ? nil : $0 }
  }

  /// A text, or a number, `true` or `false` as it stands.
  public static func text(at pointer: JSONPointer, in body: Bytes) -> String? {
    let arena = TextArena()
    guard let value = value(at: pointer, in: body, arena) else { return nil }
    var cursor = JSONCursor(value, arena: arena)
    switch cursor.byte {
    case 0x22: return (try? cursor.string())?.text
    case 0x7B, 0x5B: return nil
    default: return value.equals("null") ? nil : value.text
    }
  }

  /// The value that a pointer leads to.
  private static func value(
    at pointer: JSONPointer,
    in body: Bytes,
    _ arena: TextArena
  ) -> Bytes? {
    if body.isAbsent { return nil }
    var cursor = JSONCursor(body, arena: arena)
    cursor.skipSpace()
    do throws(LogFault) {
      let found = try find(pointer.tokens[...], &cursor, depth: 0)
      try cursor.finish()
      return found
    } catch { return nil }
  }

  /// Moves over the value at the cursor and gives the part of it that `tokens` lead to.
  private static func find(
    _ tokens: ArraySlice<String>,
    _ cursor: inout JSONCursor,
    depth: Int
  ) throws(LogFault) -> Bytes? {
    guard let token = tokens.first else { return try cursor.skipValue(depth: depth) }
    let rest = tokens.dropFirst()
    var found: Bytes?
    switch cursor.byte {
    case 0x7B:
      var keys = KeySet()
      try cursor.entries { (key, place, cursor) throws(LogFault) in
        if !keys.insert(key) { throw cursor.repeatedKey(key, at: place) }
        if key.elementsEqual(token.utf8) {
          found = try find(rest, &cursor, depth: depth + 1)
        } else {
          _ = try cursor.skipValue(depth: depth + 1)
        }
      }
    case 0x5B:
      var index = 0
      try cursor.elements { (cursor) throws(LogFault) in
        if token == String(index) {
          found = try find(rest, &cursor, depth: depth + 1)
        } else {
          _ = try cursor.skipValue(depth: depth + 1)
        }
        index += 1
      }
    default: _ = try cursor.skipValue(depth: depth)
    }
    return found
  }
}
