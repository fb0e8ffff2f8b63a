import ByteSources
public import CreditCore

/// Reads a log that has one request a line: newline-delimited JSON, and rejects of earlier runs.
///
/// Some lines are read before the first of them is dealt with: the code that reads them and the code
/// that deals with them are too much for the processor's own memory together.
final class NDJSONReader: EntryReader {
  /// Lines that are read ahead.
  private static let aheadLimit = 8

  private let lines: LineSource
  private let name: String
  private var object: RequestObject
  /// Takes the lines of an earlier run's rejects.
  private let rejects: RejectUnpacker?
  private var passages: Passages?
  /// One for each line that is read ahead.
  private let records: [LogRecord]
  /// How many of them hold a request, and how many of these were given.
  private var filled = 0
  private var given = 0
  /// What comes behind them.
  private var other: LogEntry?
  private(set) var consumed: Int

  init(
    _ lines: LineSource,
    name: String,
    keys: RequestKeyTable,
    rejects: RejectUnpacker? = nil,
    passages: Passages? = nil
  ) {
    self.lines = lines
    self.name = name
    self.rejects = rejects
    self.passages = passages
    consumed = lines.consumed
    // What a line of rejects holds is read before the next.
    records = (0..<(rejects == nil ? Self.aheadLimit : 1)).map { _ in LogRecord() }
    object = RequestObject(keys: keys)
  }

  func next() throws(EnvironmentFault) -> LogEntry? {
    if let entry = try rejects?.next() { return entry }
    if given == filled, other == nil { try readAhead() }
    if given < filled {
      let record = records[given]
      given += 1
      consumed = record.end
      return .request(record)
    }
    consumed = lines.consumed
    return other.take()
  }

  /// Reads lines up to one that is no request, as long as those before them stay where they are.
  private func readAhead() throws(EnvironmentFault) {
    (filled, given) = (0, 0)
    while filled < records.count, other == nil {
      if passages?.isOver(lines) == true {
        if filled > 0 { return }
        other = try passages?.next(lines)
        if other != nil { return }
      }
      guard let line = try lines.next(mayMove: filled == 0) else { return }
      if !line.bytes.isBlank { other = try take(line) }
    }
  }

  /// Reads a line into the next record, or tells what else it is.
  @inline(__always)
  private func take(_ line: LineSource.Line) throws(EnvironmentFault) -> LogEntry? {
    if line.isTooLong { return .reject(line.tooLong(in: name)) }
    let record = records[filled]
    record.line = line.number
    do throws(LogFault) {
      try object.decode(line.bytes, into: record)
      record.end = lines.consumed
      filled += 1
      return nil
    } catch {
      if let rejects, error.reason == .missing, rejects.open(line.bytes, line: line.number) {
        return try rejects.next()
      }
      // What is not UTF-8 throughout is that before all else.
      let stray = line.bytes.placeOfStray.map { LogFault.encoding(line.bytes[$0], at: $0) }
      return .reject(line.reject(stray ?? error, in: name))
    }
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Whether there is nothing but space.
  @inline(__always)
  var isBlank: Bool {
    for byte in self {
      if byte > 0x20 { return false }
      if byte != 0x20, byte != 0x09, byte != 0x0D, byte != 0x0A { return false }
    }
    return true
  }
}

extension LineSource.Line {
  func reject(_ fault: LogFault, in file: String) -> Reject {
    Reject(fault, of: bytes, line: number, in: file, raw: nil)
  }

  func tooLong(in file: String) -> Reject {
    let fault = LogFault(
      .tooLong,
      at: 0,
      "the line is longer than \(LineSource.limit >> 20) MiB",
      expected: "one request a line"
    )
    return reject(fault, in: file)
  }
}

extension Reject {
  /// Ends what is left of a line that was too long.
  static let cut = "…"

  /// A fault in a text that starts on physical line `line`, in column `column`.
  public init(
    _ fault: LogFault,
    of text: Bytes,
    line: Int,
    column: Int = 1,
    in file: String,
    raw: String?
  ) {
    let start = TextPosition(line: line, column: column)
    self.init(fault, of: text, from: start, in: file, raw: raw)
  }
}
