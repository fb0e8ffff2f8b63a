public import CreditCore

/// Tells which passages of a log were read before.
///
/// A passage is a run of whole lines, some ``LineSource/passageLength`` bytes of them, and the next
/// starts where it ends: a log that was only appended to has the passages that it had.
public protocol PassageMemory: AnyObject {
  /// What is known of a passage; nil for one that has to be read, and whose end
  /// ``LogEntry/passageEnd(lines:)`` tells.
  func known(_ passage: Bytes) throws(EnvironmentFault) -> KnownPassage?
}

/// Parts the lines of a log into passages.
struct Passages {
  private let memory: any PassageMemory
  /// Where the passage at hand ends; out of reach where no other follows.
  private var end = 0
  /// The line that it starts behind; nil where none is read.
  private var start: Int?

  init(_ memory: any PassageMemory) { self.memory = memory }

  /// Whether the passage at hand is at its end.
  @inline(__always)
  func isOver(_ lines: LineSource) -> Bool { lines.consumed >= end }

  /// What there is to tell before the next line is read, where a passage is over.
  mutating func next(_ lines: LineSource) throws(EnvironmentFault) -> LogEntry? {
    if let start {
      self.start = nil
      return .passageEnd(lines: lines.number - start)
    }
    guard let passage = lines.passage() else {
      end = .max
      return nil
    }
    end = lines.consumed + passage.count
    if let known = try memory.known(passage) {
      lines.pass(over: passage, lines: known.lines)
      return .known(known)
    }
    start = lines.number
    return nil
  }
}
