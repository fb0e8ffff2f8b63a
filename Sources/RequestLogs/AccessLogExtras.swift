import CreditCore

// What may follow the size in the usual access logs.
extension AccessLogLine {
  /// Reads referer, agent and what else follows: a number with decimals is the request time, and
  /// the first field that looks like an id of one request is the request id.
  func takeExtras(_ line: Bytes, from start: Int, into record: LogRecord) throws(LogFault) {
    var place = start
    var number = 0
    var followsTime = false
    while place < line.count {
      guard line[place] == 0x20 else {
        throw LogFault(
          .columns,
          at: place,
          "\"\(Bytes(rebasing: line[place...].prefix(1)).shown)\" stands behind a field",
          expected: "a space"
        )
      }
      place += 1
      let isQuoted = place < line.count && line[place] == 0x22
      let field: Bytes
      if isQuoted {
        let end = try closingQuote(of: Self.name(of: number), line, from: place + 1)
        field = Bytes(rebasing: line[(place + 1)..<end])
        // The first two are referer and agent.
        if number >= 2, Self.isID(field, followsTime) {
          try takeID(field, at: place + 1, into: record)
        }
        place = end + 1
      } else {
        let end = line.place(of: 0x20, from: place) ?? line.count
        field = Bytes(rebasing: line[place..<end])
        if Self.isID(field, followsTime) { try takeID(field, at: place, into: record) }
        place = end
      }
      followsTime = Self.isTime(field)
      number += 1
    }
  }

  private static func name(of number: Int) -> String {
    switch number {
    case 0: "the referer"
    case 1: "the agent"
    default: "field \(number + 8)"
    }
  }

  private func takeID(_ field: Bytes, at place: Int, into record: LogRecord) throws(LogFault) {
    if record.requestID.isAbsent { try record.set(.requestID, field, at: place) }
  }

  /// A number with decimals.
  private static func isTime(_ field: Bytes) -> Bool {
    field.count { $0 == 0x2E } == 1 && field.allSatisfy { $0 &- 0x30 < 10 || $0 == 0x2E }
  }

  /// Whether a text can only be the id of one request.
  ///
  /// Addresses, host names and numbers are not: requests that share one would count as one. What
  /// is: `req_…`, a UUID, 16 hexadecimal digits or more, a ULID, 20 characters or more that mix
  /// digits, capital and small letters, and right behind the request time whatever mixes letters
  /// with three digits or more.
  static func isID(_ field: Bytes, _ followsTime: Bool = false) -> Bool {
    guard (5...64).contains(field.count) else { return false }
    var (digits, small, capital, hex, dashes) = (0, 0, 0, 0, 0)
    for byte in field {
      switch byte {
      case 0x30...0x39:
        digits += 1
        hex += 1
      case 0x61...0x7A:
        small += 1
        if byte <= 0x66 { hex += 1 }
      case 0x41...0x5A:
        capital += 1
        if byte <= 0x46 { hex += 1 }
      case 0x2D, 0x5F: dashes += 1
      // Apache's unique ids have one.
      case 0x40: break
      default: return false
      }
    }
    if Bytes(rebasing: field[..<3]).equals("req"), field[3] == 0x5F || field[3] == 0x2D {
      return true
    }
    if hex == field.count, hex >= 16 { return digits < hex }
    if hex == 32, field.count == 36, dashes == 4 {
      return [8, 13, 18, 23].allSatisfy { field[$0] == 0x2D }
    }
    if field.count == 26, digits > 0, digits + capital == 26 { return true }
    if followsTime, digits >= 3, small + capital > 0 { return true }
    return field.count >= 20 && digits > 0 && small > 0 && capital > 0
  }
}
