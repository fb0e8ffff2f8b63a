import CreditCore

// What is told of damage, and where reading goes on behind it.
extension ElementSource {
  /// How much is kept of what was searched, for a start that lies across its end.
  private static let overlap = 1_024

  // MARK: Faults

  /// Why a value is not JSON, or nil.
  func syntaxFault(in bytes: Bytes) -> LogFault? {
    arena.reset()
    var cursor = JSONCursor(bytes, arena: arena)
    do throws(LogFault) {
      _ = try cursor.skipValue(depth: JSONCursor.depthOfOthers)
      try cursor.finish()
      return nil
    } catch { return error }
  }

  func unexpected(_ place: String, expected: String) -> LogFault {
    let cursor = JSONCursor(window.bytes, arena: arena)
    return cursor.fault("\(cursor.seen) \(place)", expected: expected)
  }

  func notAValue() -> LogFault { JSONCursor(window.bytes, arena: arena).notAValue() }

  func notAKey() -> LogFault { JSONCursor(window.bytes, arena: arena).notAKey() }

  /// A fault where nothing is lost that could be read again.
  func reject(_ fault: LogFault, of bytes: Bytes = .absent, raw: String = "") -> Reject {
    Reject(fault, of: bytes, from: position, gaps: gaps, in: name, raw: raw)
  }

  /// A fault of the last element, which is kept to be read again when it is mended.
  ///
  /// Where it is damaged, it ends where the next one starts.
  func rejectElement(_ fault: LogFault, isShown: Bool = true) -> Reject {
    let bytes = Bytes(rebasing: window.bytes[..<pending])
    guard let damage = syntaxFault(in: bytes),
      let next = nextStart(in: bytes, from: damage.offset, [last, beforeLast])
    else { return reject(fault, of: bytes, raw: isShown ? bytes.text : "") }
    // What is damaged tells nothing of the elements behind it.
    last = beforeLast
    let shown = Bytes(rebasing: bytes[..<next.offset]).withoutComma
    pending = next.offset
    goOn(at: next)
    let cut = fault.offset <= next.offset ? fault : syntaxFault(in: shown) ?? fault
    return reject(cut, of: bytes, raw: isShown ? shown.text : "")
  }

  /// Tells of bytes that cannot stand where they do, up to the end of the line or one of `marks`.
  func junk(_ fault: LogFault, upTo marks: [UInt8]) throws(EnvironmentFault) -> Move {
    let place = position
    var raw: [UInt8] = []
    isDamaged = true
    if !frames.isEmpty { frames[frames.count - 1].awaited = .anything }
    var isFirst = true
    repeat {
      let bytes = window.bytes
      let end = bytes.indices.first { index in
        (!isFirst || index > 0) && (bytes[index] == 0x0A || marks.contains(bytes[index]))
      }
      isFirst = false
      raw += bytes[..<(end ?? bytes.count)].prefix(LineSource.excerpt - raw.count)
      consume(end ?? bytes.count)
      if end != nil { break }
    } while try window.fill()
    let text = raw.withUnsafeBufferPointer { $0.withoutComma.text }
    return .step(.reject(Reject(fault, of: .absent, from: place, in: name, raw: text)))
  }

  // MARK: Values without a proper end

  /// A value that is too long to be kept, or has no end: passes over it.
  func broken(_ found: Found, isElement: Bool) throws(EnvironmentFault) -> Move {
    var bytes = window.bytes
    if case .tooLong(let end?) = found { bytes = Bytes(rebasing: bytes[..<end]) }
    awaitComma()
    if let damage = syntaxFault(in: bytes), isReal(damage, in: bytes, found) {
      return try .step(.reject(damaged(bytes, damage, isElement: isElement, found)))
    }
    let fault = LogFault(
      .tooLong,
      at: 0,
      "the \(shape.element) is longer than \(shape.elementLimit >> 20) MiB",
      expected: "less"
    )
    let raw = Bytes(rebasing: bytes.prefix(LineSource.excerpt)).text
    let tooLong = reject(fault, raw: raw)
    if case .tooLong(let end?) = found { consume(end) } else { try passOver() }
    return isElement ? .step(.reject(tooLong)) : .goOn
  }

  /// Whether a fault is one of the text, and not of its being cut off here.
  private func isReal(_ fault: LogFault, in bytes: Bytes, _ found: Found) -> Bool {
    guard case .tooLong(end: nil) = found else { return true }
    // The longest escape and the longest message look twelve bytes ahead.
    return fault.offset + 16 < bytes.count
  }

  private func damaged(
    _ bytes: Bytes,
    _ fault: LogFault,
    isElement: Bool,
    _ found: Found
  ) throws(EnvironmentFault) -> Reject {
    scanner = nil
    isDamaged = true
    let marks = [ElementStart(bytes, at: position), last]
    let next = nextStart(in: bytes, from: fault.offset, marks)
    var (shown, fault) = (bytes, fault)
    if let next {
      shown = Bytes(rebasing: bytes[..<next.offset]).withoutComma
      if fault.offset > next.offset { fault = syntaxFault(in: shown) ?? fault }
    } else if bytes.count > shape.elementLimit {
      shown = Bytes(rebasing: bytes.prefix(LineSource.excerpt))
    }
    let reject = reject(fault, of: bytes, raw: isElement ? shown.text : "")
    if let next {
      pending = next.offset
      goOn(at: next)
    } else {
      try search(marks)
    }
    return reject
  }

