import ByteSources
import CreditCore

/// Reads a log that has one request a line: newline-delimited JSON, and rejects of earlier runs.
final class NDJSONReader: EntryReader {
  private var lines: LinesAhead
  private let name: String
  private var object: RequestObject
  /// Takes the lines of an earlier run's rejects.
  private let rejects: RejectUnpacker?

  init(
    _ lines: LineSource,
    name: String,
    keys: RequestKeyTable,
    rejects: RejectUnpacker? = nil,
    passages: Passages? = nil
  ) {
    // What a line of rejects holds is read before the next.
    self.lines = LinesAhead(lines, passages: passages, isAhead: rejects == nil)
    self.name = name
    self.rejects = rejects
    object = RequestObject(keys: keys)
  }

  var consumed: Int { lines.consumed }

  func next() throws(EnvironmentFault) -> LogEntry? {
    if let entry = try rejects?.next() { return entry }
    return try lines.next { (line, record) throws(EnvironmentFault) in
      if line.isTooLong { return .other(.reject(line.tooLong(in: name))) }
      do throws(LogFault) {
        try object.decode(line.bytes, into: record)
        return .request
      } catch {
        if let rejects, error.reason == .missing, rejects.open(line.bytes, line: line.number) {
          return try rejects.next().map { .other($0) } ?? .nothing
        }
        // What is not UTF-8 throughout is that before all else.
        let stray = line.bytes.placeOfStray.map { LogFault.encoding(line.bytes[$0], at: $0) }
        return .other(.reject(line.reject(stray ?? error, in: name)))
      }
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
    Reject(fault, of: bytes, line: number, in: file)
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
