import RequestLogs

/// A log whose quotes are sound has the rows and cells that a plain reading of RFC 4180 finds.
enum CSVCheck {
  private static let header = "ts,method,path,status,note\n"

  static func check(_ bytes: [UInt8]) throws {
    // Half of the inputs bring a header of their own.
    if bytes.first.map({ $0.isMultiple(of: 2) }) ?? true {
      _ = try LogCheck.reading(bytes, .csv)
      return
    }
    let bytes = Array(header.utf8) + bytes.dropFirst()
    let reading = try LogCheck.reading(bytes, .csv)
    // A quote that is not closed, or text behind one: from there on readings may differ.
    guard reading.refusal == nil, let rows = PlainCSV.rows(bytes) else { return }
    let names = rows[0]
    let expected = rows.dropFirst().filter { row in
      row != names && row.contains { !$0.bytes.isEmpty || $0.isQuoted }
    }
    try require(
      reading.entries.count == expected.count,
      "\(reading.entries.count) entries of \(expected.count) rows"
    )
    for (entry, row) in zip(reading.entries, expected) {
      guard case .request(let facts) = entry else { continue }
      try require(row.count == names.count, "a row of \(row.count) cells")
      try require(row[1].bytes == facts.method, "another method")
      let path = row[2].bytes
      try require(path.contains { $0 >= 0x80 } || path == facts.path, "another path")
      let status = Int(String(decoding: row[3].bytes, as: UTF8.self))
      try require(status == facts.status, "another status")
    }
  }
}

/// Comma-separated values, read plainly; nil where a quote is out of place.
private enum PlainCSV {
  struct Cell: Equatable {
    var bytes: [UInt8] = []
    var isQuoted = false
  }

  static func rows(_ bytes: [UInt8]) -> [[Cell]]? {
    var rows: [[Cell]] = []
    var row: [Cell] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let cell = cell(&rest) else { return nil }
      row.append(cell)
      if rest.isEmpty { break }
      if rest.first == 0x2C {
        rest.removeFirst()
        if rest.isEmpty { row.append(Cell()) }
        continue
      }
      if rest.starts(with: [0x0D, 0x0A]) { rest.removeFirst() }
      guard rest.popFirst() == 0x0A else { return nil }
      rows.append(row)
      row = []
    }
    if !row.isEmpty { rows.append(row) }
    return rows
  }

  private static func cell(_ rest: inout ArraySlice<UInt8>) -> Cell? {
    if rest.first == 0x22 {
      rest.removeFirst()
      var cell = Cell(isQuoted: true)
      while let byte = rest.popFirst() {
        if byte == 0x22 {
          guard rest.first == 0x22 else { return cell }
          rest.removeFirst()
        }
        cell.bytes.append(byte)
      }
      return nil
    }
    let text = rest.prefix { $0 != 0x2C && $0 != 0x22 && ($0 >= 0x20 || $0 == 0x09) }
    rest = rest[text.endIndex...]
    var trimmed = text
    while trimmed.first == 0x20 { trimmed.removeFirst() }
    while trimmed.last == 0x20 { trimmed.removeLast() }
    return Cell(bytes: Array(trimmed))
  }
}
