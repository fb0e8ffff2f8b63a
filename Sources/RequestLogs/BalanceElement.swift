import CreditCore

/// Reads a row of the provider's ledger or of its balances that is a JSON object.
struct BalanceElement: ElementDecoder {
  private let keys: BalanceKeys
  private let latest: Instant?
  private var row = BalanceRow()

  init(_ keys: BalanceKeys, latest: Instant?) {
    self.keys = keys
    self.latest = latest
  }

  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) -> LogEntry? {
    try bytes.requireObject("row")
    record.reset()
    row.removeAll()
    var cursor = JSONCursor(bytes, arena: record.arena)
    try take(&cursor, depth: 1)
    try cursor.finish()
    return try row.entry(keys, latest)
  }

  private mutating func take(_ cursor: inout JSONCursor, depth: Int) throws(LogFault) {
    try cursor.members { (name, cursor) throws(LogFault) in
      // An answer of the provider, with the time beside it.
      if depth == 1, keys.format == .snapshots, cursor.byte == 0x7B, name.equals("data") {
        return try take(&cursor, depth: 2)
      }
      guard let (key, rank) = keys.find(name) else {
        _ = try cursor.skipValue(depth: depth)
        return
      }
      let offset = cursor.offset
      switch cursor.byte {
      case 0x22:
        let text = try cursor.string()
        row.set(key, BalanceRow.Value(text: text, offset: offset + 1, isText: true, rank: rank))
      case 0x2D, 0x30...0x39:
        let text = try cursor.number()
        row.set(key, BalanceRow.Value(text: text, offset: offset, isText: false, rank: rank))
      default:
        let isNull = cursor.byte == 0x6E
        let kind = cursor.kind
        _ = try cursor.skipValue(depth: depth)
        // A lesser alias that holds something else says nothing to us.
        if isNull || !name.elementsEqual(keys.name(key).utf8) { return }
        throw LogFault(
          .type,
          at: offset,
          "\(name.shown) is \(kind)",
          expected: "a text or a number"
        )
      }
    }
  }
}
