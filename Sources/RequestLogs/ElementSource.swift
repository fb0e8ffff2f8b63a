import ByteSources
import CreditCore

/// The elements of JSON documents that follow one another in a stream: of lists, pages, archives.
///
/// One element is in memory at a time. What stands around the elements is checked as JSON; where
/// it is damaged, that is told, and reading goes on with the next element that can be told apart.
final class ElementSource {
  enum Step {
    /// An element's bytes, valid until the next step.
    case element(Bytes)
    case reject(Reject)
  }

  enum Move {
    case goOn
    /// The log ends here for now.
    case wait
    case step(Step)
  }

  /// A list or an object that is not closed yet.
  struct Frame {
    enum Awaited {
      /// What may come behind the opening bracket.
      case first
      /// An element or a key, behind a comma.
      case item
      case colon
      case value
      case comma
      /// Behind damage: a comma, what would come behind it, or the closing bracket.
      case anything
    }

    let isList: Bool
    /// How many keys of the path lead here.
    let level: Int
    let start: TextPosition
    var awaited = Awaited.first
    /// Whether the last key leads to elements.
    var leads = false
    /// Whether a key was found that the document must have.
    var isKnown = false
    /// Whether the outermost objects in the list are elements.
    var holdsElements = false
    var keys = KeySet()
  }

  let shape: DocumentShape
  let name: String
  let window: ByteWindow
  /// Whether the log is still written, so that what has no end is awaited.
  var isAppended = false
  let arena = TextArena()
  var frames: [Frame] = []
  /// Where the next byte stands.
  var position = TextPosition()
  /// Where the document at hand starts, and its first bytes up to the end of its first key.
  var start = TextPosition()
  var head: [UInt8] = []
  /// Finds the end of the value at hand.
  var scanner: ValueScanner?
  /// Parts of the value at hand that were left out.
  var gaps: [TextPosition.Gap] = []
  /// How many bytes of the window the last element has, which are used with the next step.
  var pending = 0
  /// How the last element started, and the one before it.
  var last = ElementStart()
  var beforeLast = ElementStart()
  /// Whether the structure was damaged, so that what closes it may be left over.
  var isDamaged = false
  private var hasDocument = false
  private var consumedAtStart = 0

  init(_ window: ByteWindow, shape: DocumentShape, name: String) {
    self.window = window
    self.shape = shape
    self.name = name
    consumedAtStart = window.consumed
  }

  /// Up to where documents are read: reading can go on only between two of them.
  var consumed: Int { frames.isEmpty ? window.consumed + pending : consumedAtStart }

  /// The next element or fault, or nil where there is none now.
  func next() throws(EnvironmentFault) -> Step? {
    consume(pending)
    pending = 0
    while let byte = try nextByte() {
      switch try move(byte) {
      case .goOn: continue
      case .wait: return nil
      case .step(let step): return step
      }
    }
    if isAppended || frames.isEmpty { return nil }
    let closing = frames.last?.isList == true ? "]" : "}"
    frames.removeAll()
    return .reject(
      reject(LogFault(.json, at: 0, "the text ends within the document", expected: closing))
    )
  }

  private func move(_ byte: UInt8) throws(EnvironmentFault) -> Move {
    if let reject = try restart(byte) { return .step(.reject(reject)) }
    guard let frame = frames.last else { return try outermost(byte) }
    return frame.isList ? try item(byte, frame) : try member(byte, frame)
  }

  // MARK: What stands where

  private func outermost(_ byte: UInt8) throws(EnvironmentFault) -> Move {
    switch byte {
    case 0x7B, 0x5B:
      consumedAtStart = window.consumed
      hasDocument = true
      start = position
      // A document that is cut off within its first key is known by the one before.
      let found = try documentHead(byte)
      if !found.isEmpty { head = found }
      return try value(byte, level: 0, isInList: false)
    case 0x2C where isDamaged, 0x5D where isDamaged, 0x7D where isDamaged:
      consume(1)
      return .goOn
    default:
      return try junk(
        hasDocument
          ? unexpected("after the end of the document", expected: "{ or [, or nothing more")
          : unexpected("where a document belongs", expected: "{ or ["),
        upTo: [0x7B]
      )
    }
  }

  /// In a list.
  private func item(_ byte: UInt8, _ frame: Frame) throws(EnvironmentFault) -> Move {
    switch (frame.awaited, byte) {
    case (.comma, 0x2C), (.anything, 0x2C):
      consume(1)
      frames[frames.count - 1].awaited = .item
      return .goOn
    case (.first, 0x5D), (.comma, 0x5D), (.anything, 0x5D):
      consume(1)
      frames.removeLast()
      return .goOn
    case (.item, 0x5D):
      let reject = reject(notAValue())
      consume(1)
      frames.removeLast()
      return .step(.reject(reject))
    case (.item, 0x2C), (.first, 0x2C):
      let reject = reject(notAValue())
      consume(1)
      frames[frames.count - 1].awaited = .item
      return .step(.reject(reject))
    case (.comma, 0x7B):
      frames[frames.count - 1].awaited = .item
      return .step(.reject(reject(unexpected("after a value", expected: "a comma or ]"))))
    case (_, 0x7D) where frames.count > 1:
      // The list ends with what it is in.
      let fault = unexpected("in the list", expected: "a comma or ]")
      frames.removeLast()
      isDamaged = true
      return .step(.reject(reject(fault)))
    case (.comma, _):
      return try junk(unexpected("after a value", expected: "a comma or ]"), upTo: [0x7B, 0x5D])
    case (_, 0x7D), (_, 0x3A):
      return try junk(notAValue(), upTo: [0x7B, 0x5D, 0x2C])
    default:
      return try value(byte, level: frame.level, isInList: true)
    }
  }

