import CreditCore

/// Finds the meaning of a key by its bytes: open addressing over names of at most 24 bytes.
///
/// Longer names never match, but those that `--map` gives may be longer and are kept apart.
final class RequestKeyTable {
  struct Name {
    var key = RequestKey.timestamp
    /// The lower one counts where a record has several names of one key.
    var rank: UInt8 = 0
    /// From 0, for a set of bits.
    var place: UInt8 = 0
  }

  private struct Slot {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// Below zero where the slot is free.
    var count = -1
    var name = Name()
  }

  /// Without further names; once made, a table does not change.
  nonisolated(unsafe) static let usual = RequestKeyTable()

  private static let slots = 256
  private static let longestName = 24

  private let table: UnsafeMutablePointer<Slot>
  private var long: [(bytes: [UInt8], name: Name)] = []
  private var count = 0

  /// `mapped`: further names, which come before all others.
  init(mapped: [(key: RequestKey, name: String)] = []) {
    table = .allocate(capacity: Self.slots)
    table.initialize(repeating: Slot(), count: Self.slots)
    for (key, name) in mapped { insert(key, name, rank: 0) }
    for key in RequestKey.allCases {
      for (rank, name) in key.names.enumerated() { insert(key, name, rank: UInt8(rank + 1)) }
    }
  }

  /// The usual names and those of `--map`; a key that there is not is a fault.
  convenience init(_ mapped: [(key: String, name: String)]) throws(BadInput) {
    var known: [(key: RequestKey, name: String)] = []
    for (word, name) in mapped {
      guard let key = RequestKey.allCases.first(where: { $0.names.contains(word) }) else {
        let keys = RequestKey.allCases.compactMap(\.names.first)
        let source = SourceText(name: "--map", bytes: Array("\(word)=\(name)".utf8))
        throw BadInput(
          Diagnostic(
            "\"\(word)\" is not a key of a request",
            at: SourceMark(source: source, line: 1, column: 1, width: word.unicodeScalars.count),
            expected: "KEY=NAME, where KEY is one of \(keys.joined(separator: ", "))",
            hint: nearest(to: word, among: keys).map { "did you mean \($0)?" }
          )
        )
      }
      known.append((key, name))
    }
    self.init(mapped: known)
  }

  deinit { table.deallocate() }

  private func insert(_ key: RequestKey, _ name: String, rank: UInt8) {
    let bytes = Array(name.utf8)
    // A set of 64 bits holds all names.
    guard count < 64, bytes.withUnsafeBufferPointer({ find($0) }) == nil else { return }
    let entry = Name(key: key, rank: rank, place: UInt8(count))
    count += 1
    guard bytes.count <= Self.longestName else {
      long.append((bytes, entry))
      return
    }
    let words = bytes.withUnsafeBufferPointer { Self.words($0) }
    var slot = Self.slot(words, bytes.count)
    while table[slot].count >= 0 { slot = (slot + 1) % Self.slots }
    table[slot] = Slot(words: words, count: bytes.count, name: entry)
  }

  /// What a name means, or nil for a key that says nothing to us.
  @inline(__always)
  func find(_ bytes: Bytes) -> Name? {
    if bytes.count > Self.longestName { return findLong(bytes) }
    let words = Self.words(bytes)
    var slot = Self.slot(words, bytes.count)
    while table[slot].count >= 0 {
      if table[slot].count == bytes.count, table[slot].words == words { return table[slot].name }
      slot = (slot + 1) % Self.slots
    }
    return nil
  }

  private func findLong(_ bytes: Bytes) -> Name? {
    long.first { $0.bytes.withUnsafeBufferPointer { $0.equals(bytes) } }?.name
  }

  @inline(__always)
  private static func words(_ bytes: Bytes) -> (UInt64, UInt64, UInt64) {
    (word(bytes, 0), word(bytes, 8), word(bytes, 16))
  }

  /// Eight bytes from `offset` on, padded with zeros.
  @inline(__always)
  private static func word(_ bytes: Bytes, _ offset: Int) -> UInt64 {
    guard offset < bytes.count, let base = bytes.baseAddress else { return 0 }
    if offset + 8 <= bytes.count {
      return UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    var word: UInt64 = 0
    for index in offset..<bytes.count { word = word << 8 | UInt64(base[index]) }
    return word
  }

  @inline(__always)
  private static func slot(_ words: (UInt64, UInt64, UInt64), _ count: Int) -> Int {
    let mixed = (words.0 ^ words.1 ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 56)
  }
}
