import CreditCore

// What a line has instead of a request.
extension RequestObject {
  /// Refuses what is no object where quantities or tags belong; what `meta` holds may be anything.
  static func takeNoObject(
    _ name: Bytes,
    from cursor: inout JSONCursor
  ) throws(LogFault) -> Bool {
    if !name.equals("meta") { throw wrongType(.usage, name, cursor) }
    _ = try cursor.skipValue(depth: 1)
    return false
  }

  static func wrongType(_ key: RequestKey, _ name: Bytes, _ cursor: JSONCursor) -> LogFault {
    let expected =
      switch key {
      case .usage, .tags: "an object"
      case .timestamp: #"a time such as "2026-11-18T09:30:00Z""#
      case .status, .duration, .creditsCharged: "a number"
      case .replayed: "true or false"
      default: "a text"
      }
    return LogFault(.type, at: cursor.offset, "\(name.shown) is \(cursor.kind)", expected: expected)
  }

  static func notAnObject(_ cursor: JSONCursor) -> LogFault {
    let hint: String? =
      switch cursor.byte {
      case 0x5B: "--input json reads an array"
      case 0x2F, 0x23: "JSON has no comments"
      default: nil
      }
    return cursor.fault(
      "\(cursor.seen) where an object belongs",
      expected: "one JSON object a line",
      hint: hint
    )
  }
}
