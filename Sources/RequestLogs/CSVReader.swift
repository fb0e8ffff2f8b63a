import ByteSources
import CreditCore

/// Reads a log of comma-separated values whose header row names the keys.
final class CSVReader: EntryReader {
  private let rows: CSVRows
  private let name: String
  private let record = LogRecord()
  private let decoder: CSVDecoder
  private let heading: String

  /// Reads the header, so that a log without one is refused at once.
  init(_ window: ByteWindow, options: ReadOptions, keys: RequestKeyTable) throws {
    let rows = CSVRows(window)
    rows.isAppended = options.isAppended
    self.rows = rows
    name = options.name
    let first = try rows.heading()
    let header = try CSVHeader(first.bytes, number: first.number, keys: keys, file: options.name)
    rows.begin(header.separator, behind: first.number)
    decoder = CSVDecoder(header: header)
    heading = String(decoding: header.bytes, as: UTF8.self)
    record.heading = heading
  }

  var consumed: Int { rows.consumed }

  func next() throws(EnvironmentFault) -> LogEntry? {
    while let row = try rows.next() {
      record.line = row.line
      if let fault = row.fault { return .reject(reject(fault, row)) }
      if rows.fields.isBlank || row.bytes.elementsEqual(decoder.header.bytes) { continue }
      do throws(LogFault) {
        try decoder.decode(row.bytes, rows.fields, into: record)
        return .request(record)
      } catch {
        return .reject(reject(error, row))
      }
    }
    return nil
  }

  /// With the header before it, the row can be read by itself when it is mended.
  private func reject(_ fault: LogFault, _ row: CSVRows.Row) -> Reject {
    Reject(fault, of: row.bytes, line: row.line, in: name, heading: heading)
  }
}

/// The rows of a stream, each of at most ``LineSource/limit`` bytes.
final class CSVRows {
  struct Row {
    /// Without the line end; of a faulty row the first physical line.
    var bytes: Bytes
    /// The physical line on which it starts, from 1.
    var line: Int
    var fault: LogFault?
  }

  private let window: ByteWindow
  /// Reads the header, and passes over what has no end.
  private let lines: LineSource
  /// Whether a row without its line end is still awaited, rather than taken at the end.
  var isAppended = false
  /// The fields of the last row.
  private(set) var fields = CSVRow(separator: 0x2C)
  private var line = 1

  var consumed: Int { window.consumed }

  init(_ window: ByteWindow) {
    self.window = window
    lines = LineSource(window)
  }

  /// The first row that is not blank, and its line; valid until the next row is read.
  func heading() throws(EnvironmentFault) -> (bytes: Bytes, number: Int) {
    while let first = try lines.next() {
      if !first.bytes.isBlank { return (first.bytes, first.number) }
    }
    return (.absent, 1)
  }

  /// Takes a separator for all rows behind the heading.
  func begin(_ separator: UInt8, behind line: Int) {
    fields = CSVRow(separator: separator)
    self.line = line + 1
  }

  /// The next row, or nil where there is none now; its fields are in ``fields``.
  func next() throws(EnvironmentFault) -> Row? {
    while true {
      if window.count == 0, try !window.fill() { return nil }
      if !isLong, let row = try scan(isAtEnd: false) { return row }
      if window.count > LineSource.limit { return try tooLong() }
      if try window.fill() { continue }
      if isAppended { return nil }
      return try scan(isAtEnd: true)
    }
  }

  private var isLong: Bool { window.count > LineSource.limit && unfinishedAt == window.consumed }
  /// Where in the stream the row starts that is not finished yet.
  private var unfinishedAt = -1

  private func scan(isAtEnd: Bool) throws(EnvironmentFault) -> Row? {
    let bytes = window.bytes
    switch fields.scan(bytes, isAtEnd: isAtEnd) {
    case .row(let end, let next):
      let row = Row(bytes: Bytes(rebasing: bytes[..<end]), line: line)
      line += fields.hasQuotes ? bytes[..<next].count { $0 == 0x0A } : 1
      window.consume(next)
      if end <= LineSource.limit { return row }
      let start = Bytes(rebasing: row.bytes.prefix(LineSource.excerpt))
      return Row(bytes: start, line: row.line, fault: Self.long)
    case .fault(let fault): return firstLine(fault)
    case .unfinished(let quote):
      unfinishedAt = window.consumed
      if isAtEnd, let quote { return firstLine(quote) }
      return nil
    }
  }

  /// Gives up a faulty row's first line only: what follows may be rows of their own.
  private func firstLine(_ fault: LogFault) -> Row {
    let bytes = window.bytes
    let end = bytes.place(of: 0x0A, from: 0)
    var count = end ?? bytes.count
    if count > 0, bytes[count - 1] == 0x0D { count -= 1 }
    // A quote that is closed on a later line, where the row then goes wrong, was to end on its own.
    let open = fields.fields.first { $0.start < count && $0.content.upperBound > count }
    let fault = open.map { CSVRow.unclosed(at: $0.start) } ?? fault
    defer {
      window.consume(end.map { $0 + 1 } ?? bytes.count)
      line += 1
    }
    return Row(bytes: Bytes(rebasing: bytes[..<count]), line: line, fault: fault)
  }

  /// A row longer than a row may be: a quote that is not closed, or one endless line.
  private func tooLong() throws(EnvironmentFault) -> Row {
    if case .unfinished(let quote?) = fields.scan(window.bytes, isAtEnd: false),
      window.bytes.place(of: 0x0A, from: 0) != nil
    {
      return firstLine(quote)
    }
    let start = line
    line += 1
    let long = try lines.next()
    return Row(bytes: long?.bytes ?? .absent, line: start, fault: Self.long)
  }

  private static let long = LogFault(
    .tooLong,
    at: 0,
    "the row is longer than \(LineSource.limit >> 20) MiB",
    expected: "one request a row"
  )
}