  /// In an object.
  private func member(_ byte: UInt8, _ frame: Frame) throws(EnvironmentFault) -> Move {
    let last = frames.count - 1
    switch (frame.awaited, byte) {
    case (.first, 0x22), (.item, 0x22), (.anything, 0x22): return try key(frame)
    case (.first, 0x7D), (.comma, 0x7D), (.anything, 0x7D):
      consume(1)
      return close(frame)
    case (.item, 0x7D):
      let reject = reject(notAKey())
      consume(1)
      _ = close(frame)
      return .step(.reject(reject))
    case (.comma, 0x2C), (.anything, 0x2C):
      consume(1)
      frames[last].awaited = .item
      return .goOn
    case (.colon, 0x3A):
      consume(1)
      frames[last].awaited = .value
      return .goOn
    case (.comma, 0x22):
      frames[last].awaited = .item
      return .step(.reject(reject(unexpected("after a value", expected: "a comma or }"))))
    case (.comma, 0x5D) where last > 0:
      let fault = unexpected("in the object", expected: "a comma or }")
      frames.removeLast()
      isDamaged = true
      return .step(.reject(reject(fault)))
    case (.value, 0x2C), (.value, 0x7D):
      let fault = notAValue()
      frames[last].awaited = .comma
      return .step(.reject(reject(fault)))
    case (.value, 0x5D), (.value, 0x3A):
      return try junk(notAValue(), upTo: [0x2C, 0x7D])
    case (.value, _):
      return try value(byte, level: frame.level + 1, isInList: false, leads: frame.leads)
    case (.colon, _):
      return try junk(unexpected("after a key", expected: "a colon"), upTo: [0x2C, 0x7D])
    default:
      let fault =
        frame.awaited == .comma
        ? unexpected("after a value", expected: "a comma or }") : notAKey()
      return try junk(fault, upTo: [0x22, 0x2C, 0x7D])
    }
  }

  private func close(_ frame: Frame) -> Move {
    frames.removeLast()
    if frame.isKnown || frame.level >= shape.requiredLevels { return .goOn }
    let missing = shape.path[frame.level].first?.description ?? ""
    let place = shape.path.prefix(shape.requiredLevels).compactMap(\.first?.description)
    let fault = LogFault(
      .missing,
      at: 0,
      "\(missing) not given",
      expected: "a document with \(place.joined(separator: "."))"
    )
    return .step(.reject(Reject(fault, of: .absent, from: frame.start, in: name, raw: "")))
  }

  private func key(_ frame: Frame) throws(EnvironmentFault) -> Move {
    guard let found = try find() else { return .wait }
    guard case .whole(let count) = found else { return try broken(found, isElement: false) }
    arena.reset()
    let bytes = Bytes(rebasing: window.bytes[..<count])
    var cursor = JSONCursor(bytes, arena: arena)
    let last = frames.count - 1
    frames[last].awaited = .colon
    frames[last].leads = false
    var fault: LogFault?
    do throws(LogFault) {
      let key = try cursor.string()
      frames[last].leads = shape.leads(key, at: frame.level)
      if shape.isKnown(key, at: frame.level) { frames[last].isKnown = true }
      if !frames[last].keys.insert(key) { fault = cursor.repeatedKey(key, at: 0) }
    } catch { fault = error }
    defer { consume(count) }
    if let fault { return .step(.reject(reject(fault, of: bytes))) }
    return .goOn
  }

  /// Takes the value at hand: goes into it, hands it out, or checks it.
  private func value(
    _ byte: UInt8,
    level: Int,
    isInList: Bool,
    leads: Bool = true
  ) throws(EnvironmentFault) -> Move {
    if !leads { return try other(isWanted: false) }
    // A list in a list is looked through like any other.
    let holdsElements = level == shape.path.count || level == 0
    if byte == 0x5B, !isInList || holdsElements, frames.count < JSONCursor.depthLimit {
      return open(isList: true, level: level)
    }
    if level == shape.path.count || (level == 0 && byte != 0x7B && shape.isElementByDefault) {
      // A value of a page instead of its rows: null says that there are none.
      return byte == 0x7B || isInList ? try element() : try other(isWanted: true)
    }
    guard byte == 0x7B else { return try other(isWanted: true) }
    if level > 0 { return open(isList: false, level: level) }
    if frames.last?.holdsElements == true { return try element() }
    guard let isElement = try isElement() else { return .wait }
    if !isElement { return open(isList: false, level: 0) }
    if !frames.isEmpty { frames[frames.count - 1].holdsElements = true }
    return try element()
  }

  private func open(isList: Bool, level: Int) -> Move {
    if !frames.isEmpty { frames[frames.count - 1].awaited = .comma }
    frames.append(Frame(isList: isList, level: level, start: position))
    consume(1)
    return .goOn
  }
}
