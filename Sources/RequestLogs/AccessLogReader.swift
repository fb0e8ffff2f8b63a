import ByteSources
import CreditCore

/// Reads access logs of web servers.
final class AccessLogReader: EntryReader {
  private var lines: LinesAhead
  private let name: String
  private let parser: AccessLogLine

  init(_ lines: LineSource, name: String, format: AccessLogFormat) {
    self.lines = LinesAhead(lines)
    self.name = name
    parser = AccessLogLine(format: format)
  }

  var consumed: Int { lines.consumed }

  private static let object = LogFault(
    .format,
    at: 0,
    "a JSON object stands in an access log",
    expected: "one format in a file",
    hint: "its reject is read as JSON"
  )

  func next() throws(EnvironmentFault) -> LogEntry? {
    try lines.next { (line, record) throws(EnvironmentFault) in
      if line.isTooLong { return .other(.reject(line.tooLong(in: name))) }
      do throws(LogFault) {
        try parser.decode(line.bytes, into: record)
        return .request
      } catch {
        let fault = line.bytes.first == 0x7B ? Self.object : error
        return .other(.reject(line.reject(fault, in: name)))
      }
    }
  }
}
