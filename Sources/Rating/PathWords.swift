import CreditCore

// Paths read eight bytes at a time.
extension UnsafeBufferPointer where Element == UInt8 {
  /// Where the path of a target ends; 0 where something in it has to be decoded or left out.
  @inline(__always)
  var plainPathEnd: Int {
    var offset = 0
    while offset < count {
      let word = word(at: offset)
      let ends = word.bytes(equalTo: UInt8(ascii: "?"))
      let others = word.bytes(equalTo: UInt8(ascii: "#")) | word.bytes(equalTo: UInt8(ascii: "%"))
      if ends | others != 0 {
        let isEnd = ends.trailingZeroBitCount < others.trailingZeroBitCount
        return isEnd ? offset + ends.trailingZeroBitCount >> 3 : 0
      }
      offset += 8
    }
    return count
  }

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
}

@inline(__always)
private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
  let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
  return product ^ product &>> 32
}
