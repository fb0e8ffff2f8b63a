import ByteSources
import CreditCore

/// Reads what `--rejects` wrote: the `raw` text of each line, as a log of its own.
final class RejectUnpacker {
  private let settings: LogSettings
  private let arena = TextArena()
  /// Reads the raw text of the line at hand.
  private var reader: (any EntryReader)?
  private var line = 0
  private var text: [UInt8] = []
  /// Why the raw text is no log.
  private var misfit: BadInput?

  init(_ settings: LogSettings) {
    var options = settings.options
    // Each line is whole.
    options.isAppended = false
    self.settings = LogSettings(settings, options: options)
  }

  /// Takes up a line; false where it is no reject.
  func open(_ bytes: Bytes, line: Int) -> Bool {
    self.line = line
    arena.reset()
    var raw: [UInt8]?
    var found = 0
    var cursor = JSONCursor(bytes, arena: arena)
    cursor.skipSpace()
    guard cursor.byte == 0x7B else { return false }
    do throws(LogFault) {
      try cursor.entries { (name, _, cursor) throws(LogFault) in
        if name.equals("raw"), cursor.byte == 0x22 {
          raw = Array(try cursor.string())
          return
        }
        if name.equals("reason") || name.equals("line") { found += 1 }
        _ = try cursor.skipValue(depth: 1)
      }
    } catch { return false }
    guard let raw, found == 2 else { return false }
    text = raw
    do {
      reader = try LogReader.open(ByteWindow(MemorySource(raw)), settings, mayUnpack: false)
    } catch {
      reader = nil
      misfit = error as? BadInput
    }
    return true
  }

  /// The next entry of the line at hand, with the place of that line.
  func next() throws(EnvironmentFault) -> LogEntry? {
    if let reader {
      do {
        switch try reader.next() {
        case nil: self.reader = nil
        case .request(let record)?:
          record.line = line
          return .request(record)
        case .reject(var reject)?:
          reject.line = line
          return .reject(reject)
        case let other?: return other
        }
      } catch let fault as EnvironmentFault {
        throw fault
      } catch {
        self.reader = nil
        misfit = error as? BadInput
      }
    }
    guard let fault = misfit?.diagnostics.first else { return nil }
    misfit = nil
    return .reject(
      Reject(
        file: settings.options.name,
        line: line,
        column: fault.mark.column,
        reason: .format,
        message: LogFault(
          .format,
          at: 0,
          fault.message,
          expected: fault.expected,
          hint: fault.hint
        ).sentence,
        raw: String(decoding: text, as: UTF8.self)
      )
    )
  }
}
