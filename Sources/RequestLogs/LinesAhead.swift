import CreditCore

/// Gives what lines hold, and reads some before the first is dealt with: the code that reads them
/// and the code that deals with them are too much for the processor's own memory together.
struct LinesAhead {
  /// What a line holds.
  enum Content {
    /// A request, which the record has.
    case request
    case other(LogEntry)
    case nothing
  }

  private static let limit = 8

  private let lines: LineSource
  private var passages: Passages?
  /// One for each line that is read ahead.
  private let records: [LogRecord]
  /// How many of them hold a request, and how many of these were given.
  private var filled = 0
  private var given = 0
  /// What comes behind them.
  private var other: LogEntry?
  /// Bytes of the stream up to the end of the last entry that was given.
  private(set) var consumed: Int

  /// `isAhead`: whether more than one line is read at a time.
  init(_ lines: LineSource, passages: Passages? = nil, isAhead: Bool = true) {
    self.lines = lines
    self.passages = passages
    records = (0..<(isAhead ? Self.limit : 1)).map { _ in LogRecord() }
    consumed = lines.consumed
  }

  /// The next entry, or nil where there is none now; `read` reads a line into a record.
  @inline(__always)
  mutating func next(
    _ read: (LineSource.Line, LogRecord) throws(EnvironmentFault) -> Content
  ) throws(EnvironmentFault) -> LogEntry? {
    if given == filled, other == nil { try readAhead(read) }
    if given < filled {
      let record = records[given]
      given += 1
      consumed = record.end
      return .request(record)
    }
    consumed = lines.consumed
    return other.take()
  }

  /// Reads lines up to one that holds no request, as long as those before it stay where they are.
  @inline(__always)
  private mutating func readAhead(
    _ read: (LineSource.Line, LogRecord) throws(EnvironmentFault) -> Content
  ) throws(EnvironmentFault) {
    (filled, given) = (0, 0)
    while filled < records.count, other == nil {
      if passages?.isOver(lines) == true {
        if filled > 0 { return }
        other = try passages?.next(lines)
        if other != nil { return }
      }
      guard let line = try lines.next(mayMove: filled == 0) else { return }
      if line.bytes.isBlank { continue }
      let record = records[filled]
      record.line = line.number
      switch try read(line, record) {
      case .request:
        record.end = lines.consumed
        filled += 1
      case .other(let entry): other = entry
      case .nothing: break
      }
    }
  }
}
