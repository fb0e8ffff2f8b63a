import CreditCore

/// A log whose content looks like another format than the one that it was said to have.
struct Misfit {
  let given: LogFormat
  let fitting: LogFormat
  /// The first line that is not blank.
  let mark: SourceMark

  var badInput: BadInput {
    BadInput(
      Diagnostic(
        "no line can be read as \(given.rawValue)",
        at: mark,
        expected: "a log in the format \(given.rawValue)",
        hint: "this looks like \(fitting.rawValue): leave --input out, or use"
          + " --input \(fitting.rawValue)"
      )
    )
  }
}

/// Gives up a log of which nothing fits the format that it was said to have, while another does.
final class ProbedReader: EntryReader {
  private static let linesTried = 100

  private let reader: any EntryReader
  private let misfit: Misfit
  /// Rejects that wait until one entry fits, and where reading stood behind each.
  private var waiting: [(entry: LogEntry, consumed: Int)] = []
  private var isProbed = false
  private(set) var consumed: Int

  init(_ reader: any EntryReader, _ misfit: Misfit) {
    self.reader = reader
    self.misfit = misfit
    consumed = reader.consumed
  }

  func next() throws -> LogEntry? {
    if !isProbed { try probe() }
    if let first = waiting.first {
      waiting.removeFirst()
      consumed = first.consumed
      return first.entry
    }
    defer { consumed = reader.consumed }
    return try reader.next()
  }

  private func probe() throws {
    while waiting.count < Self.linesTried, let entry = try reader.next() {
      waiting.append((entry, reader.consumed))
      if case .reject = entry { continue }
      isProbed = true
      return
    }
    throw misfit.badInput
  }
}
