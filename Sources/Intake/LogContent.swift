import ByteSources
import CreditCore
import RequestLogs

/// A log that cannot be read, or not to its end; the others can.
public struct UnreadableLog: Error {
  /// ``BadInput`` or ``EnvironmentFault``.
  public let cause: any Error
  /// Whether what is written to it later may make it readable.
  var isEarly = false

  init(cause: any Error) {
    self.cause = (cause as? UnknownFormat)?.refusal ?? cause
    isEarly = cause is UnknownFormat
  }
}

/// What one log holds, whose faults are told from those of the database.
struct LogContent {
  private let reader: any EntryReader

  /// A log that is whole, compressed or not.
  ///
  /// Throws ``UnreadableLog``.
  init(
    _ source: any ByteSource,
    name: String,
    _ options: IngestWorkflow.Options,
    _ memory: (any PassageMemory)? = nil
  ) throws {
    reader = try Self.naming {
      try LogReader.open(
        Decompressed.open(source, name: name),
        format: options.format,
        options: options.readOptions(name: name),
        memory: memory
      )
    }
  }

  /// A log that is read as `format`, from its start; one that is still written keeps a line
  /// without an end for later.
  init(
    _ source: any ByteSource,
    name: String,
    format: LogFormat?,
    isAppended: Bool,
    _ options: IngestWorkflow.Options
  ) throws {
    reader = try Self.naming {
      var readOptions = options.readOptions(name: name)
      readOptions.isAppended = isAppended
      return try LogReader.open(source, format: format, options: readOptions)
    }
  }

  /// The next entry, or nil where there is none now.
  @inline(__always)
  func next() throws -> LogEntry? {
    do { return try reader.next() } catch { throw UnreadableLog(cause: error) }
  }

  /// Bytes up to the end of the last entry.
  var consumed: Int { reader.consumed }

  /// Runs what only reads.
  static func naming<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw UnreadableLog(cause: error) }
  }
}

extension IngestWorkflow.Options {
  /// What decides, besides its bytes, which requests a log has.
  var terms: [String] {
    let parts: [[String]] = [
      [source],
      [format?.rawValue].compactMap(\.self),
      [logFormat].compactMap(\.self),
      [org].compactMap(\.self),
      tags.flatMap { [$0.name, $0.value] },
      mapped.flatMap { [$0.key, $0.name] },
      steps.sorted { $0.key < $1.key }.flatMap { [$0.key, String($0.value)] },
    ]
    return parts.flatMap { [String($0.count)] + $0 }
  }

  func readOptions(name: String) -> ReadOptions {
    var options = ReadOptions(name: name)
    options.mapped = mapped
    options.logFormat = logFormat
    options.latest = latest
    return options
  }
}
