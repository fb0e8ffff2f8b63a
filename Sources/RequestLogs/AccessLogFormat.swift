import CreditCore

/// What a field of an access log says.
enum AccessField: Equatable {
  /// Nothing to us.
  case ignored
  /// `18/Nov/2026:09:30:00 +0100`
  case clock
  /// Seconds (or finer) since 1970.
  case epoch
  /// `METHOD TARGET HTTP/1.1`
  case request
  /// A whole number or `-`.
  case size
  /// A value by the rules that all formats share; `-` is none.
  case key(RequestKey)
}

/// The format of an access log, made ready once to read many lines.
struct AccessLogFormat {
  /// One field, and the literal texts around it as ranges of ``literals``.
  struct Step {
    var field: AccessField
    var before: Range<Int>
    var after: Range<Int>
    /// Ends at the next quote that has no backslash before it.
    var isQuoted = false
    /// Ends where a path starts, as in `$host$request_uri`.
    var endsBeforePath = false
  }

  var steps: [Step] = []
  var literals: [UInt8] = []
  /// What messages call each field.
  var names: [String] = []
  /// Whether further fields may follow: referer, agent, request time and request id.
  var hasExtras = false
  /// What a line should look like, for messages.
  var example: String

  /// Common and combined logs of nginx and Apache, and combined ones with a request time and a
  /// request id behind.
  static let usual: AccessLogFormat = {
    var format = AccessLogFormat(
      example: #"a line such as 203.0.113.7 - - [18/Nov/2026:09:30:00 +0000] "#
        + #""GET /api/v1/contacts HTTP/1.1" 200 512"#
    )
    format.append(.ignored, "the client address", before: "")
    format.append(.ignored, "the identity", before: " ")
    format.append(.ignored, "the user", before: " ")
    format.append(.clock, "the time", before: " [")
    format.append(.request, "the request", before: "] \"")
    format.append(.key(.status), "the status", before: "\" ")
    format.append(.size, "the size", before: " ")
    format.end(with: "")
    format.hasExtras = true
    return format
  }()

  /// Adds a field behind a literal text, which ends the field before it.
  mutating func append(_ field: AccessField, _ name: String, before text: String) {
    let start = literals.count
    literals += Array(text.utf8)
    let before = start..<literals.count
    if !steps.isEmpty { steps[steps.count - 1].after = before }
    steps.append(Step(field: field, before: before, after: 0..<0))
    names.append(name)
  }

  /// Ends the format with a literal text.
  mutating func end(with text: String) {
    let start = literals.count
    literals += Array(text.utf8)
    if !steps.isEmpty { steps[steps.count - 1].after = start..<literals.count }
    var quotes = 0
    for (index, step) in steps.enumerated() {
      quotes += literals[step.before].count { $0 == 0x22 }
      let isLastInQuotes = !step.after.isEmpty && literals[step.after.lowerBound] == 0x22
      steps[index].isQuoted = isLastInQuotes && !quotes.isMultiple(of: 2)
    }
  }
}

// Reading what `--log-format` was given.
extension AccessLogFormat {
  /// The formats that Apache has by name.
  private static let named = [
    "common": #"%h %l %u %t "%r" %>s %b"#,
    "combined": #"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    "vhost_combined": #"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#,
  ]

  /// Reads a format as nginx or Apache write it, whose variables and headers may have the names
  /// in `keys`; a fault is marked in the text itself.
  init(_ text: String, keys: RequestKeyTable) throws(BadInput) {
    let written = Self.named[text] ?? text
    self.init(example: "a line in the format \(written)")
    let source = SourceText(name: "--log-format", bytes: Array(text.utf8))
    let scalars = Array(written.unicodeScalars)
    var scanner = AccessFormatScanner(scalars: scalars, keys: keys)
    do throws(AccessFormatScanner.Fault) {
      while let piece = try scanner.next() { try append(piece, at: scanner.pieceStart) }
      end(with: scanner.literal)
      try settle(scalars.count)
    } catch {
      throw BadInput(
        Diagnostic(
          error.message,
          at: SourceMark(source: source, line: 1, column: error.column + 1),
          expected: error.expected,
          hint: error.hint
        )
      )
    }
  }

  private mutating func append(
    _ piece: AccessFormatScanner.Piece,
    at column: Int
  ) throws(AccessFormatScanner.Fault) {
    if piece.before.isEmpty, let last = steps.indices.last {
      guard piece.field == .key(.path), steps[last].field == .ignored else {
        throw AccessFormatScanner.Fault(
          column: column,
          message: "nothing stands between \(names[last]) and \(piece.name)",
          expected: "a space or another character that tells where a field ends"
        )
      }
      steps[last].endsBeforePath = true
    }
    append(piece.field, piece.name, before: piece.before)
  }

  /// Keeps one field of each kind that may say the same, and makes sure that none is missing.
  private mutating func settle(_ end: Int) throws(AccessFormatScanner.Fault) {
    let times: [AccessField] = [.epoch, .key(.timestamp), .clock]
    keepFirst(of: times)
    func has(_ field: AccessField) -> Bool { steps.contains { $0.field == field } }
    if has(.request) {
      ignore([.key(.method), .key(.path), .key(.query)])
    }
    keepFirst(of: [.request])
    keepFirst(of: [.key(.method)])
    keepFirst(of: [.key(.status)])
    var missing: [(what: String, nginx: String, apache: String)] = []
    if !times.contains(where: has) { missing.append(("time", "$time_local", "%t")) }
    if !has(.request), !has(.key(.path)) { missing.append(("request", "$request", "%r")) }
    if !has(.request), has(.key(.path)), !has(.key(.method)) {
      missing.append(("method", "$request_method", "%m"))
    }
    if !missing.isEmpty {
      throw AccessFormatScanner.Fault(
        column: end,
        message: "the format has \(missing.map { "no \($0.what)" }.joined(separator: ", "))",
        expected: missing.map { "\($0.nginx) or \($0.apache)" }.joined(separator: ", and ")
      )
    }
  }

  private mutating func keepFirst(of fields: [AccessField]) {
    var isFound = false
    for index in steps.indices where fields.contains(steps[index].field) {
      if isFound { steps[index].field = .ignored }
      isFound = true
    }
  }

  private mutating func ignore(_ fields: [AccessField]) {
    for index in steps.indices where fields.contains(steps[index].field) {
      steps[index].field = .ignored
    }
  }
}
