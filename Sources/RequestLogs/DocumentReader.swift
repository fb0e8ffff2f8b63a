import CreditCore

/// Reads one element of a document.
protocol ElementDecoder {
  /// What the element that `bytes` are says, or nil for one that is none of ours.
  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) -> LogEntry?
}

/// Reads a log that is one JSON document, or several one after another.
final class DocumentReader<Decoder: ElementDecoder>: EntryReader {
  private let source: ElementSource
  private let record = LogRecord()
  private var decoder: Decoder

  init(_ source: ElementSource, _ decoder: Decoder) {
    self.source = source
    self.decoder = decoder
  }

  var consumed: Int { source.consumed }

  func next() throws(EnvironmentFault) -> LogEntry? {
    while let step = try source.next() {
      switch step {
      case .reject(let reject): return .reject(reject)
      case .element(let bytes):
        record.line = source.position.line
        record.column = source.position.column
        do throws(LogFault) {
          if let entry = try decoder.decode(bytes, into: record) { return entry }
        } catch {
          return .reject(source.rejectElement(error))
        }
      }
    }
    return nil
  }
}

/// Reads a request of a list.
struct RequestElement: ElementDecoder {
  private var object: RequestObject

  init(keys: RequestKeyTable) { object = RequestObject(keys: keys) }

  mutating func decode(_ bytes: Bytes, into record: LogRecord) throws(LogFault) -> LogEntry? {
    try bytes.requireObject("request")
    try object.decode(bytes, into: record)
    return .request(record)
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Makes sure that an element is an object.
  func requireObject(_ element: String) throws(LogFault) {
    if first == 0x7B { return }
    var cursor = JSONCursor(self, arena: TextArena())
    _ = try cursor.skipValue()
    try cursor.finish()
    cursor.at = cursor.base
    let article = element.hasPrefix("e") ? "an" : "a"
    throw cursor.fault(
      "\(cursor.seen) where \(article) \(element) belongs",
      .type,
      expected: "an object"
    )
  }
}
