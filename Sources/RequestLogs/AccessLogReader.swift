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

  func next() throws(EnvironmentFault) -> LogEntry? {
    while let line = try lines.next() {
      if line.bytes.isBlank { continue }
      if line.isTooLong { return .reject(line.tooLong(in: name)) }
      record.line = line.number
      do throws(LogFault) {
        try parser.decode(line.bytes, into: record)
        return .request(record)
      } catch {
        return .reject(line.reject(error, in: name))
      }
    }
    return nil
  }
}
