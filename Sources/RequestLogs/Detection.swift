import ByteSources
import CreditCore

/// What the start of a log shows of its format; names of files say nothing.
struct Detection {
  /// Nil where no format fits, or where there is nothing.
  private(set) var format: LogFormat?
  /// Whether these are rejects of an earlier run.
  private(set) var isRejects = false
  /// Whether there is nothing but space.
  private(set) var isBlank = false
  /// Whether the first line that is not blank has its end.
  private(set) var hasLine = false

  /// Whether a line of the text starts as JSON does, and the first is no header of a table.
  private(set) var isJSON = false

  private let head: Bytes
  private var firstLine = Bytes.absent
  /// From 1.
  private var lineNumber = 1

  /// How many lines are looked at for one that an access log could have.
  private static let linesTried = 100

  /// Looks at the first bytes of a log.
  ///
  /// Throws ``BadInput`` for a text in another encoding than UTF-8, whatever its format, unless
  /// it is known to be one (`isText`).
  init(
    _ head: Bytes,
    isText: Bool,
    name: String,
    keys: RequestKeyTable,
    access: AccessLogFormat
  ) throws(BadInput) {
    self.head = head
    if !isText, let encoding = Self.encoding(of: head) {
      throw Self.refusal(of: encoding, head, name)
    }
    var start = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < head.count {
      let end = head.place(of: 0x0A, from: start) ?? head.count
      firstLine = Bytes(rebasing: head[start..<end])
      hasLine = end < head.count
      if !firstLine.isBlank { break }
      start = min(end + 1, head.count)
      lineNumber += 1
    }
    isBlank = firstLine.isBlank
    if isBlank { return }
    firstLine = firstLine.withoutReturn
    let text = Bytes(rebasing: head[start...])
    isJSON = Self.hasJSON(text)
    switch firstLine.first(where: { $0 > 0x20 }) {
    case 0x7B, 0x5B:
      let content = JSONDetection(text, firstLine: firstLine, keys: keys)
      isRejects = content.isRejects
      format =
        content.tells
        ? content.format
        : Self.laterFormat(text, keys: keys, access: nil) ?? content.format
    default:
      let header = Self.headerFormat(firstLine, keys: keys)
      if header != nil { isJSON = false }
      format = header ?? Self.laterFormat(text, keys: keys, access: access)
    }
  }

  private static func hasJSON(_ text: Bytes) -> Bool {
    var isLineStart = true
    for byte in text {
      if isLineStart, byte == 0x7B || byte == 0x5B { return true }
      if !byte.isJSONSpace { isLineStart = false } else if byte == 0x0A { isLineStart = true }
    }
    return false
  }

  /// The format of a table, by its header.
  private static func headerFormat(_ firstLine: Bytes, keys: RequestKeyTable) -> LogFormat? {
    let header = CSVHeader.recognised(firstLine, keys: keys)
    if !header.isRequest, let rows = BalanceTable.format(of: firstLine) { return rows }
    return header.known >= 2 || (header.known == 1 && header.columns >= 3) ? .csv : nil
  }

  /// The format of the first line that tells: those before may be damaged, as by a rotation.
  private static func laterFormat(
    _ text: Bytes,
    keys: RequestKeyTable,
    access: AccessLogFormat?
  ) -> LogFormat? {
    let parser = access.map { AccessLogLine(format: $0) }
    let record = LogRecord()
    var start = 0
    for _ in 0..<linesTried {
      guard start < text.count else { break }
      let end = text.place(of: 0x0A, from: start) ?? text.count
      let line = Bytes(rebasing: text[start..<end]).withoutReturn
      if let parser, parser.reads(line, into: record) { return .combined }
      if line.first(where: { $0 > 0x20 }) == 0x7B {
        let rest = Bytes(rebasing: text[start...])
        let content = JSONDetection(rest, firstLine: line, keys: keys)
        if content.tells { return content.format }
      }
      start = end + 1
    }
    return nil
  }

  // MARK: What cannot be read

  private static func encoding(of head: Bytes) -> String? {
    if head.starts(with: [0xFF, 0xFE, 0, 0]) { return "UTF-32" }
    if head.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    // Without a mark: every other byte of the first few is zero.
    guard head.count >= 8 else { return nil }
    let zeros = head.prefix(8).enumerated().filter { $0.element == 0 }.map(\.offset)
    if zeros == [0, 2, 4, 6] { return "UTF-16BE" }
    if zeros == [1, 3, 5, 7] { return "UTF-16LE" }
    if zeros == [0, 1, 2, 4, 5, 6] { return "UTF-32BE" }
    if zeros == [1, 2, 3, 5, 6, 7] { return "UTF-32LE" }
    return nil
  }

  private static func refusal(of encoding: String, _ head: Bytes, _ name: String) -> BadInput {
    BadInput(
      Diagnostic(
        "the text is \(encoding)",
        at: SourceMark(
          source: .bytesShown(UnsafeRawBufferPointer(head), name: name),
          line: 1,
          column: 1,
          width: 5
        ),
        expected: "UTF-8",
        hint: "iconv -f \(encoding) -t UTF-8 FILE | creditmeter ingest -"
      )
    )
  }

  /// Why nothing fits.
  func refusal(name: String) -> BadInput {
    if head.prefix(4_096).contains(0) { return binary(name) }
    let formats = LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
    var hint = "--input FORMAT says which it is, --log-format how an access log is written"
    if firstLine.count(where: { [0x2C, 0x3B, 0x09].contains($0) }) >= 2 {
      hint = "a CSV log starts with a row of names such as timestamp,method,path,status"
    }
    return BadInput(
      Diagnostic(
        "this is not a log that can be read",
        at: firstMark(name: name),
        expected: "one of \(formats)",
        hint: hint
      )
    )
  }

  /// Where the first line that is not blank starts.
  func firstMark(name: String) -> SourceMark {
    // A line of another shape at the end of a long text would be no help.
    let shown = Array(repeating: 0x0A, count: lineNumber - 1) + Array(firstLine.prefix(1_024))
    return SourceMark(source: SourceText(name: name, bytes: shown), line: lineNumber, column: 1)
  }

  private func binary(_ name: String) -> BadInput {
    let isTar = head.count > 262 && head[257..<262].elementsEqual("ustar".utf8)
    return BadInput(
      Diagnostic(
        isTar ? "the file is a tar archive" : "the file is binary, not text",
        at: SourceMark(
          source: .bytesShown(UnsafeRawBufferPointer(head), name: name),
          line: 1,
          column: 1,
          width: 2
        ),
        expected: "a log, plain or compressed with gzip or zstd",
        hint: isTar ? "unpack it first: tar -xOf FILE | creditmeter ingest -" : nil
      )
    )
  }
}

extension AccessLogLine {
  /// Whether a line has the format's shape, even if one of its values cannot be used.
  func reads(_ line: Bytes, into record: LogRecord) -> Bool {
    do throws(LogFault) { try decode(line, into: record) } catch {
      return ![.columns, .quote, .control, .time].contains(error.reason)
    }
    return true
  }
}
