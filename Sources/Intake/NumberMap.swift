/// Numbers by 64-bit hashes that are even already: open addressing, no hashing of its own.
struct NumberMap {
  private var hashes: ContiguousArray<UInt64>
  private var numbers: ContiguousArray<Int32>
  private var mask: Int
  private(set) var count = 0

  init() {
    hashes = ContiguousArray(repeating: 0, count: 256)
    numbers = ContiguousArray(repeating: -1, count: 256)
    mask = 255
  }

  /// The number of a hash, or nil.
  @inline(__always)
  subscript(hash: UInt64) -> Int32? {
    hashes.withUnsafeBufferPointer { hashes in
      numbers.withUnsafeBufferPointer { numbers in
        var slot = Int(truncatingIfNeeded: hash) & mask
        while numbers[slot] >= 0 {
          if hashes[slot] == hash { return numbers[slot] }
          slot = (slot + 1) & mask
        }
        return nil
      }
    }
  }

  /// Takes a number of 0 or more.
  mutating func insert(_ hash: UInt64, _ number: Int32) {
    if count * 2 > mask { grow() }
    var slot = Int(truncatingIfNeeded: hash) & mask
    while numbers[slot] >= 0 { slot = (slot + 1) & mask }
    hashes[slot] = hash
    numbers[slot] = number
    count += 1
  }

  /// The number of a hash, and raises it by one; a hash that is new has `first`.
  @inline(__always)
  mutating func raise(_ hash: UInt64, first: Int32) -> Int32 {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while numbers[slot] >= 0 {
      if hashes[slot] == hash {
        numbers[slot] += 1
        return numbers[slot] - 1
      }
      slot = (slot + 1) & mask
    }
    insert(hash, first + 1)
    return first
  }

  private mutating func grow() {
    let (oldHashes, oldNumbers) = (hashes, numbers)
    mask = mask * 2 + 1
    hashes = ContiguousArray(repeating: 0, count: mask + 1)
    numbers = ContiguousArray(repeating: -1, count: mask + 1)
    count = 0
    for (hash, number) in zip(oldHashes, oldNumbers) where number >= 0 { insert(hash, number) }
  }

  mutating func removeAll() { self = NumberMap() }
}
