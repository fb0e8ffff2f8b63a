import CreditCore

/// Different texts, numbered in the order they come up, so that what many rows say is made once.
struct TextPlaces {
  /// What hashes depend on: no log can be made of texts that all have the same.
  struct Key {
    /// Another one in every process.
    static let own: Key = {
      var source = SystemRandomNumberGenerator()
      return Key(start: source.next(), factor: source.next())
    }()

    let start: UInt64
    let factor: UInt64

    init(start: UInt64, factor: UInt64) {
      self.start = start
      // Of an even one, products are fewer.
      self.factor = factor | 1
    }

    func hash(_ text: Bytes) -> Int {
      var hash = start &+ UInt64(truncatingIfNeeded: text.count) &* factor
      var offset = 0
      while offset < text.count {
        // Both halves: what differs in the upper bits alone would not reach the lower ones.
        let product = (hash ^ text.word(at: offset)).multipliedFullWidth(by: factor)
        hash = product.high ^ product.low
        offset += 8
      }
      return Int(truncatingIfNeeded: hash)
    }
  }

  private let key: Key
  private(set) var texts: [String] = []
  private var bytes: [UInt8] = []
  private var entries: [(hash: Int, bytes: Range<Int>)] = []
  /// By hash the numbers of texts, or -1; at least half of them are free.
  private var slots = Array(repeating: -1, count: 64)

  init(key: Key = .own) { self.key = key }

  mutating func place(of text: Bytes) -> Int {
    let hash = key.hash(text)
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
}
