public import ByteSources
import CreditCore

/// Opens logs: finds out what a stream of bytes holds, and reads it.
public enum LogReader {
  /// A reader of `source`, which stands at the start of the log; without a format, one that its
  /// content shows.
  ///
  /// Throws ``BadInput`` where no format fits, and ``EnvironmentFault`` where the log cannot be
  /// read. A log with nothing in it is read in any format.
  ///
  /// `memory` tells passages of newline-delimited JSON that need not be read.
  public static func open(
    _ source: any ByteSource,
    format: LogFormat?,
    options: ReadOptions,
    memory: (any PassageMemory)? = nil
  ) throws -> any EntryReader {
    var settings = try LogSettings(format: format, options: options)
    settings.passages = memory.map { Passages($0) }
    return try open(ByteWindow(source), settings, mayUnpack: true)
  }

  /// As above; where it `mayUnpack`, rejects of an earlier run are taken out of their lines.
  static func open(
    _ window: ByteWindow,
    _ settings: LogSettings,
    mayUnpack: Bool
  ) throws -> any EntryReader {
    let found = try settings.detect(window)
    if found.isBlank || !found.hasLine, settings.options.isAppended,
      window.count <= LineSource.limit
    {
      return LateReader(window, settings)
    }
    if found.isBlank { return settings.ndjson(window) }
    if found.isRejects, mayUnpack { return settings.ndjson(window, unpacksRejects: true) }
    guard let given = settings.format ?? settings.accessFormat.map({ _ in .combined }) else {
      guard let format = found.format ?? settings.fallback else {
        throw found.refusal(name: settings.options.name)
      }
      return try reader(window, format, settings)
    }
    // A single reject says what is wrong with it by itself.
    guard mayUnpack, let fitting = found.format, fitting != given else {
      return try reader(window, given, settings)
    }
    let mark = found.firstMark(name: settings.options.name)
    let misfit = Misfit(given: given, fitting: fitting, mark: mark)
    do { return ProbedReader(try reader(window, given, settings), misfit) } catch is BadInput {
      throw misfit.badInput
    }
  }

  private static func reader(
    _ window: ByteWindow,
    _ format: LogFormat,
    _ settings: LogSettings
  ) throws -> any EntryReader {
    switch format {
    case .ndjson: settings.ndjson(window)
    case .csv: try CSVReader(window, options: settings.options, keys: settings.keys)
    case .combined:
      AccessLogReader(
        settings.lines(window),
        name: settings.options.name,
        format: settings.accessFormat ?? .usual
      )
    case .json:
      DocumentReader(
        settings.elements(window, .requests(settings.keys)),
        RequestElement(keys: settings.keys)
      )
    case .har: DocumentReader(settings.elements(window, .archive), HAREntry())
    case .otlp: DocumentReader(settings.elements(window, .traces), OTLPSpan())
    case .transactions, .snapshots: try balances(window, format, settings)
    }
  }

  /// Rows of the provider's ledger or of its balances, as JSON or as a table.
  private static func balances(
    _ window: ByteWindow,
    _ format: LogFormat,
    _ settings: LogSettings
  ) throws -> any EntryReader {
    let keys = BalanceKeys(format, mapped: settings.options.mapped)
    if try settings.detect(window).isJSON {
      return DocumentReader(
        settings.elements(window, .balances(keys)),
        BalanceElement(keys, latest: settings.options.latest)
      )
    }
    return try BalanceTable(window, options: settings.options, keys: keys)
  }
}

/// What the person who reads a log knows of it, checked once.
struct LogSettings {
  let format: LogFormat?
  let options: ReadOptions
  let keys: RequestKeyTable
  /// The format of `--log-format`.
  let accessFormat: AccessLogFormat?
  /// What a log is read as that looks like none.
  var fallback: LogFormat?
  var passages: Passages?

  init(format: LogFormat?, options: ReadOptions) throws(BadInput) {
    self.format = format
    self.options = options
    keys = options.mapped.isEmpty ? .usual : try RequestKeyTable(options.mapped)
    if let text = options.logFormat {
      accessFormat = try AccessLogFormat(text, keys: keys)
    } else {
      accessFormat = nil
    }
  }

  /// The same with other options, which are of no matter to names and formats.
  init(_ other: LogSettings, options: ReadOptions) {
    format = other.format
    self.options = options
    keys = other.keys
    accessFormat = other.accessFormat
  }

  func detect(_ window: ByteWindow) throws(BadInput) -> Detection {
    try Detection(
      window.preview(),
      isText: fallback != nil,
      name: options.name,
      keys: keys,
      access: accessFormat ?? .usual
    )
  }

  func lines(_ window: ByteWindow) -> LineSource {
    let lines = LineSource(window)
    lines.isAppended = options.isAppended
    return lines
  }

  func elements(_ window: ByteWindow, _ shape: DocumentShape) -> ElementSource {
    let elements = ElementSource(window, shape: shape, name: options.name)
    elements.isAppended = options.isAppended
    return elements
  }

  func ndjson(_ window: ByteWindow, unpacksRejects: Bool = false) -> NDJSONReader {
    let lines = lines(window)
    if unpacksRejects { lines.limit = RejectUnpacker.lineLimit }
    return NDJSONReader(
      lines,
      name: options.name,
      keys: keys,
      rejects: unpacksRejects ? RejectUnpacker(self) : nil,
      passages: unpacksRejects ? nil : passages
    )
  }
}

/// Waits for the first whole line of a log that is still empty, and reads on from there.
private final class LateReader: EntryReader {
  private let window: ByteWindow
  private let settings: LogSettings
  private var reader: (any EntryReader)?

  init(_ window: ByteWindow, _ settings: LogSettings) {
    self.window = window
    self.settings = settings
  }

  var consumed: Int { reader?.consumed ?? window.consumed }

  func next() throws -> LogEntry? {
    if let reader { return try reader.next() }
    while case let found = try settings.detect(window), found.isBlank || !found.hasLine {
      // A line too long to look at is not awaited.
      if window.count > LineSource.limit { break }
      if try !window.fill() { return nil }
    }
    let opened = try LogReader.open(window, settings, mayUnpack: true)
    reader = opened
    return try opened.next()
  }
}
