import CreditCore

/// Texts one behind another, named by where they start and end.
struct TextHeap {
  private var memory: UnsafeMutablePointer<UInt8>
  private var capacity = 64 << 10
  private(set) var count = 0

  init() { memory = .allocate(capacity: capacity) }

  func deallocate() { memory.deallocate() }

  mutating func clear() { count = 0 }

  /// Copies a text; an empty one is as good as an absent one.
  @inline(__always)
  mutating func add(_ bytes: Bytes) -> Range<UInt32> {
    guard let from = bytes.baseAddress, !bytes.isEmpty else { return 0..<0 }
    if capacity - count < bytes.count { grow(for: bytes.count) }
    (memory + count).update(from: from, count: bytes.count)
    let start = UInt32(truncatingIfNeeded: count)
    count += bytes.count
    return start..<UInt32(truncatingIfNeeded: count)
  }

  private mutating func grow(for added: Int) {
    capacity = max(capacity * 2, count + added)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: memory, count: count)
    memory.deallocate()
    memory = larger
  }

  /// A text; valid until the next one is added.
  @inline(__always)
  subscript(place: Range<UInt32>) -> Bytes {
    place.isEmpty
      ? .absent : Bytes(start: memory + Int(place.lowerBound), count: place.count)
  }
}

extension UnsafeMutableBufferPointer {
  /// Has a place `index`, if need be elsewhere in memory and with `filler` behind what there was.
  mutating func grow(toHold index: Int, _ filler: Element) {
    if index < count { return }
    let larger = Self.allocate(capacity: index * 2)
    UnsafeMutableBufferPointer(rebasing: larger[larger.initialize(fromContentsOf: self)...])
      .initialize(repeating: filler)
    deallocate()
    self = larger
  }
}

extension UnsafeMutableBufferPointer where Element: Comparable {
  /// Sorts what is nearly in order: each element moves the few places that it is off, and only
  /// where those become many is everything sorted.
  func sortNearlyOrdered() {
    var moves = count * 8
    for index in indices.dropFirst() {
      let element = self[index]
      var place = index
      while place > 0, element < self[place - 1] {
        self[place] = self[place - 1]
        place -= 1
      }
      self[place] = element
      moves -= index - place
      if moves < 0 {
        var all = self
        return all.sort()
      }
    }
  }
}
