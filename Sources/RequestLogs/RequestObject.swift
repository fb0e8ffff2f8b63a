import CreditCore

/// Reads one JSON object of a request log into a record.
struct RequestObject {
  private let keys: RequestKeyTable
  private let order = KeyOrder()
  /// Other keys of the line at hand.
  private var others = KeySet()

  init(keys: RequestKeyTable) { self.keys = keys }

  /// Fills `record` from the object that `bytes` are.
  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) {
    record.reset()
    record.raw = bytes
    others.removeAll()
    var cursor = JSONCursor(bytes, arena: record.arena)
    cursor.skipSpace()
    guard cursor.byte == 0x7B else { throw Self.notAnObject(cursor) }
    // The names seen, and the rank of the name that each key was taken from.
    var seen: UInt64 = 0
    var ranks = KeyRanks()
    var before = KeyOrder.first
    while let (place, name, text) = try key(from: &cursor, after: before) {
      before = KeyOrder.unknown
      if let name {
        let bit: UInt64 = 1 &<< UInt64(name.place)
        if seen & bit != 0 { throw cursor.repeatedKey(text, at: place) }
        seen |= bit
        before = Int(name.place)
        // The value of a lesser name is checked as JSON, and no more.
        if name.rank >= ranks[name.key] {
          _ = try cursor.skipValue(depth: 1)
        } else if try Self.take(name.key, text, from: &cursor, into: record) {
          ranks[name.key] = name.rank
        }
      } else {
        if !others.insert(text) { throw cursor.repeatedKey(text, at: place) }
        _ = try cursor.skipValue(depth: 1)
      }
    }
    try cursor.finish()
    try record.requireAll(hasTime: ranks[.timestamp] != KeyRanks.none)
  }

  /// Reads the next key; nil where the object ends.
  ///
  /// `place`: where it stands; `name`: what it means, nil where it says nothing to us.
  @inline(__always)
  private func key(
    from cursor: inout JSONCursor,
    after before: Int
  ) throws(LogFault) -> (place: Int, name: RequestKeyTable.Name?, text: Bytes)? {
    let start = cursor.at
    if let name = order.take(after: before, &cursor) {
      let text = Bytes(start: start + 2, count: cursor.at - start - 4)
      cursor.skipSpace()
      return (start - cursor.base + 1, name, text)
    }
    let isNext = before == KeyOrder.first ? cursor.opensObject() : try cursor.passesToKey()
    if !isNext { return nil }
    let place = cursor.offset
    let text = try cursor.key()
    let name = keys.find(text)
    if let name { order.learn(name, text, from: start, after: before, cursor) }
    return (place, name, text)
  }

  /// Reads the value of a key; false where it is null, which says nothing.
  @inline(__always)
  private static func take(
    _ key: RequestKey,
    _ name: Bytes,
    from cursor: inout JSONCursor,
    into record: LogRecord
  ) throws(LogFault) -> Bool {
    let offset = cursor.offset
    switch cursor.byte {
    case 0x22:
      switch key {
      case .usage, .tags: return try takeNoObject(name, from: &cursor)
      case .timestamp:
        record.timeOffset = offset + 1
        record.time = try record.times.time(try cursor.string(), at: offset + 1)
      default:
        if let text = cursor.plainString() {
          if !record.setUsual(key, text) {
            try record.set(key, text, at: offset + 1, isPrintable: true)
          }
        } else {
          try record.set(key, try cursor.string(), at: offset + 1)
        }
      }
    case 0x2D, 0x30...0x39:
      if key == .usage || key == .tags { return try takeNoObject(name, from: &cursor) }
      let number = try cursor.number()
      if key == .timestamp {
        record.timeOffset = offset
        record.time = try RequestValues.epoch(number, at: offset)
      } else if !record.setUsual(key, number) {
        try record.set(key, number, at: offset, isPrintable: true)
      }
    case 0x7B, 0x5B:
      return try takeContainer(key, name, from: &cursor, into: record)
    default:
      let start = cursor.at
      let word = try cursor.word()
      if word == .null { return false }
      if key == .replayed {
        record.replayed = word == .yes
      } else if key == .requestBody || key == .responseBody {
        let text = Bytes(start: start, count: cursor.at - start)
        try record.set(key, text, at: offset)
      } else {
        cursor.at = start
        if key == .usage || key == .tags { return try takeNoObject(name, from: &cursor) }
        throw wrongType(key, name, cursor)
      }
    }
    return true
  }

  private static func takeContainer(
    _ key: RequestKey,
    _ name: Bytes,
    from cursor: inout JSONCursor,
    into record: LogRecord
  ) throws(LogFault) -> Bool {
    let isObject = cursor.byte == 0x7B
    switch key {
    case .requestBody: record.requestBody = try cursor.skipValue(depth: 1)
    case .responseBody: record.responseBody = try cursor.skipValue(depth: 1)
    case .usage where isObject:
      try UsageObject.decode(&cursor, isMixed: name.equals("meta"), into: &record.usage)
    case .tags where isObject: record.tags = try TagsObject.check(&cursor)
    default:
      // A lesser alias that holds something else (`date: {…}`) says nothing to us.
      if key.names.first.map({ Array($0.utf8).elementsEqual(name) }) != true {
        _ = try cursor.skipValue(depth: 1)
        return false
      }
      throw wrongType(key, name, cursor)
    }
    return true
  }
}

