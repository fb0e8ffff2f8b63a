public import CreditCore

/// A line that cannot be used, kept so that it can be mended and read again.
public struct Reject: Sendable, Equatable {
  public var file: String
  /// The physical line, from 1.
  public var line: Int
  /// From 1, in characters (Unicode scalars).
  public var column: Int
  public var fault: LogFault
  /// The line as it stands, or so much of the file as can be read again by itself.
  public var raw: String
  /// Where in ``raw`` the fault stands; nil where that is not known.
  var place: TextPosition?

  public var reason: LogFault.Reason { fault.reason }
  /// What was found, what was expected, and how to go on.
  public var message: String { fault.sentence }
}

extension Reject {
  /// Ends what is left of a line that was too long.
  static let cut = "…"

  /// A fault in a text that starts on physical line `line`, in column `column`.
  ///
  /// `heading`: what must stand before the text so that it can be read by itself.
  public init(
    _ fault: LogFault,
    of text: Bytes,
    line: Int,
    column: Int = 1,
    in file: String,
    heading: String? = nil
  ) {
    let start = TextPosition(line: line, column: column)
    self.init(fault, of: text, from: start, in: file, heading: heading, raw: text.text)
  }

  /// A fault in a text that starts at `start`, and of which `raw` is kept.
  init(
    _ fault: LogFault,
    of text: Bytes,
    from start: TextPosition,
    gaps: [TextPosition.Gap] = [],
    in file: String,
    heading: String? = nil,
    raw: String
  ) {
    let before = Bytes(rebasing: text[..<min(max(fault.offset, 0), text.count)])
    let end = start.behind(before, gaps: gaps)
    var place = TextPosition().behind(before)
    (self.file, self.line, self.column, self.fault) = (file, end.line, end.column, fault)
    self.raw = raw + (fault.reason == .tooLong ? Self.cut : "")
    if let heading {
      self.raw = heading + "\n" + self.raw
      place.line += heading.utf8.count { $0 == 0x0A } + 1
    }
    self.place = place
  }

  /// The same without secrets, and how many there were in ``raw``; nil where there are none.
  public func redacted(by secrets: SecretFilter) -> (reject: Reject, count: Int)? {
    let raw = secrets.replaced(raw)
    if raw.count == 0, secrets.replaced(message).count == 0 { return nil }
    var clean = self
    clean.raw = raw.text
    func replaced(_ text: String) -> String { secrets.replaced(printable(text)).text }
    clean.fault.message = replaced(fault.message)
    clean.fault.expected = fault.expected.map(replaced)
    clean.fault.hint = fault.hint.map(replaced)
    if let place, let line = source.line(place.line) {
      // What stands before the fault may be shorter now.
      let before = String(decoding: line, as: UTF8.self).unicodeScalars.prefix(place.column - 1)
      clean.place?.column = secrets.replaced(String(before)).text.unicodeScalars.count + 1
    }
    return (clean, raw.count)
  }

  /// As a person is told of it, with the line.
  public func diagnostic(_ severity: Diagnostic.Severity) -> Diagnostic {
    let shown = raw.isEmpty ? nil : place.map { ($0.line, $0.column) }
    return Diagnostic(
      fault.message,
      at: SourceMark(source: source, line: line, column: column, shown: shown),
      expected: fault.expected,
      hint: fault.hint,
      severity: severity
    )
  }

  private var source: SourceText { SourceText(name: file, bytes: Array(raw.utf8)) }

  /// As `--rejects` writes it, without a line end.
  public var json: String {
    #"{"file":\#(LogTags.quoted(file)),"line":\#(line),"column":\#(column),"#
      + #""reason":"\#(reason.rawValue)","message":\#(LogTags.quoted(message)),"#
      + #""raw":\#(LogTags.quoted(raw))}"#
  }
}
