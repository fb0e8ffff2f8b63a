/// What tells the series of requests apart in memory, to the bit.
struct SeriesKey: Equatable {
  /// In capitals.
  var method: (UInt64, UInt64)
  /// The route of a rater, and the place of the operation.
  var call: UInt64
  /// The numbers of organisation and tags.
  var owner: UInt64
  /// The number of the rater, the status, the basis, and whether the answer was replayed.
  var terms: UInt64

  @inline(__always)
  static func == (left: SeriesKey, right: SeriesKey) -> Bool {
    left.call == right.call && left.owner == right.owner && left.terms == right.terms
      && left.method == right.method
  }

  @inline(__always)
  fileprivate var hash: Int {
    var hash = method.0 ^ method.1
    for word in [call, owner, terms] {
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash &>> 32
    }
    return Int(truncatingIfNeeded: hash)
  }
}

/// The numbers of series by their keys: open addressing.
struct SeriesNumbers {
  private struct Slot {
    var key: SeriesKey
    /// Below zero where the slot is free.
    var number: Int32
  }

  /// Series held in memory; past that all are asked for again.
  private static let limit = 50_000

  private var slots: ContiguousArray<Slot>
  private var mask: Int
  private var count = 0

  init() { self.init(capacity: 1_024) }

  private init(capacity: Int) {
    let free = SeriesKey(method: (0, 0), call: 0, owner: 0, terms: 0)
    slots = ContiguousArray(repeating: Slot(key: free, number: -1), count: capacity)
    mask = capacity - 1
  }

  @inline(__always)
  subscript(key: SeriesKey) -> Int32? {
    slots.withUnsafeBufferPointer { slots in
      var slot = key.hash & mask
      while slots[slot].number >= 0 {
        if slots[slot].key == key { return slots[slot].number }
        slot = (slot + 1) & mask
      }
      return nil
    }
  }

  /// `number`: of a key that has none yet, 0 or more.
  mutating func insert(_ key: SeriesKey, _ number: Int32) {
    if count > Self.limit { self = SeriesNumbers() }
    if count * 4 > mask * 3 { grow() }
    var slot = key.hash & mask
    while slots[slot].number >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Slot(key: key, number: number)
    count += 1
  }

  private mutating func grow() {
    let old = slots
    self = SeriesNumbers(capacity: old.count * 2)
    for slot in old where slot.number >= 0 { insert(slot.key, slot.number) }
  }
}
