import CreditCore

/// Reads one row of a CSV log into a record, by what the header says of its columns.
struct CSVDecoder {
  let header: CSVHeader
  private let units: [(unit: Unit, index: Int)]
  private let tags: [(member: [UInt8], index: Int)]

  init(header: CSVHeader) {
    self.header = header
    units = header.columns.enumerated().compactMap { index, column in
      if case .usage(let unit) = column { return (unit, index) }
      return nil
    }
    tags = header.columns.enumerated().compactMap { index, column in
      if case .tag(let member) = column { return (member, index) }
      return nil
    }
  }

  func decode(_ row: Bytes, _ cells: CSVRow, into record: LogRecord) throws(LogFault) {
    record.reset()
    record.raw = row
    try Self.requireColumns(header.columns.count, of: cells.fields, in: row)
    var given: UInt32 = 0
    for (key, index) in header.keyColumns {
      let bit: UInt32 = 1 << UInt32(key.rawValue)
      let cell = cells.fields[index]
      if given & bit != 0 || cell.content.isEmpty { continue }
      given |= bit
      let value = cells.value(cell, of: row, in: record.arena)
      try take(key, value, cell, into: record)
    }
    if !units.isEmpty { try takeUnits(row, cells, into: record) }
    if !tags.isEmpty { try takeTags(row, cells, into: record) }
    try requireAll(given, cells, record)
  }

  /// Makes sure that a row has as many fields as the header.
  static func requireColumns(
    _ count: Int,
    of fields: [CSVRow.Field],
    in row: Bytes
  ) throws(LogFault) {
    if fields.count == count { return }
    throw LogFault(
      .columns,
      at: fields.count > count ? fields[count].start : row.count,
      "the row has \(fields.count == 1 ? "1 field" : "\(fields.count) fields"),"
        + " the header \(count)",
      expected: "as many fields as the header names",
      hint: fields.count > count ? "a field with a separator in it stands in quotes" : nil
    )
  }

  @inline(__always)
  private func take(
    _ key: RequestKey,
    _ value: Bytes,
    _ cell: CSVRow.Field,
    into record: LogRecord
  ) throws(LogFault) {
    let place = cell.content.lowerBound
    var value = value
    if key == .timestamp { record.timeOffset = place }
    switch key {
    case .timestamp where value.allSatisfy({ $0 &- 0x30 < 10 || $0 == 0x2E }):
      record.time = try RequestValues.epoch(value, at: place)
      return
    case .usage, .tags, .requestBody, .responseBody:
      do throws(LogFault) { try takeJSON(key, value, into: record) } catch {
        var fault = error
        fault.offset = cell.hasDoubledQuotes ? cell.start : place + fault.offset
        throw fault
      }
      return
    case .path, .query: value = value.escapingStrays(in: record.arena)
    default: break
    }
    if let stray = value.placeOfStray {
      throw .encoding(value[stray], at: place + stray, hint: Self.encodingHint)
    }
    try record.set(key, value, at: place)
  }

  static let encodingHint = "spreadsheets save it as CSV UTF-8"

  /// A cell that holds a JSON value, with places in the value itself.
  private func takeJSON(
    _ key: RequestKey,
    _ value: Bytes,
    into record: LogRecord
  ) throws(LogFault) {
    var cursor = JSONCursor(value, arena: record.arena)
    cursor.skipSpace()
    switch key {
    case .usage, .tags:
      guard cursor.byte == 0x7B else {
        let name = key == .usage ? "usage" : "tags"
        throw cursor.fault(
          "\(cursor.seen) where a JSON object belongs",
          .type,
          expected: key == .usage
            ? #"an object such as {"records": 3}, or columns such as usage.records"#
            : #"an object such as {"team": "ops"}, or columns such as \#(name).team"#
        )
      }
      if key == .usage {
        try UsageObject.decode(&cursor, isMixed: false, into: &record.usage)
      } else {
        record.tags = try TagsObject.check(&cursor)
      }
    default:
      // A page, a form or a word instead of JSON says nothing.
      guard cursor.byte == 0x7B || cursor.byte == 0x5B else { return }
      let body = try cursor.skipValue()
      if key == .requestBody { record.requestBody = body } else { record.responseBody = body }
    }
    try cursor.finish()
  }

  private func takeUnits(
    _ row: Bytes,
    _ cells: CSVRow,
    into record: LogRecord
  ) throws(LogFault) {
    for (unit, index) in units {
      let cell = cells.fields[index]
      if cell.content.isEmpty { continue }
      let value = cells.value(cell, of: row, in: record.arena)
      let quantity = try RequestValues.amount(
        value,
        at: cell.content.lowerBound,
        of: unit.pluralWords
      )
      record.usage.append((unit, quantity))
    }
  }

  private func takeTags(
    _ row: Bytes,
    _ cells: CSVRow,
    into record: LogRecord
  ) throws(LogFault) {
    var text: [UInt8] = []
    for (member, index) in tags {
      let cell = cells.fields[index]
      if cell.content.isEmpty { continue }
      let value = cells.value(cell, of: row, in: record.arena)
      if let stray = value.placeOfStray {
        let place = cell.content.lowerBound + stray
        throw .encoding(value[stray], at: place, hint: Self.encodingHint)
      }
      text += text.isEmpty ? [0x7B] : [0x2C]
      text += member
      text += jsonText(value)
    }
    if !text.isEmpty { record.tags = record.arena.copy(text + [0x7D]) }
  }

  private func requireAll(
    _ given: UInt32,
    _ cells: CSVRow,
    _ record: LogRecord
  ) throws(LogFault) {
    func has(_ key: RequestKey) -> Bool { given & (1 << UInt32(key.rawValue)) != 0 }
    if has(.timestamp), (has(.method) && has(.path)) || has(.operation) { return }
    let missing = [RequestKey.timestamp, .method, .path].filter { !has($0) }
    let column = header.keyColumns.first { missing.contains($0.key) }
    throw LogFault(
      .missing,
      at: column.map { cells.fields[$0.index].start } ?? 0,
      "\(missing.compactMap(\.names.first).joined(separator: ", ")) not given",
      expected: "timestamp, method and path in every row"
    )
  }
}
