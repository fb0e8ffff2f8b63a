/// One fault in something a person wrote: where, what, what was expected, and a hint.
public struct Diagnostic: Error, Sendable {
  public enum Severity: String, Sendable {
    case error
    case warning
  }

  public var severity: Severity
  public var mark: SourceMark
  public var message: String
  public var expected: String?
  public var hint: String?

  public init(
    _ message: String,
    at mark: SourceMark,
    expected: String? = nil,
    hint: String? = nil,
    severity: Severity = .error
  ) {
    self.severity = severity
    self.mark = mark
    self.message = shortened(message)
    self.expected = expected.map(shortened)
    self.hint = hint.map(shortened)
  }

  /// `file:line:column: error: message`, on one line.
  public var summary: String {
    let place = "\(printable(mark.source.name)):\(mark.line):\(mark.column)"
    return "\(place): \(severity.rawValue): \(printable(message))"
  }

  /// The line that it is about, or the part around it, and a line with a caret below it; nil
  /// where the source has no such line.
  public var excerpt: (line: String, caret: String)? {
    guard let shown = mark.shown, let bytes = mark.source.line(shown.line) else { return nil }
    let (line, column) = excerpt(of: bytes, around: shown.column)
    let carets = min(mark.width, max(line.unicodeScalars.count - column, 1))
    return (line, String(repeating: " ", count: column) + String(repeating: "^", count: carets))
  }

  /// The summary, the line with a caret below it, what was expected, and the hint: 2 to 5 lines.
  public var rendered: String {
    var lines = [summary]
    if let excerpt { lines += ["  " + excerpt.line, "  " + excerpt.caret] }
    if let expected { lines.append("expected \(printable(expected))") }
    if let hint { lines.append("hint: \(printable(hint))") }
    return lines.joined(separator: "\n")
  }

  /// The part of the line around the mark, at most 96 columns, and the caret's column in it.
  private func excerpt(of bytes: [UInt8], around marked: Int) -> (String, Int) {
    let window = 96
    let scalars = Array(
      String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(marked + window)
    )
    let column = min(marked - 1, scalars.count)
    let start = scalars.count <= window ? 0 : max(0, column - window / 2)
    let part = scalars[start..<min(start + window, scalars.count)]
    return (printable(part), column - start)
  }
}

/// Printable, and cut where a value that somebody wrote would make it endless.
private func shortened(_ text: String) -> String {
  let limit = 400
  let shown = printable(text.unicodeScalars.prefix(limit))
  return shown.unicodeScalars.count < limit ? shown : shown + "…"
}

/// Control and direction characters replaced, so that a message cannot forge or hide another.
public func printable(_ text: some Sequence<Unicode.Scalar>) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text {
    switch scalar.properties.generalCategory {
    case .control: result.append(scalar == "\t" ? " " : "\u{FFFD}")
    case .format, .lineSeparator, .paragraphSeparator, .surrogate: result.append("\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}

public func printable(_ text: String) -> String { printable(text.unicodeScalars) }

/// Input that cannot be used, with one or more faults in reading order; nothing was done with it.
public struct BadInput: Error, Sendable {
  public let diagnostics: [Diagnostic]

  /// `diagnostics`: not empty.
  public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  public init(_ diagnostic: Diagnostic) { self.init([diagnostic]) }

  /// At most ten lines: the first fault in full, the next ones on a line each.
  public var brief: String {
    var lines = diagnostics.prefix(1).map(\.rendered).flatMap { $0.split(separator: "\n") }
      .map(String.init)
    for diagnostic in diagnostics.dropFirst().prefix(4) { lines.append(diagnostic.summary) }
    if diagnostics.count > 5 { lines.append("… and \(diagnostics.count - 5) more") }
    return lines.joined(separator: "\n")
  }
}

/// A fault of a file, the network or a database; the message says which and why.
public struct EnvironmentFault: Error, Sendable, CustomStringConvertible {
  public let description: String
  /// Whether nothing is broken: what was asked for is not there yet.
  public let isAbsence: Bool

  public init(_ description: String, isAbsence: Bool = false) {
    self.description = shortened(description)
    self.isAbsence = isAbsence
  }
}

/// The candidate that `word` was probably meant to be, or nil when none is close.
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
  let limit = max(1, min(3, word.count / 3))
  var best: (distance: Int, candidate: String)?
  for candidate in candidates {
    let distance = editDistance(word, candidate)
    if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
  }
  return best?.candidate
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left.lowercased().unicodeScalars.prefix(64))
  let b = Array(right.lowercased().unicodeScalars.prefix(64))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, rows[i - 1][j - 1] + 1)
      }
      row.append(cost)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
