/// Says of a 64-bit hash that it was never added, or that it may have been.
///
/// A split-block Bloom filter: one bit in each of eight words that lie together, so that a
/// look-up reads one place in memory. With 16 bits a hash, fewer than 2 in 1,000 that were never
/// added seem to have been. It looks at the upper 47 bits of a hash, which is what is stored.
struct IdentityFilter {
  private static let bitsPerHash = 16

  /// Eight words a block.
  private let words: UnsafeMutablePointer<UInt32>
  private let blocks: UInt64
  private let left: UnsafeMutablePointer<Int>
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    let blocks = max(1, capacity * Self.bitsPerHash / 256)
    self.blocks = UInt64(blocks)
    words = .allocate(capacity: blocks * 8)
    words.initialize(repeating: 0, count: blocks * 8)
    left = .allocate(capacity: 1)
    left.initialize(to: capacity)
  }

  func deallocate() {
    words.deallocate()
    left.deallocate()
  }

  /// How many hashes it has room for still.
  @inline(__always)
  var room: Int { left.pointee }

  var byteCount: Int { Int(blocks) * 32 }

  @inline(__always)
  private func block(of hash: UInt64) -> UnsafeMutablePointer<UInt32> {
    words + Int(IdentityEntry.upper(hash).multipliedFullWidth(by: blocks).high) * 8
  }

  /// Reads from the place of a hash, so that it is near when it is looked up.
  @inline(__always)
  func touch(_ hash: UInt64) -> UInt64 { UInt64(block(of: hash).pointee) }

  @inline(__always)
  func insert(_ hash: UInt64) {
    left.pointee -= 1
    let words = block(of: hash)
    let bits = UInt32(truncatingIfNeeded: IdentityEntry.upper(hash) >> 20)
    words[0] |= 1 &<< ((bits &* 0x47B6_137B) >> 27)
    words[1] |= 1 &<< ((bits &* 0x4497_4D91) >> 27)
    words[2] |= 1 &<< ((bits &* 0x8824_AD5B) >> 27)
    words[3] |= 1 &<< ((bits &* 0xA2B7_289D) >> 27)
    words[4] |= 1 &<< ((bits &* 0x7054_95C7) >> 27)
    words[5] |= 1 &<< ((bits &* 0x2DF1_424B) >> 27)
    words[6] |= 1 &<< ((bits &* 0x9EFC_4947) >> 27)
    words[7] |= 1 &<< ((bits &* 0x5C6B_FB31) >> 27)
  }

  @inline(__always)
  func mayContain(_ hash: UInt64) -> Bool {
    let words = block(of: hash)
    let bits = UInt32(truncatingIfNeeded: IdentityEntry.upper(hash) >> 20)
    // Whether the first bit is there is as good as chance, so that to branch on it costs more than
    // to look at four; few that were never added have all of them.
    let first =
      words[0] &>> ((bits &* 0x47B6_137B) >> 27) & words[1] &>> ((bits &* 0x4497_4D91) >> 27)
      & words[2] &>> ((bits &* 0x8824_AD5B) >> 27) & words[3] &>> ((bits &* 0xA2B7_289D) >> 27)
    if first & 1 == 0 { return false }
    let rest =
      words[4] &>> ((bits &* 0x7054_95C7) >> 27) & words[5] &>> ((bits &* 0x2DF1_424B) >> 27)
      & words[6] &>> ((bits &* 0x9EFC_4947) >> 27) & words[7] &>> ((bits &* 0x5C6B_FB31) >> 27)
    return rest & 1 != 0
  }
}
