import CreditCore
import TestSupport
import Testing

@testable import UsageStore

@Suite("Different texts are numbered in their order, whatever their hashes are")
struct TextPlacesTests {
  private static func bytes<Result>(_ text: [UInt8], _ body: (Bytes) -> Result) -> Result {
    text.withUnsafeBufferPointer { body($0) }
  }

  private static let keys = [
    TextPlaces.Key.own, TextPlaces.Key(start: 1, factor: 0x9E37_79B9_7F4A_7C15),
    // All texts of a length have the same hash, or nearly.
    TextPlaces.Key(start: 0, factor: 1), TextPlaces.Key(start: .max, factor: .max),
  ]

  @Test("under any key", arguments: keys.indices)
  func order(key: Int) {
    var random = SeededRandom()
    var places = TextPlaces(key: Self.keys[key])
    var expected: [[UInt8]] = []
    for _ in 0..<3_000 {
      let length = Int.random(in: 0...20, using: &random)
      let text = (0..<length).map { _ in UInt8.random(in: 0x61...0x63, using: &random) }
      let place = Self.bytes(text) { places.place(of: $0) }
      let known = expected.firstIndex(of: text)
      #expect(place == known ?? expected.count, "seed \(random.seed)")
      if known == nil { expected.append(text) }
    }
    #expect(places.texts.map { Array($0.utf8) } == expected, "seed \(random.seed)")
  }

  @Test("texts made to have one hash under one key have others under another")
  func keyed() {
    let (known, other) = (
      TextPlaces.Key(start: 7, factor: 0x9E37_79B9_7F4A_7C15),
      TextPlaces.Key(start: 8, factor: 0xD6E8_FEB8_6659_FD93)
    )
    var random = SeededRandom()
    let first = [UInt8](repeating: 0x61, count: 16)
    let hash = Self.bytes(first) { known.hash($0) }
    var collided: Set<Int> = []
    for _ in 0..<1_000 {
      // The second word is chosen so that with the first it comes to what it does in `first`.
      let start = (0..<8).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) }
      let text = start + Self.second(behind: start, as: first, known)
      #expect(Self.bytes(text) { known.hash($0) } == hash, "seed \(random.seed)")
      collided.insert(Self.bytes(text) { other.hash($0) })
    }
    #expect(collided.count > 990, "seed \(random.seed)")
  }

  private static func second(
    behind start: [UInt8],
    as text: [UInt8],
    _ key: TextPlaces.Key
  ) -> [UInt8] {
    func state(_ word: ArraySlice<UInt8>) -> UInt64 {
      let begun = key.start &+ 16 &* key.factor
      let product = (begun ^ number(word)).multipliedFullWidth(by: key.factor)
      return product.high ^ product.low
    }
    let word = state(start[...]) ^ state(text[..<8]) ^ number(text[8...])
    return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  @Test("a bit more or less anywhere, and a byte at the end, is another hash")
  func differences() {
    let key = TextPlaces.Key.own
    let text = Array("0123456789abcdefghijklmnopqrstu".utf8)
    var hashes = [Self.bytes(text) { key.hash($0) }]
    for place in text.indices {
      for bit in 0..<8 {
        var changed = text
        changed[place] ^= 1 << bit
        hashes.append(Self.bytes(changed) { key.hash($0) })
      }
    }
    for count in 1...8 {
      let longer = text + Array(repeating: 0, count: count)
      hashes.append(Self.bytes(longer) { key.hash($0) })
    }
    // Differences of the upper bits alone, which would cancel each other under any odd factor.
    var (upper, other) = (text, text)
    upper[7] ^= 0x80
    upper[15] ^= 0x80
    other[7] ^= 0x80
    (other[11], other[15]) = (other[11] ^ 0x80, other[15] ^ 0x80)
    for changed in [upper, other] { hashes.append(Self.bytes(changed) { key.hash($0) }) }
    #expect(Set(hashes).count == hashes.count)
  }
}
