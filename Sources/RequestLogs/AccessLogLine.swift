import CreditCore

/// Reads one line of an access log into a record.
struct AccessLogLine {
  let format: AccessLogFormat

  func decode(_ line: Bytes, into record: LogRecord) throws(LogFault) {
    record.reset()
    record.raw = line
    if let control = line.placeOfControl { throw Self.control(line, at: control) }
    var place = 0
    for index in format.steps.indices {
      let step = format.steps[index]
      place = try pass(step.before, before: index, line, at: place)
      let end = try self.end(of: index, line, from: place)
      if step.field != .ignored {
        let value = Bytes(rebasing: line[place..<end])
        try take(step.field, value, at: place, index, into: record)
      }
      place = end
    }
    if format.hasExtras {
      try takeExtras(line, from: place, into: record)
    } else if let last = format.steps.last {
      place = try pass(last.after, before: format.steps.count, line, at: place)
      if place < line.count {
        throw columns(
          "\"\(Bytes(rebasing: line[place...]).shown)\" follows the last field",
          at: place
        )
      }
    }
    try record.requireAll(hasTime: true)
  }

  static func control(_ line: Bytes, at place: Int) -> LogFault {
    line[place] == 0
      ? LogFault(.control, at: place, "a NUL byte", expected: "text")
      : LogFault(
        .control,
        at: place,
        "a control character stands in the line",
        expected: "it written as \\xHH"
      )
  }

  // MARK: Where fields end

  /// Moves over the literal text before a field.
  @inline(__always)
  private func pass(
    _ literal: Range<Int>,
    before index: Int,
    _ line: Bytes,
    at place: Int
  ) throws(LogFault) -> Int {
    var place = place
    for position in literal {
      if place < line.count, line[place] == format.literals[position] {
        place += 1
        continue
      }
      let name = index < format.names.count ? format.names[index] : "the end"
      if place == line.count { throw columns("the line ends before \(name)", at: place) }
      throw columns(
        "\"\(Bytes(rebasing: line[place...].prefix(1)).shown)\" stands before \(name)",
        at: place
      )
    }
    return place
  }

  @inline(__always)
  private func end(of index: Int, _ line: Bytes, from start: Int) throws(LogFault) -> Int {
    let step = format.steps[index]
    if step.isQuoted { return try closingQuote(of: format.names[index], line, from: start) }
    if step.endsBeforePath { return line.place(of: 0x2F, from: start) ?? line.count }
    guard !step.after.isEmpty else {
      return format.hasExtras ? line.place(of: 0x20, from: start) ?? line.count : line.count
    }
    let first = format.literals[step.after.lowerBound]
    var from = start
    while let found = line.place(of: first, from: from) {
      if matches(step.after, line, at: found) { return found }
      from = found + 1
    }
    let name = format.names[index]
    if line.count <= start { throw columns("the line ends before \(name)", at: start) }
    let literal = String(decoding: format.literals[step.after], as: UTF8.self)
      .drop { $0 == " " }
    throw columns(
      literal.isEmpty ? "the line ends after \(name)" : "\(name) is not followed by \(literal)",
      at: start,
      hint: line.contains(0x09) ? "tabs stand in the line: give its format with --log-format" : nil
    )
  }

  @inline(__always)
  private func matches(_ literal: Range<Int>, _ line: Bytes, at place: Int) -> Bool {
    if line.count - place < literal.count { return false }
    for index in 1..<max(literal.count, 1)
    where line[place + index] != format.literals[literal.lowerBound + index] {
      return false
    }
    return true
  }

  @inline(__always)
  func closingQuote(
    of name: String,
    _ line: Bytes,
    from start: Int
  ) throws(LogFault) -> Int {
    var place = start
    while let quote = line.place(of: 0x22, from: place) {
      // An odd number of backslashes before a quote makes it part of the text.
      var backslashes = 0
      while quote - backslashes > start, line[quote - backslashes - 1] == 0x5C {
        backslashes += 1
      }
      if backslashes.isMultiple(of: 2) { return quote }
      place = quote + 1
    }
    throw LogFault(
      .quote,
      at: max(start - 1, 0),
      "the quote before \(name) is not closed",
      expected: "a closing \""
    )
  }

  private func columns(_ message: String, at place: Int, hint: String? = nil) -> LogFault {
    LogFault(.columns, at: place, message, expected: format.example, hint: hint)
  }

  // MARK: What fields say

  @inline(__always)
  private func take(
    _ field: AccessField,
    _ value: Bytes,
    at place: Int,
    _ index: Int,
    into record: LogRecord
  ) throws(LogFault) {
    switch field {
    case .ignored: break
    case .clock:
      record.timeOffset = place
      record.time = try AccessLogTime.read(value, at: place)
    case .epoch:
      record.timeOffset = place
      record.time = try RequestValues.epoch(value, at: place)
    case .request: try takeRequest(value, at: place, into: record)
    case .size:
      if value.isEmpty || !value.allSatisfy({ $0 &- 0x30 < 10 }), !value.equals("-") {
        throw LogFault(
          .number,
          at: place,
          "\(format.names[index]) is \"\(value.shown)\"",
          expected: "a whole number or -"
        )
      }
    case .key(let key): try take(key, value, at: place, into: record)
    }
  }

  private func take(
    _ key: RequestKey,
    _ value: Bytes,
    at place: Int,
    into record: LogRecord
  ) throws(LogFault) {
    if value.isEmpty || value.equals("-") { return }
    var text = value.unescaped(in: record.arena)
    switch key {
    case .path, .query: text = text.escapingStrays(in: record.arena)
    case .timestamp: record.timeOffset = place
    case .requestID: if !record.requestID.isAbsent { return }
    case .org: if !record.org.isAbsent { return }
    case .requestBody, .responseBody:
      // A body may be anything; one that is no JSON says nothing to us.
      var cursor = JSONCursor(text, arena: record.arena)
      do throws(LogFault) {
        cursor.skipSpace()
        _ = try cursor.skipValue()
        try cursor.finish()
      } catch { return }
    default: break
    }
    if let stray = text.placeOfStray { throw .encoding(text[stray], at: place + stray) }
    try record.set(key, text, at: place)
  }

  /// Reads `METHOD TARGET HTTP/1.1`.
  private func takeRequest(
    _ value: Bytes,
    at place: Int,
    into record: LogRecord
  ) throws(LogFault) {
    guard let first = value.place(of: 0x20, from: 0), let last = value.lastIndex(of: 0x20),
      first < last, Bytes(rebasing: value[(last + 1)...].prefix(5)).equals("HTTP/")
    else { throw notARequest(value, at: place) }
    record.method = try RequestValues.method(Bytes(rebasing: value[..<first]), at: place)
    let target = Bytes(rebasing: value[(first + 1)..<last])
    record.path = try RequestValues.path(
      target.unescaped(in: record.arena).escapingStrays(in: record.arena),
      at: place + first + 1
    )
  }

  private func notARequest(_ value: Bytes, at place: Int) -> LogFault {
    let message: String
    if value.isEmpty || value.equals("-") {
      message = "the request is \"\(value.shown)\": the client sent none"
    } else if value.contains(0x5C) {
      message = "the request is \"\(value.shown)\": not HTTP, such as TLS on a plain port"
    } else {
      message = "\"\(value.shown)\" is not a request"
    }
    return LogFault(
      .format,
      at: place,
      message,
      expected: "method, path and protocol, as in GET /api/v1/contacts HTTP/1.1"
    )
  }
}
