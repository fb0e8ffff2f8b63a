import CreditCore
import Testing

@Suite("Texts are told apart, and put in order, by their bytes")
struct SpellingTests {
  private static let texts = [
    "", "a", "ab", "b", "é", "e\u{301}", "\u{212B}", "Å", "\u{FFFF}", "𝛼", "a\0", "a\0b",
    "sixteen bytes, at least, are not small",
  ]

  @Test("as their UTF-8 is, whatever looks alike", arguments: texts)
  func bytes(left: String) {
    for right in Self.texts {
      let (a, b) = (Array(left.utf8), Array(right.utf8))
      #expect(left.isSpelled(like: right) == (a == b))
      #expect(left.isSpelled(before: right) == a.lexicographicallyPrecedes(b))
    }
  }

  @Test("a hash knows where a text ends")
  func hashes() {
    func hash(_ texts: String...) -> Int {
      var hasher = Hasher()
      for text in texts { hasher.combine(spelling: text) }
      return hasher.finalize()
    }
    #expect(hash("ab", "c") == hash("ab", "c"))
    #expect(hash("ab", "c") != hash("a", "bc"))
    #expect(hash("é") != hash("e\u{301}"))
  }
}
