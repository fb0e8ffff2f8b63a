extension Zone {
  /// Reads a zone as systems keep it (TZif, RFC 8536, from its second version on).
  ///
  /// Nil for what is no such file.
  public init?(name: String, file: [UInt8]) {
    guard let old = Header(file, at: 0), old.version >= 0x32,
      let header = Header(file, at: 44 + old.size(timeSize: 4))
    else { return nil }
    let times = header.start + 44
    let kinds = times + header.times * 8
    let types = kinds + header.times
    guard header.types > 0, header.end(timeSize: 8) <= file.count,
      let first = Self.offset(file, types, 0, header.types)
    else { return nil }
    var changes: [Change] = []
    for place in 0..<header.times {
      guard let offset = Self.offset(file, types, Int(file[kinds + place]), header.types) else {
        return nil
      }
      let at = Int64(bitPattern: Self.number(file, times + place * 8, bytes: 8))
      if let last = changes.last, last.at >= at { return nil }
      changes.append(Change(at: at, offset: offset))
    }
    let footer = file[header.end(timeSize: 8)...].split(separator: 0x0A)
    let text = footer.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let rule = ZoneRule(text)
    if rule == nil, !text.isEmpty { return nil }
    self.init(name: name, first: first, changes: changes, rule: rule)
  }

  /// Of a type of local time; within a day and a half of UTC.
  private static func offset(
    _ file: [UInt8],
    _ types: Int,
    _ place: Int,
    _ count: Int
  ) -> Int? {
    guard place < count else { return nil }
    let bits = UInt32(truncatingIfNeeded: number(file, types + place * 6, bytes: 4))
    let offset = Int(Int32(bitPattern: bits))
    return abs(offset) <= 129_600 ? offset : nil
  }

  fileprivate static func number(_ file: [UInt8], _ place: Int, bytes: Int) -> UInt64 {
    file[place..<(place + bytes)].reduce(0) { $0 << 8 | UInt64($1) }
  }
}

private struct Header {
  let start: Int
  let version: UInt8
  let times: Int
  let types: Int
  private let others: (utc: Int, standard: Int, leaps: Int, characters: Int)

  init?(_ file: [UInt8], at start: Int) {
    guard start >= 0, start + 44 <= file.count, file[start...].starts(with: Array("TZif".utf8))
    else { return nil }
    let counts = (0..<6).map { Int(Zone.number(file, start + 20 + $0 * 4, bytes: 4)) }
    guard counts.allSatisfy({ $0 < 1 << 20 }) else { return nil }
    self.start = start
    version = file[start + 4]
    others = (counts[0], counts[1], counts[2], counts[5])
    times = counts[3]
    types = counts[4]
  }

  /// Of what follows the header.
  func size(timeSize: Int) -> Int {
    times * (timeSize + 1) + types * 6 + others.characters + others.leaps * (timeSize + 4)
      + others.standard + others.utc
  }

  func end(timeSize: Int) -> Int { start + 44 + size(timeSize: timeSize) }
}
