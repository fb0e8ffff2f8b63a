import CreditCore

/// A segment of a target as it stands there.
struct PlainSegment {
  /// Where it ends.
  var end: Int
  /// Below a node of the trie.
  var hash: UInt64
  /// Its first eight bytes, padded with zeros.
  var first: UInt64
  /// Whether the path goes on behind its end.
  var isFollowed: Bool
}

// Paths read eight bytes at a time.
extension UnsafeBufferPointer where Element == UInt8 {
  /// Where the segment at `start` ends, and its hash below a node of the trie.
  @inline(__always)
  func segment(at start: Int, below node: Int) -> (end: Int, hash: UInt64) {
    var hash = UInt64(truncatingIfNeeded: node &+ 1) &* 0x9E37_79B9_7F4A_7C15
    var offset = start
    while true {
      let word = word(at: offset)
      let slashes = word.bytes(equalTo: UInt8(ascii: "/"))
      if slashes != 0 {
        let length = slashes.trailingZeroBitCount >> 3
        // What follows the slash is no part of the segment.
        if length > 0 { hash = mixed(hash, word & (1 &<< UInt64(8 * length) - 1)) }
        return (offset + length, hash)
      }
      hash = mixed(hash, word)
      offset += 8
      if offset >= count { return (count, hash) }
    }
  }

  /// The segment of a target at `start`; nil where something in it has to be decoded or left out.
  ///
  /// A question mark ends it as the end does. Its hash is that of ``segment(at:below:)``.
  @inline(__always)
  func plainSegment(at start: Int, below node: Int) -> PlainSegment? {
    var hash = UInt64(truncatingIfNeeded: node &+ 1) &* 0x9E37_79B9_7F4A_7C15
    var (offset, first) = (start, UInt64(0))
    while offset < count {
      var word = word(at: offset)
      let slashes = word.bytes(equalTo: UInt8(ascii: "/"))
      let ends = slashes | word.bytes(equalTo: UInt8(ascii: "?"))
      let others = word.bytes(equalTo: UInt8(ascii: "#")) | word.bytes(equalTo: UInt8(ascii: "%"))
      let marks = ends | others
      if marks != 0 {
        let mark = marks & (0 &- marks)
        if mark & others != 0 { return nil }
        let length = marks.trailingZeroBitCount &>> 3
        // What follows the mark is no part of the segment.
        word &= (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1
        if length > 0 { hash = mixed(hash, word) }
        if offset == start { first = word }
        return PlainSegment(
          end: offset &+ length,
          hash: hash,
          first: first,
          isFollowed: mark & slashes != 0
        )
      }
      hash = mixed(hash, word)
      if offset == start { first = word }
      offset &+= 8
    }
    return PlainSegment(end: count, hash: hash, first: first, isFollowed: false)
  }
}

@inline(__always)
private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
  let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
  return product ^ product &>> 32
}
