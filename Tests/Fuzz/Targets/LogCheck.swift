import CreditCore
import RequestLogs

/// What holds of every format: nothing depends on how the bytes arrive, a request is sound, and a
/// reject says where and why and can be read again.
enum LogCheck {
  static func reading(_ bytes: [UInt8], _ format: LogFormat) throws -> LogReading {
    let reading = try LogReading(bytes, format)
    let step = max(1 + Int(bytes.first ?? 0) % 29, bytes.count / 64)
    let pieces = try LogReading(bytes, format, step: step)
    try require(reading == pieces, "in pieces of \(step) bytes it reads otherwise")
    for request in reading.requests { try check(request) }
    let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.split(
      separator: "\n",
      omittingEmptySubsequences: false
    ).map(\.count)
    for reject in reading.rejects { try check(reject, lines: lines) }
    for reject in reading.rejects.prefix(4) + reading.rejects.suffix(1) {
      try checkAgain(reject, format)
    }
    return reading
  }

  private static func check(_ facts: LogReading.Facts) throws {
    let isCall = facts.method != nil && facts.path != nil
    try require(isCall || facts.operation != nil, "neither a call nor an operation")
    for id in [facts.requestID, facts.org, facts.key, facts.operation].compactMap({ $0 }) {
      let isSound = (1...256).contains(id.count) && !id.contains { $0 < 0x20 || $0 == 0x7F }
      try require(isSound, "an id that is none")
      try require(String(validating: id, as: UTF8.self) != nil, "an id that is not UTF-8")
    }
    for text in [facts.path, facts.query].compactMap({ $0 }) {
      let isSound = text.count <= 3 * 8_192 && !text.contains { $0 < 0x20 || $0 == 0x7F }
      try require(isSound, "a path with control characters, or too long")
      try require(String(validating: text, as: UTF8.self) != nil, "a path that is not UTF-8")
    }
    // 0: no answer came.
    if let status = facts.status {
      try require(status == 0 || (100..<600).contains(status), "status \(status)")
    }
    if let credits = facts.credits { try require(credits >= .zero, "credits below zero") }
    try require(!facts.usage.contains { $0.contains("-") }, "a quantity below zero")
    if let tags = facts.tags {
      let pairs = tags.withUnsafeBufferPointer { LogTags.pairs($0) }
      let hasText = tags.contains(0x3A) && !tags.elementsEqual("{}".utf8)
      try require(!pairs.isEmpty || !hasText || tags.contains(0x6E), "tags that say nothing")
    }
  }

  /// `lines`: the characters of each line.
  private static func check(_ reject: Reject, lines: [Int]) throws {
    try require(isPlain(reject.message), "a message with control characters")
    let (line, column) = (reject.line, reject.column)
    try require((1...lines.count).contains(line), "line \(line) of \(lines.count)")
    let count = lines[line - 1]
    try require((1...(count + 1)).contains(column), "column \(column) of \(count)")
  }

  /// What `--rejects` writes is read as the same reject.
  private static func checkAgain(_ reject: Reject, _ format: LogFormat) throws {
    let again = try LogReading(Array(reject.json.utf8), format)
    try require(again.refusal == nil, "a reject is refused: \(reject.json)")
    // What is a fault in the middle of a log, and none at its start or its end.
    let scalars = reject.raw.unicodeScalars
    if scalars.first == "\u{FEFF}" || scalars.last == "\r" || scalars.isEmpty { return }
    // An element of a document stands by itself in its reject, and may be a document there.
    if ![.ndjson, .csv, .combined].contains(format) { return }
    try require(again.entries.count == again.rejects.count, "a reject is accepted: \(reject.json)")
    try require(again.rejects.count == 1, "\(again.rejects.count) of a reject: \(reject.json)")
    guard let second = again.rejects.first else { return }
    try require(second.raw == reject.raw, "\(reject.json) is then \(second.json)")
    try require(second.reason == reject.reason, "\(reject.json) is then \(second.json)")
    // What was not UTF-8 is shown as such once, and as a character after that.
    if reject.raw.unicodeScalars.contains("\u{FFFD}") { return }
    try require(second.message == reject.message, "\(reject.json) is then \(second.json)")
    try require(second.column == reject.column, "\(reject.json) is then \(second.json)")
  }
}
