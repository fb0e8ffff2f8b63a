import CreditCore

/// Reads one entry of an HTTP archive (HAR 1.2).
///
/// Entries that are no calls over HTTP (`data:` and `blob:` URLs, web sockets, extensions of the
/// browser, tunnels) are passed over. Bodies are kept where they are JSON.
struct HAREntry: ElementDecoder {
  /// The body of a request or an answer.
  private struct Content {
    var text = Bytes.absent
    var isBase64 = false
  }

  /// What was found in the entry at hand.
  private struct Found {
    var time = PlacedText()
    var hasRequest = false
    var method = PlacedText()
    var url = PlacedText()
    var query: [UInt8] = []
    var status = PlacedText()
    var headers = CallHeaders()
  }

  private var found = Found()

  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) -> LogEntry? {
    try bytes.requireObject("entry")
    record.reset()
    record.raw = bytes
    found = Found()
    var cursor = JSONCursor(bytes, arena: record.arena)
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22 where key.equals("startedDateTime"):
        found.time = try Self.text(&cursor)
      case 0x7B where key.equals("request"): try request(&cursor, record)
      case 0x7B where key.equals("response"): try response(&cursor, record)
      default: _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
      }
    }
    try cursor.finish()
    return try call(record) ? .request(record) : nil
  }

  // MARK: The parts of an entry

  private mutating func request(_ cursor: inout JSONCursor, _ record: LogRecord) throws(LogFault) {
    found.hasRequest = true
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22 where key.equals("method"): found.method = try Self.text(&cursor)
      case 0x22 where key.equals("url"): found.url = try Self.text(&cursor)
      case 0x5B where key.equals("queryString"):
        try Self.pairs(&cursor) { name, value in
          found.query += found.query.isEmpty ? [] : [0x26]
          found.query += name.queryEscaped + [0x3D] + value.text.queryEscaped
        }
      case 0x5B where key.equals("headers"):
        try Self.pairs(&cursor) { found.headers.take(request: $0, $1) }
      case 0x7B where key.equals("postData"):
        let body = try Self.content(&cursor)
        record.requestBody = Self.body(body, record.arena)
      default: _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
      }
    }
  }

  private mutating func response(
    _ cursor: inout JSONCursor,
    _ record: LogRecord
  ) throws(LogFault) {
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22 where key.equals("status"): found.status = try Self.text(&cursor)
      case 0x2D where key.equals("status"), 0x30...0x39 where key.equals("status"):
        let offset = cursor.offset
        found.status = PlacedText(text: try cursor.number(), offset: offset)
      case 0x5B where key.equals("headers"):
        try Self.pairs(&cursor) { found.headers.take(response: $0, $1) }
      case 0x7B where key.equals("content"):
        let body = try Self.content(&cursor)
        record.responseBody = Self.body(body, record.arena)
      default: _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
      }
    }
  }

  private static func text(_ cursor: inout JSONCursor) throws(LogFault) -> PlacedText {
    let offset = cursor.offset + 1
    return PlacedText(text: try cursor.string(), offset: offset)
  }

  /// Hands each name and value of a list such as `[{"name":"a","value":"b"}]` to `take`.
  private static func pairs(
    _ cursor: inout JSONCursor,
    _ take: (Bytes, PlacedText) -> Void
  ) throws(LogFault) {
    try cursor.elements { (cursor) throws(LogFault) in
      guard cursor.byte == 0x7B else {
        _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
        return
      }
      var (name, value) = (Bytes.absent, PlacedText())
      try cursor.members { (key, cursor) throws(LogFault) in
        switch cursor.byte {
        case 0x22 where key.equals("name"): name = try cursor.string()
        case 0x22 where key.equals("value"): value = try Self.text(&cursor)
        default: _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
        }
      }
      if !name.isAbsent, !value.text.isAbsent { take(name, value) }
    }
  }

  private static func content(_ cursor: inout JSONCursor) throws(LogFault) -> Content {
    var content = Content()
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22 where key.equals("text"): content.text = try cursor.string()
      case 0x22 where key.equals("encoding"):
        content.isBase64 = try cursor.string().equals("base64")
      default: _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
      }
    }
    return content
  }

  /// A body that is a JSON object or list, or nothing.
  private static func body(_ content: Content, _ arena: TextArena) -> Bytes {
    var text = content.text
    if content.isBase64 { text = text.base64Decoded(in: arena) ?? .absent }
    guard let first = text.first(where: { !$0.isJSONSpace }), first == 0x7B || first == 0x5B else {
      return .absent
    }
    var cursor = JSONCursor(text, arena: arena)
    cursor.skipSpace()
    guard let body = try? cursor.skipValue(), (try? cursor.finish()) != nil else { return .absent }
    return body
  }

  // MARK: The call

  /// Sets what the record says of the call; false where it is none.
  private func call(_ record: LogRecord) throws(LogFault) -> Bool {
    if found.method.text.equals("CONNECT") || !found.url.text.isOverHTTP { return false }
    let missing = [
      ("startedDateTime", found.time.text), ("request.method", found.method.text),
      ("request.url", found.url.text),
    ].filter { $0.1.isAbsent }.map(\.0)
    if !missing.isEmpty {
      throw LogFault(
        .missing,
        at: 0,
        "\(missing.joined(separator: ", ")) not given",
        expected: "startedDateTime, request.method and request.url"
      )
    }
    record.timeOffset = found.time.offset
    record.time = try RequestValues.time(found.time.text, at: found.time.offset)
    record.method = try RequestValues.method(found.method.text, at: found.method.offset)
    record.path = try RequestValues.path(found.url.text, at: found.url.offset)
    if !found.query.isEmpty, record.path.place(of: 0x3F, from: 0) == nil {
      let query = record.arena.copy(found.query)
      record.query = try RequestValues.query(query, at: found.url.offset)
    }
    try found.headers.set(record)
    if !found.status.text.isEmpty {
      // Browsers write 0, and others -1, where no answer came.
      let isNone = found.status.text.equals("0") || found.status.text.first == 0x2D
      record.status =
        isNone ? 0 : try RequestValues.status(found.status.text, at: found.status.offset)
    }
    return true
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Whether a URL, if it has a scheme at all, is one of HTTP.
  fileprivate var isOverHTTP: Bool {
    let scheme = prefix {
      ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || [0x2B, 0x2D, 0x2E].contains($0)
    }
    guard !scheme.isEmpty, scheme.count < count, self[scheme.count] == 0x3A else { return true }
    let rest = self[scheme.count...].dropFirst()
    // A host and its port (`localhost:8080/…`) are no scheme.
    if let digit = rest.first, digit &- 0x30 < 10 { return true }
    return ["http", "https"].contains { name in
      name.utf8.count == scheme.count && zip(name.utf8, scheme).allSatisfy { $0 == $1 | 0x20 }
    }
  }

  /// As an item of a query, with `%XX` for all but letters, digits and `-._~`.
  fileprivate var queryEscaped: [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return flatMap { byte -> [UInt8] in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: [byte]
      default: [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  /// What a text in base64 (RFC 4648) stands for, or nil where it is none.
  func base64Decoded(in arena: TextArena) -> Bytes? {
    let room = arena.allocate(count / 4 * 3 + 3)
    var (used, bits, held) = (0, UInt32(0), 0)
    var padding = 0
    for byte in self {
      let value: UInt8
      switch byte {
      case 0x41...0x5A: value = byte - 0x41
      case 0x61...0x7A: value = byte - 0x61 + 26
      case 0x30...0x39: value = byte - 0x30 + 52
      case 0x2B: value = 62
      case 0x2F: value = 63
      case 0x0A, 0x0D: continue
      case 0x3D:
        padding += 1
        continue
      default: return nil
      }
      if padding > 0 { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        room[used] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
        used += 1
      }
    }
    return padding > 2 || held == 6 ? nil : Bytes(rebasing: room[..<used])
  }
}
