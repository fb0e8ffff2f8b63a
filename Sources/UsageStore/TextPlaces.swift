import CreditCore

/// Different texts, numbered in the order they come up, so that what many rows say is made once.
struct TextPlaces {
  private(set) var texts: [String] = []
  private var bytes: [UInt8] = []
  private var entries: [(hash: Int, bytes: Range<Int>)] = []
  /// By hash the numbers of texts, or -1; at least half of them are free.
  private var slots = Array(repeating: -1, count: 64)

  mutating func place(of text: Bytes) -> Int {
    let hash = Self.hash(text)
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[slots[slot]]
      if entry.hash == hash, equals(entry.bytes, text) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = texts.count
    entries.append((hash, bytes.count..<bytes.count + text.count))
    bytes.append(contentsOf: text)
    texts.append(text.text)
    if texts.count * 2 > slots.count { grow() }
    return texts.count - 1
  }

  private func equals(_ place: Range<Int>, _ text: Bytes) -> Bool {
    bytes.withUnsafeBufferPointer { Bytes(rebasing: $0[place]).equals(text) }
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for (place, entry) in entries.enumerated() {
      var slot = entry.hash & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = place
    }
  }

  private static func hash(_ text: Bytes) -> Int {
    var hash = UInt64(truncatingIfNeeded: text.count)
    var offset = 0
    while offset < text.count {
      hash = (hash ^ text.word(at: offset)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash &>> 32
      offset += 8
    }
    return Int(truncatingIfNeeded: hash)
  }
}
