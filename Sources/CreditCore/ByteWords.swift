// Texts read eight bytes at a time.
extension UnsafeBufferPointer where Element == UInt8 {
  /// Eight bytes from `offset` on, the first in the lowest bits; zeros behind the end.
  @inlinable @inline(__always)
  public func word(at offset: Int) -> UInt64 {
    let left = count - offset
    guard left > 0, let base = baseAddress else { return 0 }
    if left >= 8 { return Self.word(base + offset) }
    if count >= 8 { return Self.word(base + count - 8) >> UInt64(64 - 8 * left) }
    var word: UInt64 = 0
    for index in 0..<left { word |= UInt64(base[offset + index]) << UInt64(8 * index) }
    return word
  }

  @inlinable @inline(__always)
  static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
  }

  /// Whether no byte is a control character.
  @inlinable
  public var isPrintable: Bool {
    var offset = 0
    while offset < count {
      let word = word(at: offset)
      // Behind the end there are zeros, which are none.
      let bytes = count - offset >= 8 ? UInt64.max : 1 << UInt64(8 * (count - offset)) - 1
      let low = (word &- 0x2020_2020_2020_2020) & ~word
      if (low | word.bytes(equalTo: 0x7F)) & bytes & UInt64.highBits != 0 { return false }
      offset += 8
    }
    return true
  }

  /// Whether no byte is above ASCII.
  @inlinable
  public var isASCII: Bool {
    var (offset, all): (Int, UInt64) = (0, 0)
    while offset < count {
      all |= word(at: offset)
      offset += 8
    }
    return all & UInt64.highBits == 0
  }
}

extension UInt64 {
  @inlinable
  static var highBits: UInt64 { 0x8080_8080_8080_8080 }

  /// The high bit of each byte that is `byte`; above the lowest one there may be others.
  @inlinable @inline(__always)
  public func bytes(equalTo byte: UInt8) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let difference = self ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & Self.highBits
  }
}

/// A name of at most 16 bytes, to be compared at once; longer ones are like no shorter one.
public struct ByteWords: Equatable, Sendable {
  @usableFromInline let first: UInt64
  @usableFromInline let second: UInt64
  @usableFromInline let count: Int

  @inlinable @inline(__always)
  public init(_ name: UnsafeBufferPointer<UInt8>) {
    first = name.word(at: 0)
    second = name.word(at: 8)
    count = name.count
  }
}
