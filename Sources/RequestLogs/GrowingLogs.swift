import ByteSources
public import CreditCore

extension LogFormat {
  /// Whether a log of this format can be read while it is written: it grows by whole lines.
  public var growsByLines: Bool {
    switch self {
    case .ndjson, .csv, .combined: true
    case .json, .har, .otlp, .transactions, .snapshots: false
    }
  }
}

/// A log whose first lines tell nothing; those to come may.
public struct UnknownFormat: Error {
  public let refusal: BadInput
}

extension LogReader {
  /// As many bytes as the format of a log is found out from.
  public static let previewSize = 64 << 10

  /// The format of a log that is still written, by its first bytes; nil while there is no whole
  /// line of it yet.
  ///
  /// Throws ``UnknownFormat`` where none fits so far, and ``BadInput`` where none can.
  public static func growingFormat(
    of head: [UInt8],
    format: LogFormat?,
    options: ReadOptions
  ) throws -> LogFormat? {
    let settings = try LogSettings(format: format, options: options)
    return try head.withUnsafeBufferPointer { bytes in
      let found = try Detection(
        bytes,
        isText: false,
        name: options.name,
        keys: settings.keys,
        access: settings.accessFormat ?? .usual
      )
      // A first line that is longer than what is looked at is not awaited.
      if (found.isBlank || !found.hasLine) && head.count < previewSize { return nil }
      if found.isRejects { return .ndjson }
      let given = format ?? settings.accessFormat.map { _ in .combined }
      guard let format = given ?? found.format else {
        let refusal = found.refusal(name: options.name)
        let isEarly = head.count < previewSize && !head.contains(0)
        throw isEarly ? UnknownFormat(refusal: refusal) : refusal
      }
      if !format.growsByLines { throw refusal(of: format, bytes, options.name) }
      return format
    }
  }

  private static func refusal(of format: LogFormat, _ head: Bytes, _ name: String) -> BadInput {
    let shown = Array(head.prefix(1_024).prefix { $0 != 0x0A })
    return BadInput(
      Diagnostic(
        "a log in the format \(format.rawValue) cannot be followed",
        at: SourceMark(source: SourceText(name: name, bytes: shown), line: 1, column: 1),
        expected: "a log that grows by lines: ndjson, csv or combined",
        hint: "creditmeter ingest \(name) reads it as it is"
      )
    )
  }
}
