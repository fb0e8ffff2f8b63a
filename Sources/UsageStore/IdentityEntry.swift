/// When a request was seen, as one word.
///
/// The upper 47 bits of its identity, then the second of the day, from 1 on; in order of the
/// identities where words are.
struct IdentityEntry: Comparable {
  private static let secondMask: UInt64 = 1 << 17 - 1

  let word: UInt64

  @inline(__always)
  init(word: UInt64) { self.word = word }

  @inline(__always)
  init(_ identity: UInt64, secondOfDay: Int) {
    word = Self.upper(identity) | UInt64(truncatingIfNeeded: secondOfDay + 1)
  }

  @inline(__always)
  static func < (left: IdentityEntry, right: IdentityEntry) -> Bool { left.word < right.word }

  /// Between which the entries of an identity lie.
  static func bounds(of identity: UInt64) -> (first: IdentityEntry, last: IdentityEntry) {
    let upper = upper(identity)
    return (IdentityEntry(word: upper), IdentityEntry(word: upper | secondMask))
  }

  /// Whether it may be of an identity: the 47 bits are the same.
  @inline(__always)
  func isOf(_ identity: UInt64) -> Bool { Self.upper(word ^ identity) == 0 }

  var secondOfDay: Int { Int(word & Self.secondMask) - 1 }

  /// The part of an identity that entries have.
  @inline(__always)
  static func upper(_ identity: UInt64) -> UInt64 { identity & ~secondMask }
}

/// Entries that are not stored yet: a table in which each is as near as can be to the place that
/// its identity has among all, so that it is nearly sorted.
struct IdentityTable {
  private static let smallest = 6
  /// Behind the last place, for those that find theirs taken.
  private static let tail = 64

  /// A free slot is 0, which is no entry.
  private var slots: UnsafeMutablePointer<UInt64>
  /// The logarithm of how many places there are.
  private var bits = smallest
  private(set) var count = 0

  init() { slots = Self.make(bits) }

  private static func make(_ bits: Int) -> UnsafeMutablePointer<UInt64> {
    let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << bits + tail)
    slots.initialize(repeating: 0, count: 1 << bits + tail)
    return slots
  }

  func deallocate() { slots.deallocate() }

  private var end: Int { 1 << bits + Self.tail }

  var byteCount: Int { end * 8 }

  @inline(__always)
  private func place(of identity: UInt64) -> Int {
    Int(truncatingIfNeeded: identity &>> UInt64(64 - bits))
  }

  /// Reads from the place of an identity, so that it is near when it is inserted.
  @inline(__always)
  func touch(_ identity: UInt64) -> UInt64 { slots[place(of: identity)] }

  @inline(__always)
  mutating func insert(_ entry: IdentityEntry) {
    if count >= 1 << (bits - 1) { grow() }
    var slot = place(of: entry.word)
    while slots[slot] != 0 {
      slot += 1
      if slot < end { continue }
      grow()
      slot = place(of: entry.word)
    }
    slots[slot] = entry.word
    count += 1
  }

  private mutating func grow() {
    let (old, oldEnd) = (slots, end)
    bits += 2
    slots = Self.make(bits)
    count = 0
    for slot in 0..<oldEnd where old[slot] != 0 { insert(IdentityEntry(word: old[slot])) }
    old.deallocate()
  }

  mutating func clear() {
    slots.update(repeating: 0, count: end)
    count = 0
  }

  /// Hands the entries to `body` that an identity may have.
  func forEach(of identity: UInt64, _ body: (IdentityEntry) -> Void) {
    var slot = place(of: identity)
    while slot < end, slots[slot] != 0 {
      body(IdentityEntry(word: slots[slot]))
      slot += 1
    }
  }

  func visit(_ body: (IdentityEntry) -> Void) {
    for slot in 0..<end where slots[slot] != 0 { body(IdentityEntry(word: slots[slot])) }
  }

  /// All entries in order.
  func sorted() -> [IdentityEntry] {
    [IdentityEntry](unsafeUninitializedCapacity: count) { memory, used in
      visit { entry in
        memory[used] = entry
        used += 1
      }
      UnsafeMutableBufferPointer(rebasing: memory[..<used]).sortNearlyOrdered()
    }
  }
}
