import ByteSources
import CreditCore
import RequestLogs

/// All that a reader makes of a log.
struct LogReading: Equatable {
  struct Facts: Equatable {
    var time: Int64
    var method: [UInt8]?
    var path: [UInt8]?
    var query: [UInt8]?
    var status: Int?
    var requestID: [UInt8]?
    var org: [UInt8]?
    var key: [UInt8]?
    var operation: [UInt8]?
    var replayed: Bool
    var credits: Credits?
    var usage: [String]
    var tags: [UInt8]?
    var bodies: [[UInt8]?]
    var raw: [UInt8]
    var readable: [UInt8]
    var line: Int
  }

  enum Entry: Equatable {
    case request(Facts)
    case transaction(LedgerEntry)
    case snapshot(Snapshot)
    case reject(Reject)
  }

  private(set) var entries: [Entry] = []
  /// The message with which the whole log is refused.
  private(set) var refusal: String?

  /// Reads a log whose source gives `step` bytes at a time.
  init(_ bytes: [UInt8], _ format: LogFormat?, step: Int = .max) throws {
    do {
      let source = SteppedSource(bytes, step: step)
      let reader = try LogReader.open(source, format: format, options: ReadOptions(name: "log"))
      var before = 0
      while let entry = try reader.next() {
        if let copy = Self.copy(entry) { entries.append(copy) }
        try require(reader.consumed >= before, "reading goes backwards")
        before = reader.consumed
      }
      try require(reader.consumed <= bytes.count, "more was read than there is")
    } catch let bad as BadInput {
      refusal = bad.brief
      let lines = bad.brief.split(separator: "\n", omittingEmptySubsequences: false)
      try require(lines.count <= 10, "a message of \(lines.count) lines")
      let isSound = lines.allSatisfy { $0.isEmpty || isPlain(String($0)) }
      try require(isSound, "a message with control characters: \(bad.brief)")
    } catch let fault as EnvironmentFault {
      throw Finding(description: "memory could not be read: \(fault)")
    }
  }

  var rejects: [Reject] {
    entries.compactMap { if case .reject(let reject) = $0 { reject } else { nil } }
  }

  var requests: [Facts] {
    entries.compactMap { if case .request(let facts) = $0 { facts } else { nil } }
  }

  private static func copy(_ entry: LogEntry) -> Entry? {
    switch entry {
    case .reject(let reject): .reject(reject)
    case .transaction(let entry): .transaction(entry)
    case .snapshot(let snapshot): .snapshot(snapshot)
    case .request(let record): .request(Facts(record))
    // Of logs that are read with a memory.
    case .known, .passageEnd: nil
    }
  }
}

extension LogReading.Facts {
  init(_ record: LogRecord) {
    func copy(_ bytes: Bytes) -> [UInt8]? { bytes.isAbsent ? nil : Array(bytes) }
    self.init(
      time: record.time.microseconds,
      method: copy(record.method),
      path: copy(record.path),
      query: copy(record.query),
      status: record.status,
      requestID: copy(record.requestID),
      org: copy(record.org),
      key: copy(record.idempotencyKey),
      operation: copy(record.operation),
      replayed: record.replayed,
      credits: record.creditsCharged,
      usage: record.usage.map { "\($0.unit.rawValue) \($0.quantity)" },
      tags: copy(record.tags),
      bodies: [copy(record.requestBody), copy(record.responseBody)],
      raw: Array(record.raw),
      readable: Array(record.readable),
      line: record.line
    )
  }
}

/// A source that gives few bytes at a time, as a pipe may.
private final class SteppedSource: ByteSource {
  private let bytes: [UInt8]
  private let step: Int
  private var offset = 0

  init(_ bytes: [UInt8], step: Int) {
    self.bytes = bytes
    self.step = step
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(step, buffer.count, bytes.count - offset)
    buffer.copyBytes(from: bytes[offset..<(offset + count)])
    offset += count
    return count
  }
}
