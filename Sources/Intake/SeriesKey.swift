import Rating

/// What tells the series of requests apart in memory, to the bit.
///
/// It is small, as one is looked up with every request.
struct SeriesKey: Equatable {
  /// The route of a rater, the place of the operation, the number of the rater.
  private let call: UInt64
  /// The numbers of organisation, tags and method, the status, the basis, and whether the answer
  /// was replayed.
  private let terms: UInt64

  /// Nil where a number has more bits than there are for it, which hardly one ever has.
  @inline(__always)
  init?(
    route: Int,
    operation: Int,
    rater: Int,
    org: Int,
    tags: Int,
    method: Int,
    status: Int,
    flags: Int
  ) {
    let excess =
      (operation | rater) &>> 16 | (org | tags) &>> 20 | method &>> SeriesNumbers.methodBits
      | status &>> 10 | flags &>> 4
    if excess != 0 { return nil }
    let number = UInt32(truncatingIfNeeded: route)
    call = UInt64(number) << 32 | UInt64(operation << 16 | rater)
    let whose = org << 20 | tags
    let answer = (method << 10 | status) << 4 | flags
    terms = UInt64(truncatingIfNeeded: whose << 24 | answer)
  }

  /// Of no series.
  fileprivate init() { (call, terms) = (0, 0) }

  @inline(__always)
  fileprivate var hash: Int {
    var hash = call &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash &>> 32 ^ terms) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: hash &>> 32)
  }
}

/// The numbers of series by their keys: open addressing.
struct SeriesNumbers {
  /// Of the numbers that methods have.
  static let methodBits = 6

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
  private var methods: [MethodName] = []
  /// Of what was read ahead: nothing is, where nobody keeps it.
  private var ahead: Int32 = 0

  init() { (slots, mask) = Self.free(1_024) }

  private static func free(_ capacity: Int) -> (slots: ContiguousArray<Slot>, mask: Int) {
    (ContiguousArray(repeating: Slot(key: SeriesKey(), number: -1), count: capacity), capacity - 1)
  }

  /// The number of a method, which keys have; nil for one too many.
  @inline(__always)
  mutating func number(of method: MethodName) -> Int? {
    for place in methods.indices where methods[place] == method { return place }
    if methods.count >> Self.methodBits > 0 { return nil }
    methods.append(method)
    return methods.count - 1
  }

  /// Reads from the place of a key, so that it is near when it is looked up.
  @inline(__always)
  mutating func touch(_ key: SeriesKey) { ahead ^= slots[key.hash & mask].number }

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
    if count > Self.limit { hold(1_024) }
    if count * 4 > mask * 3 { grow() }
    var slot = key.hash & mask
    while slots[slot].number >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Slot(key: key, number: number)
    count += 1
  }

  /// Forgets all, and has room for so many.
  private mutating func hold(_ capacity: Int) {
    (slots, mask) = Self.free(capacity)
    count = 0
  }

  private mutating func grow() {
    let old = slots
    hold(old.count * 2)
    for slot in old where slot.number >= 0 { insert(slot.key, slot.number) }
  }
}
