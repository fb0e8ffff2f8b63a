import CreditCore

/// Reads one span of OpenTelemetry's JSON (OTLP/JSON), with the names of HTTP's semantic
/// conventions of today (`http.request.method`) and before (`http.method`).
///
/// Spans other than those of HTTP clients and servers are passed over.
struct OTLPSpan: ElementDecoder {
  /// What was found in the span at hand.
  private struct Found {
    var time = PlacedText()
    var isCall = true
    var hasFailed = false
    /// By the attributes' ranks: the earlier name counts where several are given.
    var method: [PlacedText] = [PlacedText(), PlacedText()]
    var originalMethod = PlacedText()
    var url: [PlacedText] = [PlacedText(), PlacedText(), PlacedText(), PlacedText()]
    var query = PlacedText()
    var status: [PlacedText] = [PlacedText(), PlacedText()]
    var headers = CallHeaders()
  }

  private var found = Found()

  /// Whether a key is one that only a span has.
  static func isOwn(_ key: Bytes) -> Bool {
    key.equals("spanId") || key.equals("span_id") || key.equals("startTimeUnixNano")
      || key.equals("start_time_unix_nano")
  }

  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) -> LogEntry? {
    try bytes.requireObject("span")
    record.reset()
    record.raw = bytes
    found = Found()
    var cursor = JSONCursor(bytes, arena: record.arena)
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x5B where key.equals("attributes"): try attributes(&cursor)
      case 0x7B where key.equals("status"): try status(&cursor)
      case 0x22, 0x2D, 0x30...0x39:
        let value = try Self.scalar(&cursor)
        if key.equals("kind") {
          found.isCall = Self.isCall(value.text)
        } else if key.equals("startTimeUnixNano") || key.equals("start_time_unix_nano") {
          found.time = value
        }
      default: _ = try cursor.skipValue(depth: 1)
      }
    }
    try cursor.finish()
    return try call(record) ? .request(record) : nil
  }

  /// A text, or a number, `true` or `false` as it stands.
  private static func scalar(_ cursor: inout JSONCursor) throws(LogFault) -> PlacedText {
    let offset = cursor.offset
    if cursor.byte == 0x22 { return PlacedText(text: try cursor.string(), offset: offset + 1) }
    return PlacedText(text: try cursor.skipValue(), offset: offset)
  }

  /// Whether a span's kind is that of a client or a server, or none is given.
  private static func isCall(_ kind: Bytes) -> Bool {
    kind.equals("2") || kind.equals("3") || kind.equals("0") || kind.equals("SPAN_KIND_SERVER")
      || kind.equals("SPAN_KIND_CLIENT") || kind.equals("SPAN_KIND_UNSPECIFIED")
  }

  // MARK: The parts of a span

  private mutating func status(_ cursor: inout JSONCursor) throws(LogFault) {
    try cursor.members { (key, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22, 0x2D, 0x30...0x39:
        let value = try Self.scalar(&cursor).text
        if key.equals("code"), value.equals("2") || value.equals("STATUS_CODE_ERROR") {
          found.hasFailed = true
        }
      default: _ = try cursor.skipValue(depth: 2)
      }
    }
  }

  private mutating func attributes(_ cursor: inout JSONCursor) throws(LogFault) {
    try cursor.elements { (cursor) throws(LogFault) in
      guard cursor.byte == 0x7B else {
        _ = try cursor.skipValue(depth: 2)
        return
      }
      var (name, value) = (Bytes.absent, PlacedText())
      try cursor.members { (key, cursor) throws(LogFault) in
        switch cursor.byte {
        case 0x22 where key.equals("key"): name = try cursor.string()
        case 0x7B where key.equals("value"): value = try Self.value(&cursor)
        default: _ = try cursor.skipValue(depth: 3)
        }
      }
      if !value.text.isAbsent { take(name, value) }
    }
  }

  /// `{"stringValue":"…"}`; of a list the first.
  private static func value(_ cursor: inout JSONCursor) throws(LogFault) -> PlacedText {
    var value = PlacedText()
    try cursor.members { (_, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22, 0x2D, 0x30...0x39, 0x74, 0x66: value = try scalar(&cursor)
      case 0x7B:
        try cursor.members { (key, cursor) throws(LogFault) in
          guard cursor.byte == 0x5B, key.equals("values") else {
            _ = try cursor.skipValue(depth: 5)
            return
          }
          try cursor.elements { (cursor) throws(LogFault) in
            if value.text.isAbsent, cursor.byte == 0x7B {
              value = try Self.plainValue(&cursor)
            } else {
              _ = try cursor.skipValue(depth: 6)
            }
          }
        }
      default: _ = try cursor.skipValue(depth: 4)
      }
    }
    return value
  }

  private static func plainValue(_ cursor: inout JSONCursor) throws(LogFault) -> PlacedText {
    var value = PlacedText()
    try cursor.members { (_, cursor) throws(LogFault) in
      switch cursor.byte {
      case 0x22, 0x2D, 0x30...0x39, 0x74, 0x66: value = try scalar(&cursor)
      default: _ = try cursor.skipValue(depth: 7)
      }
    }
    return value
  }

  private mutating func take(_ name: Bytes, _ value: PlacedText) {
    if name.equals("http.request.method") {
      found.method[0] = value
    } else if name.equals("http.method") {
      found.method[1] = value
    } else if name.equals("http.request.method_original") {
      found.originalMethod = value
    } else if name.equals("url.full") {
      found.url[0] = value
    } else if name.equals("http.url") {
      found.url[1] = value
    } else if name.equals("url.path") {
      found.url[2] = value
    } else if name.equals("http.target") {
      found.url[3] = value
    } else if name.equals("url.query") {
      found.query = value
    } else if name.equals("http.response.status_code") {
      found.status[0] = value
    } else if name.equals("http.status_code") {
      found.status[1] = value
    } else if name.equals("error.type") {
      found.hasFailed = true
    } else if let header = name.behind("http.request.header.") {
      found.headers.take(request: header, value)
    } else if let header = name.behind("http.response.header.") {
      found.headers.take(response: header, value)
    }
  }

  // MARK: The call

  /// Sets what the record says of the call; false where the span is of none.
  private func call(_ record: LogRecord) throws(LogFault) -> Bool {
    guard found.isCall, var method = found.method.first(where: { !$0.isEmpty }) else {
      return false
    }
    // A method that the instrumentation does not know.
    if method.text.equals("_OTHER"), !found.originalMethod.isEmpty {
      method = found.originalMethod
    }
    guard let url = found.url.first(where: { !$0.isEmpty }), !found.time.isEmpty else {
      let isTime = found.time.isEmpty
      throw LogFault(
        .missing,
        at: 0,
        isTime ? "startTimeUnixNano not given" : "the span of HTTP names no path",
        expected: isTime ? "when the span started" : "url.full, url.path, http.url or http.target"
      )
    }
    record.timeOffset = found.time.offset
    record.time = try RequestValues.epoch(found.time.text, at: found.time.offset)
    record.method = try RequestValues.method(method.text, at: method.offset)
    record.path = try RequestValues.path(url.text, at: url.offset)
    if !found.query.isEmpty, record.path.place(of: 0x3F, from: 0) == nil {
      record.query = try RequestValues.query(found.query.text, at: found.query.offset)
    }
    try found.headers.set(record)
    if let status = found.status.first(where: { !$0.isEmpty }), !status.text.equals("0") {
      record.status = try RequestValues.status(status.text, at: status.offset)
    } else if found.hasFailed {
      // No answer came.
      record.status = 0
    }
    return true
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// What follows a prefix, or nil where they do not start with it.
  fileprivate func behind(_ prefix: StaticString) -> Bytes? {
    let length = prefix.utf8CodeUnitCount
    guard count > length, Bytes(rebasing: self[..<length]).equals(prefix) else { return nil }
    return Bytes(rebasing: self[length...])
  }
}
