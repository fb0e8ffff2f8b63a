import RequestLogs

/// Every line of an access log is one entry, and a plain one says what a plain reading says.
enum CombinedCheck {
  static func check(_ bytes: [UInt8]) throws {
    let reading = try LogCheck.reading(bytes, .combined)
    for request in reading.requests { try compare(request) }
    if reading.refusal != nil || Lines.hasRejects(bytes) { return }
    try require(
      reading.entries.count == Lines.count(bytes),
      "\(reading.entries.count) entries of \(Lines.count(bytes)) lines"
    )
  }

  /// The fields from the time on, where nothing is escaped.
  private static func compare(_ facts: LogReading.Facts) throws {
    let line = facts.raw
    if line.contains(0x5C) || line.contains(where: { $0 >= 0x80 }) { return }
    let text = String(decoding: line, as: UTF8.self)
    // Address and identity have no space; the user may.
    guard let address = text.range(of: " "),
      let identity = text.range(of: " ", in: address.upperBound),
      let start = text.range(of: " [", in: identity.upperBound)?.upperBound,
      let middle = text.range(of: "] \"", in: start)
    else { throw Finding(description: "a request without a time") }
    try require(
      TimestampOracle.clock(Array(text[start..<middle.lowerBound].utf8)) == facts.time,
      "the time is \(text[start..<middle.lowerBound])"
    )
    guard let end = text.range(of: "\" ", in: middle.upperBound) else {
      throw Finding(description: "a request without a status")
    }
    let words = text[middle.upperBound..<end.lowerBound].split(
      separator: " ",
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
    try require(Array(words[0].utf8) == facts.method, "the method is \(words[0])")
    let target = words[1].prefix(upTo: words[1].lastIndex(of: " ") ?? words[1].endIndex)
    try require(Array(target.utf8) == facts.path, "the path is \(target)")
    let status = text[end.upperBound...].prefix { $0 != " " }
    try require(status == "-" || Int(status) == facts.status, "the status is \(status)")
  }
}

extension String {
  /// Where `part` stands first, from `start` on.
  fileprivate func range(of part: String, in start: Index? = nil) -> Range<Index>? {
    let start = start ?? startIndex
    var place = start
    while place < endIndex {
      if self[place...].hasPrefix(part) { return place..<index(place, offsetBy: part.count) }
      place = index(after: place)
    }
    return nil
  }
}
