import CreditCore

/// A text that is read eight bytes at a time.
struct PathWords {
  private let base: UnsafeRawPointer?
  let count: Int

  @inline(__always)
  init(_ bytes: Bytes) {
    base = bytes.baseAddress.map { UnsafeRawPointer($0) }
    count = bytes.count
  }

  /// Eight bytes from `offset` on, the first in the lowest bits; zeros behind the end.
  @inline(__always)
  func word(at offset: Int) -> UInt64 {
    let left = count - offset
    guard left > 0, let base else { return 0 }
    if left >= 8 { return load(base + offset) }
    if count >= 8 { return load(base + count - 8) >> UInt64(64 - 8 * left) }
    var word: UInt64 = 0
    for index in 0..<left {
      word |= UInt64((base + offset + index).load(as: UInt8.self)) << UInt64(8 * index)
    }
    return word
  }

  @inline(__always)
  private func load(_ pointer: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
  }

  /// Where the path of a target ends; 0 where something in it has to be decoded or left out.
  @inline(__always)
  var plainPathEnd: Int {
    var offset = 0
    while offset < count {
      let word = word(at: offset)
      let found = Self.places(of: 0x3F, in: word)
      let others = Self.places(of: 0x23, in: word) | Self.places(of: 0x25, in: word)
      if found | others != 0 {
        // The lowest mark counts: a higher one may be none, and may stand behind the path.
        let isEnd = others == 0 || found != 0 && found.trailingZeroBitCount < others.trailingZeroBitCount
        return isEnd ? offset + found.trailingZeroBitCount >> 3 : 0
      }
      offset += 8
    }
    return count
  }

  /// The high bit of each byte that is `byte`; above the lowest there may be others.
  @inline(__always)
  private static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & highs
  }

  /// Where the segment at `start` ends, and its hash below a node of the trie.
  @inline(__always)
  func segment(at start: Int, below node: Int) -> (end: Int, hash: UInt64) {
    var hash = UInt64(truncatingIfNeeded: node &+ 1) &* 0x9E37_79B9_7F4A_7C15
    var offset = start
    while true {
      let word = word(at: offset)
      let found = Self.places(of: 0x2F, in: word)
      if found != 0 {
        let length = found.trailingZeroBitCount >> 3
        // What follows the slash is no part of the segment.
        if length > 0 { hash = mixed(hash, word & ((1 &<< UInt64(8 * length)) &- 1)) }
        return (offset + length, hash)
      }
      hash = mixed(hash, word)
      offset += 8
      if offset >= count { return (count, hash) }
    }
  }

  @inline(__always)
  private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
    return product ^ product &>> 32
  }
}
