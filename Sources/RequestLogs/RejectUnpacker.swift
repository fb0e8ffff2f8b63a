import ByteSources
import CreditCore

/// Reads what `--rejects` wrote: the `raw` text of each line, as a log of its own.
final class RejectUnpacker {
  /// The longest line: a text of ``LineSource/limit`` and its header, each byte of them escaped.
  static let lineLimit = 16 << 20

  private let settings: LogSettings
  private let arena = TextArena()
  /// Reads the raw text of the line at hand.
  private var reader: (any EntryReader)?
  /// The line at hand.
  private var reject: Reject?

  init(_ settings: LogSettings) {
    var options = settings.options
    // Each line is whole.
    options.isAppended = false
    self.settings = LogSettings(settings, options: options)
  }

  /// Takes up a line; false where it is no reject.
  func open(_ bytes: Bytes, line: Int) -> Bool {
    reader = nil
    guard let reject = read(bytes, line: line) else { return false }
    self.reject = reject
    if reject.isUnreadable { return true }
    var settings = settings
    let isOfJSON = [.json, .type, .missing, .repeatedKey].contains(reject.reason)
    settings.fallback = isOfJSON ? .ndjson : .combined
    do {
      let source = MemorySource(Array(reject.raw.utf8))
      reader = try LogReader.open(ByteWindow(source), settings, mayUnpack: false)
    } catch {
      refuse(error)
    }
    return true
  }

  /// The next entry of the line at hand, with the place of that line.
  func next() throws(EnvironmentFault) -> LogEntry? {
    if let reader {
      do {
        switch try reader.next() {
        case nil:
          self.reader = nil
          reject = nil
        case .request(let record)?:
          record.line = reject?.line ?? 0
          return .request(record)
        case .reject(var fault)?:
          fault.line = reject?.line ?? 0
          return .reject(fault)
        case let other?: return other
        }
      } catch let fault as EnvironmentFault {
        throw fault
      } catch {
        refuse(error)
      }
    }
    defer { reject = nil }
    return reject.map { .reject($0) }
  }

  /// Makes the line at hand a reject because its raw text is no log.
  private func refuse(_ error: any Error) {
    reader = nil
    guard let fault = (error as? BadInput)?.diagnostics.first else { return }
    reject?.column = fault.mark.column
    reject?.place = TextPosition(line: fault.mark.line, column: fault.mark.column)
    reject?.fault =
      LogFault(.format, at: 0, fault.message, expected: fault.expected, hint: fault.hint)
  }

  /// The reject that a line of the file holds, or nil where it is something else.
  private func read(_ bytes: Bytes, line: Int) -> Reject? {
    arena.reset()
    var texts: [String: String] = [:]
    var column: Int?
    var cursor = JSONCursor(bytes, arena: arena)
    cursor.skipSpace()
    guard cursor.byte == 0x7B else { return nil }
    do throws(LogFault) {
      try cursor.entries { (name, _, cursor) throws(LogFault) in
        if cursor.byte == 0x22 {
          texts[name.text] = try cursor.string().text
        } else {
          let value = try cursor.skipValue(depth: 1)
          if name.equals("column") { column = Int(value.text) }
        }
      }
    } catch { return nil }
    guard let raw = texts["raw"], let reason = texts["reason"].flatMap(LogFault.Reason.init)
    else { return nil }
    return Reject(
      file: settings.options.name,
      line: line,
      column: column ?? 1,
      fault: LogFault(reason, at: 0, printable(texts["message"] ?? "")),
      raw: raw
    )
  }
}

extension Reject {
  /// Whether what was wrong cannot be seen in the raw text any more: a line that was cut, or
  /// bytes that are no text.
  fileprivate var isUnreadable: Bool {
    switch reason {
    case .tooLong: raw.hasSuffix(Self.cut)
    case .encoding: raw.unicodeScalars.contains("\u{FFFD}")
    default: false
    }
  }
}
