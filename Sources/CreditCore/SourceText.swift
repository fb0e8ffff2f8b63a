/// A text that somebody wrote, kept so that a message can show the line it is about.
public final class SourceText: Sendable {
  /// The path as the user gave it, or a description such as `standard input`.
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Where the text itself starts, behind a byte order mark.
  public var start: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

  /// Line `number` (from 1) without its line end, or nil behind the last line.
  public func line(_ number: Int) -> [UInt8]? {
    var start = start
    for _ in 1..<max(number, 1) {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      start = end + 1
    }
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
    return Array(bytes[start..<(hasReturn ? end - 1 : end)])
  }
}

/// Where in a text something stands: line and column from 1, columns in Unicode scalars.
public struct SourceMark: Sendable {
  public let source: SourceText
  public let line: Int
  public let column: Int
  /// How many columns it covers, at least 1; a caret is drawn under each.
  public let width: Int
  /// Where in ``source`` it stands, which may be a part of the text alone; nil shows nothing of it.
  let shown: (line: Int, column: Int)?

  public init(source: SourceText, line: Int, column: Int, width: Int = 1) {
    self.source = source
    self.line = line
    self.column = column
    self.width = max(width, 1)
    shown = (line, column)
  }

  /// A place in a text of which `source` is a part, or which is not at hand.
  public init(source: SourceText, line: Int, column: Int, shown: (line: Int, column: Int)?) {
    self.source = source
    self.line = line
    self.column = column
    self.shown = shown
    width = 1
  }
}
