import CYaml
import CreditCore

/// Builds a ``Node`` from libyaml's events, which carry positions that a decoder would lose.
struct YAMLReader: ~Copyable {
  /// Room made for a list or mapping at once: most are no longer.
  private static let usualCount = 4

  private let source: SourceText
  /// How many lines ``source`` has; what follows its last line end is one.
  private let lineCount: Int
  private var parser = yaml_parser_t()

  static func document(_ source: SourceText) throws(Diagnostic) -> Node {
    var reader = YAMLReader(source)
    let result = source.bytes.withUnsafeBufferPointer { bytes -> Result<Node, Diagnostic> in
      let text = UnsafeBufferPointer(rebasing: bytes[source.start...])
      yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&reader.parser, text.baseAddress, text.count)
      do throws(Diagnostic) { return .success(try reader.stream()) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(_ source: SourceText) {
    self.source = source
    lineCount = 1 + source.bytes.count { $0 == UInt8(ascii: "\n") }
    yaml_parser_initialize(&parser)
  }

  deinit {
    var parser = parser
    yaml_parser_delete(&parser)
  }

  private mutating func stream() throws(Diagnostic) -> Node {
    var root: Node?
    while true {
      var event = try next()
      defer { yaml_event_delete(&event) }
      switch event.type {
      case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT:
        continue
      case YAML_DOCUMENT_START_EVENT:
        if root != nil {
          throw Diagnostic(
            "a second document starts here",
            at: place(event.start_mark).mark(width: 3),
            expected: "one document in a file"
          )
        }
      case YAML_STREAM_END_EVENT:
        return root ?? Node(.null, at: Place(source: source, line: 1, column: 1))
      default:
        root = try node(from: event, depth: 0)
      }
    }
  }

  private mutating func next() throws(Diagnostic) -> yaml_event_t {
    var event = yaml_event_t()
    if yaml_parser_parse(&parser, &event) == 1 { return event }
    throw syntaxFault()
  }

  private mutating func node(from event: yaml_event_t, depth: Int) throws(Diagnostic) -> Node {
    let start = place(event.start_mark)
    if depth > Document.depthLimit { throw Self.tooDeep(at: start) }
    switch event.type {
    case YAML_SCALAR_EVENT:
      return try scalar(event, at: start)
    case YAML_SEQUENCE_START_EVENT:
      try refuse(
        anchor: event.data.sequence_start.anchor,
        tag: event.data.sequence_start.tag,
        start
      )
      return Node(.sequence(try elements(depth: depth)), at: start)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, start)
      return Node(.mapping(try entries(depth: depth)), at: start)
    default:
      throw Diagnostic(
        "an alias stands here",
        at: start.mark(width: 1),
        expected: "the value itself",
        hint: "aliases are not read; write the value out"
      )
    }
  }

  private mutating func elements(depth: Int) throws(Diagnostic) -> [Node] {
    var elements: [Node] = []
    elements.reserveCapacity(Self.usualCount)
    while true {
      var event = try next()
      defer { yaml_event_delete(&event) }
      if event.type == YAML_SEQUENCE_END_EVENT { return elements }
      elements.append(try node(from: event, depth: depth + 1))
    }
  }

  private mutating func entries(depth: Int) throws(Diagnostic) -> [Node.Entry] {
    var entries: [Node.Entry] = []
    entries.reserveCapacity(Self.usualCount)
    while true {
      var keyEvent = try next()
      defer { yaml_event_delete(&keyEvent) }
      if keyEvent.type == YAML_MAPPING_END_EVENT { break }
      let key = try node(from: keyEvent, depth: depth + 1)
      let text: String
      switch key.content {
      case .scalar(let written, _): text = written
      case .null: text = ""
      case .sequence, .mapping:
        throw key.diagnostic("a key is \(key.kindDescription)", expected: "a word as key")
      }
      var event = try next()
      defer { yaml_event_delete(&event) }
      let value = try node(from: event, depth: depth + 1)
      entries.append(Node.Entry(key: Node.Key(text: text, place: key.place), value: value))
    }
    try refuseRepeatedKey(in: entries)
    return entries
  }

  private func scalar(_ event: yaml_event_t, at start: Place) throws(Diagnostic) -> Node {
    let scalar = event.data.scalar
    try refuse(anchor: scalar.anchor, tag: scalar.tag, start)
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let text = String(decoding: bytes, as: UTF8.self)
    let quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE
    if !quoted, text.isEmpty || text == "~" || text == "null" { return Node(.null, at: start) }
    return Node(.scalar(text, quoted: quoted), at: start)
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?,
    tag: UnsafeMutablePointer<yaml_char_t>?,
    _ start: Place
  ) throws(Diagnostic) {
    if anchor != nil {
      throw Diagnostic(
        "an anchor stands here",
        at: start.mark(width: 1),
        expected: "a plain value",
        hint: "anchors and aliases are not read; write the value out where it is needed"
      )
    }
    if tag != nil {
      throw Diagnostic(
        "a YAML tag stands here",
        at: start.mark(width: 1),
        expected: "a plain value",
        hint: "values are read by what the key needs; leave the tag out"
      )
    }
  }

  /// Where libyaml's mark is.
  ///
  /// For libyaml the end of a text is a line of its own even where the last line has no end; here
  /// it is the end of that line.
  private func place(_ mark: yaml_mark_t) -> Place {
    guard mark.line >= lineCount, let last = source.line(lineCount) else {
      return Place(source: source, line: Int32(mark.line + 1), column: Int32(mark.column + 1))
    }
    let columns = String(decoding: last, as: UTF8.self).unicodeScalars.count
    return Place(source: source, line: Int32(lineCount), column: Int32(columns + 1))
  }

  private static func tooDeep(at place: Place) -> Diagnostic {
    Diagnostic(
      "values nest deeper than \(Document.depthLimit)",
      at: place.mark(width: 1),
      expected: "a flatter file"
    )
  }

  private func syntaxFault() -> Diagnostic {
    let mark = place(isOpenBefore ? parser.context_mark : parser.problem_mark)
    let line = source.line(Int(mark.line)) ?? []
    let indent = line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    if let tab = indent.firstIndex(of: UInt8(ascii: "\t")) {
      let at = Place(source: source, line: mark.line, column: Int32(tab + 1))
      return Diagnostic(
        "a tab indents this line",
        at: at.mark(width: 1),
        expected: "spaces",
        hint: "YAML is indented with spaces only"
      )
    }
    if parser.error == YAML_READER_ERROR {
      return Diagnostic(
        "a control character stands in the text",
        at: controlCharacter(),
        expected: "a text in UTF-8 without control characters"
      )
    }
    let problem = parser.problem.map { String(cString: $0) } ?? "not readable"
    // The scanner reads ahead, and has a limit of its own.
    if problem.hasPrefix("Maximum nesting level") { return Self.tooDeep(at: mark) }
    let hint =
      problem.hasPrefix("mapping values")
      ? "a text with a colon needs quotes; a key within a key needs braces, or a line of its own"
      : problem.hasPrefix("found character that cannot")
        ? "a text with such a character or a colon needs quotes"
        : "check the indentation, the colons and the quotes just before this place"
    return Diagnostic(
      "not YAML here: \(problem)",
      at: mark.mark(width: 1),
      expected: "a YAML value or key",
      hint: hint
    )
  }

  /// Whether the fault is that something was opened and never closed, so that its start tells more.
  private var isOpenBefore: Bool {
    guard let context = parser.context.map({ String(cString: $0) }) else { return false }
    return [
      "while parsing a flow", "while scanning a quoted scalar", "while scanning a simple key",
    ].contains { context.hasPrefix($0) }
  }

  private func controlCharacter() -> SourceMark {
    var line = 1
    var column = 1
    for scalar in String(decoding: source.bytes[source.start...], as: UTF8.self).unicodeScalars {
      if scalar == "\n" {
        (line, column) = (line + 1, 1)
        continue
      }
      if scalar.value < 32, scalar != "\t", scalar != "\r" { break }
      if scalar.value == 127 || scalar.value == 0xFFFE || scalar.value == 0xFFFF { break }
      if (0x80..<0xA0).contains(scalar.value), scalar.value != 0x85 { break }
      column += 1
    }
    return SourceMark(source: source, line: line, column: column)
  }
}
