import CreditCore
import Testing

@Suite("JSON Pointers")
struct JSONPointerTests {
  @Test(
    "a pointer names keys and indices",
    arguments: [
      ("", []), ("/", [""]), ("/a", ["a"]), ("/a/b/0", ["a", "b", "0"]), ("/a//b", ["a", "", "b"]),
      ("/a~1b/c~0d", ["a/b", "c~d"]), ("/~01", ["~1"]), ("/größe", ["größe"]),
    ] as [(String, [String])]
  )
  func reads(text: String, tokens: [String]) throws {
    let pointer = try #require(JSONPointer(text))
    #expect(pointer.tokens == tokens)
    #expect(pointer.description == text)
  }

  @Test("what is not a pointer is refused", arguments: ["a", "a/b", "/a~", "/a~2", "#/a", " /a"])
  func refuses(text: String) {
    #expect(JSONPointer(text) == nil)
  }
}