  /// Passes over a value in constant memory.
  private func passOver() throws(EnvironmentFault) {
    guard var scanner else { return }
    self.scanner = nil
    while true {
      consume(scanner.place)
      scanner.drop(scanner.place)
      // A backslash whose second half is not there yet may be left.
      if try !window.fill() { return consume(window.count) }
      switch scanner.scan(window.bytes) {
      case .ended: return consume(scanner.place)
      case .longText, .unfinished: continue
      }
    }
  }

  // MARK: Where the next element starts

  struct Start {
    let offset: Int
    /// Whether it starts a document, not an element of the one at hand.
    let isDocument: Bool
  }

  /// Where in a damaged value another element or document starts.
  ///
  /// One that starts on a line of its own, as far in and with the same key as those before, may
  /// stand anywhere; behind the fault, less tells: as far in, or with the same key behind a comma.
  func nextStart(in bytes: Bytes, from offset: Int, _ marks: [ElementStart]) -> Start? {
    let isInList = frames.last?.isList ?? true
    let heads = marks.map(\.head)
    var place = 1
    while let brace = bytes.place(of: 0x7B, from: place) {
      place = brace + 1
      guard let before = bytes[..<brace].lastIndex(where: { !$0.isJSONSpace }) else { continue }
      let column = bytes[(before + 1)..<brace].lastIndex(of: 0x0A).map { brace - $0 }
      let rest = Bytes(rebasing: bytes[brace...])
      if !frames.isEmpty, column == start.column, head.count > 1, rest.starts(with: head) {
        return Start(offset: brace, isDocument: true)
      }
      if !isInList { continue }
      let isBehind =
        bytes[before] == 0x2C && bytes[..<before].last(where: { !$0.isJSONSpace }) == 0x7D
      for (mark, head) in zip(marks, heads) {
        let isIndentedAlike = column != nil && column == mark.column
        let isAlike = !head.isEmpty && rest.starts(with: head)
        let isSure = isIndentedAlike && isAlike
        let isLikely = isIndentedAlike || (isAlike && (column != nil || isBehind))
        if isSure || (brace >= offset && isLikely) {
          return Start(offset: brace, isDocument: false)
        }
      }
    }
    return nil
  }

  private func goOn(at start: Start) {
    isDamaged = true
    if start.isDocument { return frames.removeAll() }
    if !frames.isEmpty { frames[frames.count - 1].awaited = .anything }
  }

  /// Reads on, in constant memory, to where the next element starts.
  private func search(_ marks: [ElementStart]) throws(EnvironmentFault) {
    while true {
      consume(max(window.count - Self.overlap, 0))
      if try !window.fill() {
        consume(window.count)
        return frames.removeAll()
      }
      guard let next = nextStart(in: window.bytes, from: 1, marks) else { continue }
      consume(next.offset)
      return goOn(at: next)
    }
  }

  /// Tells of a document that starts before the one at hand ends, as where a log was cut off.
  func restart(_ byte: UInt8) throws(EnvironmentFault) -> Reject? {
    guard !frames.isEmpty, position.isLineStart, position.column == start.column,
      position.line > start.line, byte == head.first
    else { return nil }
    while window.count < head.count, try window.fill() {}
    guard window.bytes.starts(with: head) else { return nil }
    let fault = unexpected(
      "before the document is closed",
      expected: frames.last?.isList == true ? "]" : "}"
    )
    frames.removeAll()
    return reject(fault)
  }
}

/// How an element starts: by it the next one is told where brackets and quotes tell nothing.
struct ElementStart {
  /// Where it starts, if nothing but space stands before it on its line.
  private(set) var column: Int?
  private var bytes: [UInt8] = []

  init() {}

  init(_ element: Bytes, at position: TextPosition) { note(element, at: position) }

  mutating func note(_ element: Bytes, at position: TextPosition) {
    column = position.isLineStart ? position.column : nil
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: element.prefix(ElementSource.headLimit))
  }

  /// Its first bytes, up to the end of its first key.
  var head: [UInt8] {
    bytes.first == 0x7B ? bytes.withUnsafeBufferPointer { ElementSource.head(of: $0) } : []
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Without the comma at its end, and space around that.
  fileprivate var withoutComma: Bytes {
    func trimmed(_ bytes: Slice<Bytes>) -> Slice<Bytes> {
      bytes.last(where: { !$0.isJSONSpace }).map { _ in
        bytes[...(bytes.lastIndex { !$0.isJSONSpace } ?? bytes.startIndex)]
      } ?? bytes[..<bytes.startIndex]
    }
    var text = trimmed(self[...])
    if text.last == 0x2C { text = trimmed(text.dropLast()) }
    return Bytes(rebasing: text)
  }
}
