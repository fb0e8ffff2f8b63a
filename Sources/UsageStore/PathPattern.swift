/// A path with `*` for any characters and `{id}` for any one segment.
///
/// Requests of a series differ only in what fills their route, so that a pattern often takes all
/// of them or none; only where it names what fills the route does each request decide.
public struct PathPattern: Sendable {
  enum Extent {
    case none
    case some
    case all
  }

  private enum Token: Sendable {
    case byte(UInt8)
    case star
    case segment
  }

  /// What a path is made of, as far as it is known.
  private enum Symbol {
    case byte(UInt8)
    /// One segment.
    case segment
    /// What is left, slashes and all.
    case rest
  }

  /// What a state is left by.
  private enum Character {
    case byte(UInt8)
    /// Whatever a pattern asks for, but a slash.
    case anyButSlash
    /// What only `*` and `{id}` stand for.
    case unknownSegment
    /// What only `*` stands for.
    case unknownRest

    func isTaken(by wanted: UInt8) -> Bool {
      switch self {
      case .byte(let byte): byte == wanted
      case .anyButSlash: wanted != 0x2F
      case .unknownSegment, .unknownRest: false
      }
    }

    var isWithinSegment: Bool {
      switch self {
      case .byte(let byte): byte != 0x2F
      case .anyButSlash, .unknownSegment: true
      case .unknownRest: false
      }
    }
  }

  private var tokens: [Token] = []

  /// A leading slash may be left out, and a trailing one does not matter.
  public init(_ text: String) {
    var bytes = Array(text.utf8)
    while bytes.count > 1, bytes.last == 0x2F { bytes.removeLast() }
    if bytes.first != 0x2F, bytes.first != 0x2A { bytes.insert(0x2F, at: 0) }
    for (place, part) in bytes.split(separator: 0x2F, omittingEmptySubsequences: false).enumerated()
    {
      if place > 0 { tokens.append(.byte(0x2F)) }
      if part.first == 0x7B, part.last == 0x7D {
        tokens.append(.segment)
      } else {
        tokens += part.map { $0 == 0x2A ? .star : .byte($0) }
      }
    }
  }

  /// Whether a path matches.
  func matches(_ path: String) -> Bool { ends(path.utf8.map { .byte($0) }, isOpen: false) }

  /// Which of the requests of a route match.
  func extent(of route: String) -> Extent {
    var symbols: [Symbol] = []
    for part in route.split(separator: "/") {
      symbols.append(.byte(0x2F))
      switch part {
      case "{}": symbols.append(.segment)
      case "**": symbols.append(.rest)
      default: symbols += part.utf8.map { .byte($0) }
      }
    }
    if symbols.isEmpty, !route.isEmpty { symbols = [.byte(0x2F)] }
    if ends(symbols, isOpen: false) { return .all }
    return ends(symbols, isOpen: true) ? .some : .none
  }

  // A pattern's state is the number of a token times two, plus one within a segment.

  /// Whether the symbols match; what is unknown is open to be anything, or else only what `*` and
  /// `{id}` take.
  private func ends(_ symbols: [Symbol], isOpen: Bool) -> Bool {
    var states = Array(repeating: false, count: tokens.count * 2 + 1)
    states[0] = true
    close(&states)
    for symbol in symbols {
      switch symbol {
      case .byte(let byte): states = step(states, over: .byte(byte))
      case .segment where !isOpen: states = step(states, over: .unknownSegment)
      case .segment:
        states = step(states, over: .anyButSlash)
        while grow(&states, step(states, over: .anyButSlash)) {}
      case .rest where !isOpen: states = step(states, over: .unknownRest)
      case .rest:
        while grow(&states, step(states, over: .anyButSlash))
          || grow(&states, step(states, over: .byte(0x2F)))
        {}
      }
    }
    return states[tokens.count * 2]
  }

  /// The states behind one more character.
  private func step(_ states: [Bool], over character: Character) -> [Bool] {
    var next = Array(repeating: false, count: states.count)
    for (place, token) in tokens.enumerated() {
      let isInside = states[place * 2 + 1]
      guard states[place * 2] || isInside else { continue }
      switch token {
      case .byte(let byte): if character.isTaken(by: byte) { next[place * 2 + 2] = true }
      case .star: next[place * 2] = true
      case .segment: if character.isWithinSegment { next[place * 2 + 1] = true }
      }
    }
    close(&next)
    return next
  }

  /// Adds the states that are reached without a character.
  private func close(_ states: inout [Bool]) {
    for (place, token) in tokens.enumerated() {
      let passes: Bool =
        switch token {
        case .byte: false
        case .star: states[place * 2]
        case .segment: states[place * 2 + 1]
        }
      if passes { states[place * 2 + 2] = true }
    }
  }

  /// Adds states, and says whether there were new ones.
  private func grow(_ states: inout [Bool], _ more: [Bool]) -> Bool {
    var hasGrown = false
    for (place, isIn) in more.enumerated() where isIn && !states[place] {
      states[place] = true
      hasGrown = true
    }
    return hasGrown
  }
}