extension LogRecord {
  /// Sets a field from printable text as nearly all logs have it; false, and nothing is set, where
  /// ``set(_:_:at:isPrintable:)`` has to look at it.
  @inline(__always)
  func setUsual(_ key: RequestKey, _ text: Bytes) -> Bool {
    guard let first = text.first, text.count <= RequestValues.idLimit else { return false }
    switch key {
    case .path where first == 0x2F: path = text
    case .requestID: requestID = text
    case .org: org = text
    case .duration: return RequestValues.wholeNumber(text) != nil
    case .status:
      guard let code = RequestValues.usualStatus(text) else { return false }
      status = code
    default: return false
    }
    return true
  }

  /// Sets a field from the text of its value, by the rules that all formats share.
  ///
  /// One that `isPrintable` has no control character. `usage` and `tags` are objects and not set
  /// here.
  func set(
    _ key: RequestKey,
    _ value: Bytes,
    at offset: Int,
    isPrintable: Bool = false
  ) throws(LogFault) {
    switch key {
    case .timestamp: time = try times.time(value, at: offset)
    case .method: method = try RequestValues.method(value, at: offset)
    case .path: path = try RequestValues.path(value, at: offset, isPrintable: isPrintable)
    case .query:
      query = value.isEmpty ? .absent : try RequestValues.query(value, at: offset)
    case .status: status = value.isEmpty ? nil : try RequestValues.status(value, at: offset)
    case .requestID:
      requestID = try RequestValues.id(
        value,
        at: offset,
        isPrintable: isPrintable,
        of: "the request id"
      )
    case .org:
      org = try RequestValues.id(
        value,
        at: offset,
        isPrintable: isPrintable,
        of: "the organisation"
      )
    case .duration:
      if !value.isEmpty, RequestValues.wholeNumber(value) == nil {
        let duration = try RequestValues.decimal(value, at: offset, of: "the duration")
        if duration.isNegative {
          throw LogFault(
            .number,
            at: offset,
            "the duration is \(value.shown)",
            expected: "a number of zero or more"
          )
        }
      }
    case .idempotencyKey:
      idempotencyKey = try RequestValues.id(value, at: offset, of: "the idempotency key")
    case .replayed: replayed = try RequestValues.boolean(value, at: offset, of: "replayed")
    case .creditsCharged:
      if !value.isEmpty { creditsCharged = try RequestValues.credits(value, at: offset) }
    case .operation: operation = try RequestValues.id(value, at: offset, of: "the operation")
    case .requestBody: requestBody = value.isEmpty ? .absent : value
    case .responseBody: responseBody = value.isEmpty ? .absent : value
    case .usage, .tags: break
    }
  }

  /// Makes sure that what every request needs is there.
  func requireAll(hasTime: Bool) throws(LogFault) {
    if hasTime, !method.isAbsent, !path.isAbsent { return }
    // What happens in the background has an operation instead of a call.
    if hasTime, !operation.isAbsent { return }
    let missing = [("timestamp", hasTime), ("method", !method.isAbsent), ("path", !path.isAbsent)]
      .filter { !$0.1 }.map(\.0)
    throw LogFault(
      .missing,
      at: 0,
      "\(missing.joined(separator: ", ")) not given",
      expected: "timestamp, method and path",
      hint: "--map \(missing[0])=NAME reads a key of another name"
    )
  }
}
