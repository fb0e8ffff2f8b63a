import ByteSources
import CreditCore

/// Reads access logs of web servers.
final class AccessLogReader: EntryReader {
  private let lines: LineSource
  private let name: String
  private let record = LogRecord()
  private let parser: AccessLogLine

  init(_ lines: LineSource, name: String, format: AccessLogFormat) {
    self.lines = lines
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
    while let line = try lines.next() {
      if line.bytes.isBlank { continue }
      if line.isTooLong { return .reject(line.tooLong(in: name)) }
      record.line = line.number
      do throws(LogFault) {
        try parser.decode(line.bytes, into: record)
        return .request(record)
      } catch {
        return .reject(line.reject(line.bytes.first == 0x7B ? Self.object : error, in: name))
      }
    }
    return nil
  }
}
