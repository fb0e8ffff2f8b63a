import CreditCore

/// Reads rows of the provider's ledger or of its balances from comma-separated values.
final class BalanceTable: EntryReader {
  private let rows: CSVRows
  private let name: String
  private let keys: BalanceKeys
  private let latest: Instant?
  private let columns: [(key: BalanceKey, rank: Int)?]
  private let heading: [UInt8]
  private let arena = TextArena()

  init(_ window: ByteWindow, options: ReadOptions, keys: BalanceKeys) throws {
    rows = CSVRows(window)
    rows.isAppended = options.isAppended
    name = options.name
    latest = options.latest
    self.keys = keys
    let first = try rows.heading()
    heading = Array(first.bytes)
    let (separator, names) = Self.names(first.bytes, keys)
    columns = names.map { Self.meaning(of: $0.text, keys) }
    let place = CSVHeader.Place(line: first.bytes, number: first.number, file: options.name)
    try Self.check(names, columns, keys, place)
    rows.begin(separator, behind: first.number)
  }

  var consumed: Int { rows.consumed }

  func next() throws(EnvironmentFault) -> LogEntry? {
    while let row = try rows.next() {
      if let fault = row.fault { return .reject(reject(fault, row)) }
      if rows.fields.isBlank || row.bytes.elementsEqual(heading) { continue }
      do throws(LogFault) { return try entry(row.bytes) } catch {
        return .reject(reject(error, row))
      }
    }
    return nil
  }

  private func entry(_ bytes: Bytes) throws(LogFault) -> LogEntry {
    let fields = rows.fields.fields
    try CSVDecoder.requireColumns(columns.count, of: fields, in: bytes)
    arena.reset()
    var row = BalanceRow()
    for (column, field) in zip(columns, fields) {
      guard let column else { continue }
      let text = rows.fields.value(field, of: bytes, in: arena)
      let place = field.content.lowerBound
      if let stray = text.placeOfStray {
        throw .encoding(text[stray], at: place + stray, hint: CSVDecoder.encodingHint)
      }
      row.set(
        column.key,
        BalanceRow.Value(text: text, offset: place, isText: true, rank: column.rank)
      )
    }
    return try row.entry(keys, latest)
  }

  private func reject(_ fault: LogFault, _ row: CSVRows.Row) -> Reject {
    let heading = String(decoding: heading, as: UTF8.self)
    return Reject(fault, of: row.bytes, line: row.line, in: name, heading: heading)
  }

  // MARK: The header

  /// Which rows a header announces, if any.
  static func format(of header: Bytes) -> LogFormat? {
    for format in [LogFormat.transactions, .snapshots] {
      let keys = BalanceKeys(format)
      let (_, names) = names(header, keys)
      let known = Set(names.compactMap { meaning(of: $0.text, keys)?.key })
      let isBalance = known.contains(.balance) || known.contains(.used)
      if known.contains(.time), known.contains(.amount) || isBalance { return format }
    }
    return nil
  }

  /// The names of the columns, by the separator that shows most that are known.
  private static func names(
    _ line: Bytes,
    _ keys: BalanceKeys
  ) -> (separator: UInt8, names: [(text: String, start: Int)]) {
    var best: (separator: UInt8, names: [(text: String, start: Int)]) = (0x2C, [])
    var most = -1
    for separator in CSVHeader.separators {
      guard let names = CSVHeader.names(line, separator) else { continue }
      let known = names.count { meaning(of: $0.text, keys) != nil }
      if known > most { (most, best) = (known, (separator, names)) }
    }
    return best
  }

  private static func meaning(
    of name: String,
    _ keys: BalanceKeys
  ) -> (key: BalanceKey, rank: Int)? {
    for var name in CSVHeader.spellings(of: name) {
      if let known = name.withUTF8({ keys.find($0) }) { return known }
    }
    return nil
  }

  private static func check(
    _ names: [(text: String, start: Int)],
    _ columns: [(key: BalanceKey, rank: Int)?],
    _ keys: BalanceKeys,
    _ place: CSVHeader.Place
  ) throws(BadInput) {
    var seen: Set<String> = []
    for (text, start) in names where !text.isEmpty && !seen.insert(text).inserted {
      throw place.fault(
        "column \"\(text)\" stands twice in the header",
        at: start,
        expected: "each column once"
      )
    }
    let known = Set(columns.compactMap { $0?.key })
    let amounts: [BalanceKey] = keys.format == .transactions ? [.amount] : [.balance, .used, .tier]
    var missing = known.contains(.time) ? [] : [keys.name(.time)]
    if known.isDisjoint(with: amounts) { missing.append(keys.name(amounts[0])) }
    if missing.isEmpty { return }
    throw place.fault(
      "no column \(missing.joined(separator: ", ")); the columns are "
        + names.map { $0.text.isEmpty ? "(no name)" : $0.text }.joined(separator: ", "),
      at: 0,
      expected: "a header row with \(keys.name(.time)) and \(keys.name(amounts[0]))"
    )
  }
}
