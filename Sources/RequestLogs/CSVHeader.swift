import CreditCore

/// The header row of a CSV log: what each of its columns means.
struct CSVHeader {
  enum Column: Equatable {
    case ignored
    /// The name's rank: the lower one counts where a row has several names of one key.
    case key(RequestKey, rank: UInt8)
    /// `usage.UNIT`
    case usage(Unit)
    /// `tags.NAME`, as the start of a JSON member: `"NAME":`
    case tag([UInt8])
  }

  /// Commas first: the others only where they show more names.
  static let separators: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]

  let separator: UInt8
  let columns: [Column]
  /// Each key's columns, in the order in which they count.
  let keyColumns: [(key: RequestKey, index: Int)]
  /// The row itself, without line end.
  let bytes: [UInt8]

  /// How much of a line reads as a header: columns that have a meaning, and all of them.
  static func recognised(
    _ line: Bytes,
    keys: RequestKeyTable
  ) -> (known: Int, columns: Int, isRequest: Bool) {
    var best = (known: 0, columns: 0, isRequest: false)
    for separator in separators {
      guard let names = names(line, separator) else { continue }
      let known = names.count { meaning(of: $0.text, keys) != nil || isDotted($0.text) }
      if known > best.known || (known == best.known && names.count > best.columns) {
        let isRequest = names.contains {
          [.method, .path, .operation].contains(meaning(of: $0.text, keys)?.key)
        }
        best = (known, names.count, isRequest)
      }
    }
    return best
  }

  /// Reads the header of the log `file`.
  init(_ line: Bytes, number: Int, keys: RequestKeyTable, file: String) throws(BadInput) {
    bytes = Array(line)
    // Of equals the first: a comma.
    let counts = Self.separators.map { separator in
      Self.names(line, separator)?.count { Self.meaning(of: $0.text, keys) != nil } ?? -1
    }
    let best = counts.indices.max {
      counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 > $1)
    }
    separator = Self.separators[best ?? 0]
    let place = Place(line: line, number: number, file: file)
    guard let names = Self.names(line, separator) else {
      throw place.fault("the header row cannot be read", at: 0, expected: "names in one row")
    }
    var columns: [Column] = []
    for name in names {
      columns.append(try Self.column(name.text, at: name.start, keys: keys, place))
    }
    try Self.checkRepeats(names, columns, place)
    self.columns = columns
    let found = columns.enumerated().compactMap { index, column in
      if case .key(let key, let rank) = column { return (key: key, rank: rank, index: index) }
      return nil
    }
    keyColumns = found.sorted { ($0.key.rawValue, $0.rank) < ($1.key.rawValue, $1.rank) }
      .map { ($0.key, $0.index) }
    let has = Set(found.map(\.key))
    if has.contains(.timestamp), has.isSuperset(of: [.method, .path]) || has.contains(.operation) {
      return
    }
    let missing = [RequestKey.timestamp, .method, .path].filter { !has.contains($0) }
      .compactMap(\.names.first)
    throw place.fault(
      "no column \(missing.joined(separator: ", ")); the columns are "
        + names.map { $0.text.isEmpty ? "(no name)" : $0.text }.joined(separator: ", "),
      at: 0,
      expected: "a header row with timestamp, method and path",
      hint: "--map \(missing.first ?? "timestamp")=NAME reads a column of another name"
    )
  }

  static func names(_ line: Bytes, _ separator: UInt8) -> [(text: String, start: Int)]? {
    var row = CSVRow(separator: separator)
    guard case .row = row.scan(line, isAtEnd: true) else { return nil }
    let arena = TextArena()
    return row.fields.map { field in
      let text = row.value(field, of: line, in: arena).text
      return (String(text.drop { $0 == " " }), field.start)
    }
  }

  /// A name as it is, and as it would be if a spreadsheet had not written it (`Request ID`).
  static func spellings(of name: String) -> [String] {
    [name, name.lowercased().split(separator: " ").joined(separator: "_")]
  }

  private static func meaning(of name: String, _ keys: RequestKeyTable) -> RequestKeyTable.Name? {
    for var name in spellings(of: name) {
      if let known = name.withUTF8({ keys.find($0) }) { return known }
    }
    return nil
  }

  private static func isDotted(_ name: String) -> Bool {
    name.hasPrefix("usage.") || name.hasPrefix("tags.")
  }

  private static func column(
    _ name: String,
    at start: Int,
    keys: RequestKeyTable,
    _ place: Place
  ) throws(BadInput) -> Column {
    if let known = meaning(of: name, keys) { return .key(known.key, rank: known.rank) }
    if name.hasPrefix("usage.") {
      let unit = Array(name.dropFirst("usage.".count).utf8)
      do throws(LogFault) {
        return .usage(
          try unit.withUnsafeBufferPointer { (bytes) throws(LogFault) in
            try RequestValues.unit(bytes, at: 0)
          }
        )
      } catch {
        throw place.fault(error.message, at: start, expected: error.expected, hint: error.hint)
      }
    }
    if name.hasPrefix("tags."), name.count > "tags.".count {
      return .tag(jsonText(name.dropFirst("tags.".count).utf8) + [0x3A])
    }
    return .ignored
  }

  private static func checkRepeats(
    _ names: [(text: String, start: Int)],
    _ columns: [Column],
    _ place: Place
  ) throws(BadInput) {
    var seen: Set<String> = []
    for (index, (text, start)) in names.enumerated() where !text.isEmpty {
      let isNew = seen.insert(text).inserted
      let isSameKey = columns[index] != .ignored && columns[..<index].contains(columns[index])
      if isNew, !isSameKey { continue }
      throw place.fault(
        "column \"\(text)\" stands twice in the header",
        at: start,
        expected: "each column once"
      )
    }
    for (key, prefix) in [(RequestKey.usage, "usage."), (.tags, "tags.")] {
      let hasKey = columns.contains {
        if case .key(key, _) = $0 { return true }
        return false
      }
      guard hasKey, let (text, start) = names.first(where: { $0.text.hasPrefix(prefix) }) else {
        continue
      }
      throw place.fault(
        "column \"\(text)\" stands beside a column that holds the whole object",
        at: start,
        expected: "one of the two"
      )
    }
  }

  struct Place {
    let line: Bytes
    let number: Int
    let file: String

    func fault(
      _ message: String,
      at offset: Int,
      expected: String?,
      hint: String? = nil
    ) -> BadInput {
      let before = Bytes(rebasing: line[..<min(offset, line.count)])
      // Blank lines may stand before the header.
      let bytes = Array(repeating: 0x0A, count: number - 1) + Array(line)
      let mark = SourceMark(
        source: SourceText(name: file, bytes: bytes),
        line: number,
        column: before.count { $0 & 0xC0 != 0x80 } + 1
      )
      return BadInput(Diagnostic(message, at: mark, expected: expected, hint: hint))
    }
  }
}

/// A JSON text with its quotes and escapes.
func jsonText(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var text: [UInt8] = [0x22]
  for byte in bytes {
    switch byte {
    case 0x22, 0x5C: text += [0x5C, byte]
    case 0..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      text += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    default: text.append(byte)
    }
  }
  text.append(0x22)
  return text
}
