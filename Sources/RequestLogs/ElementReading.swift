import CreditCore

// How values of a document are taken from the stream.
extension ElementSource {
  /// How much of an outermost object is looked at for keys that show what it is, where there is
  /// so much.
  private static let lookAhead = 64 << 10
  /// The longest start of a document that is remembered.
  static let headLimit = 256

  /// Where the value at hand ends.
  enum Found {
    case whole(Int)
    /// It is longer than an element may be; its end, if that was seen.
    case tooLong(end: Int?)
    /// The log ends before it does.
    case endless
  }

  /// Passes over space and gives the byte behind it, or nil at the end.
  func nextByte() throws(EnvironmentFault) -> UInt8? {
    while true {
      let bytes = window.bytes
      var count = 0
      if position.line == 1, position.column == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
        window.consume(3)
        continue
      }
      while count < bytes.count, bytes[count].isJSONSpace {
        if bytes[count] == 0x0A {
          position.line += 1
          position.column = 1
          position.isLineStart = true
        } else {
          position.column += 1
        }
        count += 1
      }
      window.consume(count)
      // A byte order mark, or a character that a message shows, is looked at as a whole.
      if bytes.count - count >= 4 { return bytes[count] }
      if try window.fill() { continue }
      return window.bytes.first
    }
  }

  /// Leaves `count` bytes behind.
  func consume(_ count: Int) {
    if count == 0 { return }
    position = position.behind(Bytes(rebasing: window.bytes[..<count]), gaps: gaps)
    gaps.removeAll(keepingCapacity: true)
    window.consume(count)
  }

  /// Finds the end of the value that comes next; nil where it is awaited.
  func find() throws(EnvironmentFault) -> Found? {
    var scanner = scanner ?? ValueScanner(textLimit: shape.textLimit)
    while true {
      switch scanner.scan(window.bytes) {
      case .ended:
        self.scanner = nil
        return scanner.place > shape.elementLimit
          ? .tooLong(end: scanner.place) : .whole(scanner.place)
      case .longText(let part):
        leaveOut(part)
        scanner.leaveOut()
        continue
      case .unfinished: break
      }
      self.scanner = scanner
      if scanner.place > shape.elementLimit { return .tooLong(end: nil) }
      if try window.fill() { continue }
      if isAppended { return nil }
      self.scanner = nil
      return scanner.endsAnywhere ? .whole(scanner.place) : .endless
    }
  }

  private func leaveOut(_ part: Range<Int>) {
    let characters = Bytes(rebasing: window.bytes[part]).characterStarts
    if gaps.last?.offset == part.lowerBound {
      gaps[gaps.count - 1].characters += characters
    } else {
      gaps.append(TextPosition.Gap(offset: part.lowerBound, characters: characters))
    }
    window.leaveOut(part)
  }

  /// Hands out the element that comes next.
  func element() throws(EnvironmentFault) -> Move {
    guard let found = try find() else { return .wait }
    guard case .whole(let count) = found else { return try broken(found, isElement: true) }
    awaitComma()
    pending = count
    let bytes = Bytes(rebasing: window.bytes[..<count])
    swap(&last, &beforeLast)
    last.note(bytes, at: position)
    return .step(.element(bytes))
  }

  /// Checks a value that is no element, and passes over it.
  ///
  /// One that is wanted should have been a list or an object; null stands for an empty one.
  func other(isWanted: Bool) throws(EnvironmentFault) -> Move {
    guard let found = try find() else { return .wait }
    guard case .whole(let count) = found else { return try broken(found, isElement: false) }
    awaitComma()
    let bytes = Bytes(rebasing: window.bytes[..<count])
    var fault = syntaxFault(in: bytes)
    if fault == nil, isWanted, !bytes.equals("null") {
      fault = LogFault(
        .type,
        at: 0,
        "\(JSONCursor(bytes, arena: arena).seen) where \(shape.elements) belong",
        expected: "[ or {"
      )
    }
    guard let fault else {
      consume(count)
      return .goOn
    }
    pending = count
    return .step(.reject(rejectElement(fault, isShown: false)))
  }

  func awaitComma() {
    if !frames.isEmpty { frames[frames.count - 1].awaited = .comma }
  }

  /// Whether the outermost object that comes next is an element; nil where more must be awaited.
  func isElement() throws(EnvironmentFault) -> Bool? {
    var isMore = true
    while window.count < Self.lookAhead, isMore { isMore = try window.fill() }
    arena.reset()
    var role: DocumentShape.Role?
    let end = ObjectKeys.scan(JSONCursor(window.bytes, arena: arena)) { key, value in
      if let shown = shape.role(key, value.byte) { role = shown }
      // The first key that leaves no doubt ends the search.
      return role != .element && role != .document
    }
    if let role { return role == .element }
    if isAppended, end == nil, !isMore { return nil }
    return shape.isElementByDefault
  }

  /// The bytes of a document up to the end of its first key: by them another one is told.
  func documentHead(_ byte: UInt8) throws(EnvironmentFault) -> [UInt8] {
    if byte == 0x5B { return [byte] }
    while window.count < Self.headLimit, try window.fill() {}
    return Self.head(of: window.bytes)
  }

  /// The bytes of an object up to the end of its first key; nothing where there is no key.
  static func head(of object: Bytes) -> [UInt8] {
    let start = Bytes(rebasing: object.prefix(headLimit))
    guard let quote = start.place(of: 0x22, from: 0), start[1..<quote].allSatisfy(\.isJSONSpace),
      let end = start.place(of: 0x22, from: quote + 1), !start[quote..<end].contains(0x0A)
    else { return [] }
    return Array(start[...end])
  }
}

extension UInt8 {
  var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

extension JSONCursor {
  /// The depth at which values start that may nest deeper than those of a request: foreign ones,
  /// such as the call stacks that browsers note.
  static let depthOfOthers = depthLimit - 256
}
