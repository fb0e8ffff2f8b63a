import CreditCore

/// Finds where a JSON value ends, by its brackets and quotes alone, while more and more of it is
/// read.
///
/// A text ends with its line at the latest, since none may hold a line end: so a quote that is
/// missing does not turn all that follows inside out.
struct ValueScanner {
  enum Outcome {
    /// The value ends at ``ValueScanner/place``.
    case ended
    case unfinished
    /// This part of a text can be left out, being longer than texts are kept.
    case longText(Range<Int>)
  }

  /// Texts longer than this many bytes are left out.
  let textLimit: Int
  /// How far was looked.
  private(set) var place = 0
  private var depth = 0
  private var isScalar = false
  /// Where the text at hand starts, behind its quote; -1 outside of texts.
  private var textStart = -1
  /// Whether the start of the text at hand was left out.
  private var isLeavingOut = false

  init(textLimit: Int = .max) { self.textLimit = textLimit }

  /// Whether the value is a number or a word, which the end of all ends too.
  var endsAnywhere: Bool { isScalar && place > 0 }

  /// Looks on in `bytes`, which start with the value.
  mutating func scan(_ bytes: Bytes) -> Outcome {
    while place < bytes.count {
      if textStart >= 0 {
        if let outcome = scanText(bytes) { return outcome }
        continue
      }
      let byte = bytes[place]
      switch byte {
      case 0x22 where !isScalar:
        place += 1
        textStart = place
      case 0x7B where !isScalar, 0x5B where !isScalar:
        depth += 1
        place += 1
      case 0x7D where depth > 0, 0x5D where depth > 0:
        depth -= 1
        place += 1
        if depth == 0 { return .ended }
      default:
        if depth == 0 {
          if place > 0, Self.endsScalar(byte) { return .ended }
          isScalar = true
        }
        place += 1
      }
    }
    return .unfinished
  }

  /// Looks on in a text; nil where it ended and the value goes on.
  private mutating func scanText(_ bytes: Bytes) -> Outcome? {
    while true {
      place = Self.placeOfMark(bytes, from: place)
      if place == bytes.count { return longText ?? .unfinished }
      switch bytes[place] {
      case 0x5C:
        guard place + 1 < bytes.count else { return longText ?? .unfinished }
        place += bytes[place + 1] == 0x0A ? 1 : 2
      default:
        if let longText { return longText }
        // The line end itself is behind the text.
        if bytes[place] == 0x22 { place += 1 }
        textStart = -1
        isLeavingOut = false
        return depth == 0 ? .ended : nil
      }
    }
  }

  private var longText: Outcome? {
    place - textStart > (isLeavingOut ? 0 : textLimit) ? .longText(textStart..<place) : nil
  }

  /// Goes on where the part of a text that was given is left out.
  mutating func leaveOut() {
    place = textStart
    isLeavingOut = true
  }

  /// Goes on where the first `count` bytes are there no longer.
  mutating func drop(_ count: Int) {
    place -= count
    if textStart >= 0 { textStart = max(textStart - count, 0) }
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x2C, 0x3A, 0x5B, 0x5D, 0x7B, 0x7D, 0x22: true
    default: false
    }
  }

  /// Where the next quote, backslash or line end stands; the end where there is none.
  @inline(__always)
  private static func placeOfMark(_ bytes: Bytes, from start: Int) -> Int {
    guard let base = bytes.baseAddress else { return start }
    let ones: UInt64 = 0x0101_0101_0101_0101
    var place = start
    while place + 8 <= bytes.count {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
      )
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let lineEnd = word ^ (ones &* 0x0A)
      let marks =
        (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
          | ((lineEnd &- ones) & ~lineEnd)) & (ones &* 0x80)
      if marks != 0 { return place + marks.trailingZeroBitCount >> 3 }
      place += 8
    }
    while place < bytes.count, ![0x22, 0x5C, 0x0A].contains(bytes[place]) { place += 1 }
    return place
  }
}
