import CreditCore

/// Tells which key of an object comes next by what came there the last time: logs give their
/// keys in one order.
final class KeyOrder {
  /// Stands for the key before the first.
  static let first = 64
  /// Stands for keys that say nothing to us.
  static let unknown = 65

  /// A key from what stands before its quote to its colon, as words to compare with.
  private struct Expected {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// Which of their bits count; at first all.
    var masks: (UInt64, UInt64, UInt64) = (.max, .max, .max)
    /// Bytes of the key; 0 where none is expected.
    var count = 0
    var name = RequestKeyTable.Name()
  }

  private static let size = 24

  /// By the place of the name before.
  private let expected: UnsafeMutablePointer<Expected>

  init() {
    expected = .allocate(capacity: Self.unknown + 1)
    expected.initialize(repeating: Expected(), count: Self.unknown + 1)
  }

  deinit { expected.deallocate() }

  /// Moves from the brace or comma before a key behind its colon, where it is the one that is
  /// expected behind `before`; nil, and nothing moves, where another one stands there.
  @inline(__always)
  func take(after before: Int, _ cursor: inout JSONCursor) -> RequestKeyTable.Name? {
    guard cursor.end - cursor.at >= Self.size else { return nil }
    let next = expected + before
    let (first, second, third) = Self.words(cursor.at)
    let difference =
      (first ^ next.pointee.words.0) & next.pointee.masks.0
      | (second ^ next.pointee.words.1) & next.pointee.masks.1
      | (third ^ next.pointee.words.2) & next.pointee.masks.2
    // Where nothing is expected yet, zeros would be it.
    if difference != 0 || next.pointee.count == 0 { return nil }
    cursor.at += next.pointee.count
    return next.pointee.name
  }

  /// Expects a name behind `before` from here on; the brace or comma before it stood at `start`.
  func learn(
    _ name: RequestKeyTable.Name,
    _ text: Bytes,
    from start: UnsafePointer<UInt8>,
    after before: Int,
    _ cursor: JSONCursor
  ) {
    let count = text.count + 4
    // With an escape or space in it, it is not what stands there.
    guard count <= Self.size, cursor.end - start >= Self.size, text.baseAddress == start + 2,
      start[count - 1] == 0x3A
    else { return }
    var next = Expected(words: Self.words(start), count: count, name: name)
    next.masks = (Self.mask(count), Self.mask(count - 8), Self.mask(count - 16))
    expected[before] = next
  }

  @inline(__always)
  private static func words(_ start: UnsafePointer<UInt8>) -> (UInt64, UInt64, UInt64) {
    let raw = UnsafeRawPointer(start)
    return (
      UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)),
      UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
      UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
    )
  }

  /// The bits of so many bytes of a word.
  private static func mask(_ count: Int) -> UInt64 {
    count >= 8 ? .max : count <= 0 ? 0 : 1 << UInt64(8 * count) - 1
  }
}

/// The rank of the name that each key was taken from, in four bits each.
struct KeyRanks {
  /// Below all others.
  static let none: UInt8 = 15

  private var bits = UInt64.max

  @inline(__always)
  subscript(key: RequestKey) -> UInt8 {
    get { UInt8(truncatingIfNeeded: bits &>> UInt64(key.rawValue * 4)) & 15 }
    set {
      let shift = UInt64(key.rawValue * 4)
      bits = bits & ~(15 &<< shift) | UInt64(newValue) &<< shift
    }
  }
}
