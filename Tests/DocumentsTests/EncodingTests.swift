import CreditCore
import Documents
import Testing

@Suite("Bytes that are not a text")
struct EncodingTests {
  static let faults: [(bytes: [UInt8], line: Int, column: Int, message: String)] = [
    ([0xFF], 1, 1, "0xFF is not UTF-8"),
    (Array("a: ".utf8) + [0x80], 1, 4, "0x80"),
    (Array("a: 1\nb: ".utf8) + [0xC3], 2, 4, "0xC3"),
    (Array("größe: ".utf8) + [0xC3, 0x28], 1, 8, "0xC3"),
    (Array("\u{1F600}: \u{20AC}".utf8) + [0x80], 1, 5, "0x80"),
    (Array("a: ".utf8) + [0xC0, 0xAF], 1, 4, "0xC0"),
    (Array("a: ".utf8) + [0xED, 0xA0, 0x80], 1, 4, "0xED"),
    (Array("a: ".utf8) + [0xF4, 0x90, 0x80, 0x80], 1, 4, "0xF4"),
    (Array("a: ".utf8) + [0xE2, 0x82], 1, 4, "0xE2"),
    (Array("a: ".utf8) + [0xF8, 0x88, 0x80, 0x80, 0x80], 1, 4, "0xF8"),
    ([0xEF, 0xBB, 0xBF] + Array("a: ".utf8) + [0x80], 1, 4, "0x80"),
    ([0xFE, 0xFF, 0x00, 0x61], 1, 1, "UTF-16"),
    ([0xFF, 0xFE, 0x61, 0x00], 1, 1, "UTF-16"),
  ]

  @Test("a byte that is not UTF-8 is named with its place", arguments: faults)
  func refuses(bytes: [UInt8], line: Int, column: Int, message: String) throws {
    for format in [Document.Format.yaml, .json] {
      let text = SourceText(name: "file", bytes: bytes)
      let fault = try #require(firstFault(of: text, format))
      #expect(fault.message.contains(message))
      #expect(fault.mark.line == line)
      #expect(fault.mark.column == column)
      #expect(!fault.rendered.isEmpty)
    }
  }

  @Test("every length of UTF-8 is read")
  func readsAllLengths() throws {
    let node = try parse("a: \u{7E}\u{7FF}\u{FFFD}\u{10FFFF}", .yaml)
    let value = try #require(JSONPointer("/a").flatMap { node[$0] })
    #expect(try value.string(of: "a") == "\u{7E}\u{7FF}\u{FFFD}\u{10FFFF}")
  }

  @Test(
    "the form is told by the name, else by the first character",
    arguments: [
      ("a.json", "a: 1", false), ("a.JSON", "[1]", true), ("a.yaml", "[x, y]", true),
      ("a.yml", "a: 1", true), ("standard input", "a: 1", true), ("-", "[x]", false),
      ("-", " \n{\"a\": 1}", true), ("-", "\u{FEFF}{a: 1}", false), ("-", "- a", true),
      ("a.txt", "{\"a\": 1}", true),
    ]
  )
  func detects(name: String, text: String, isRead: Bool) {
    #expect((firstFault(of: source(text, name: name)) == nil) == isRead)
  }
}

@Suite("Files made to exhaust")
struct BombTests {
  private func repeated(_ text: String, bytes: Int) -> String {
    String(repeating: text, count: bytes / text.utf8.count)
  }

  @Test("5 MB of open brackets end in a diagnostic", arguments: ["[", "{\"a\":", "[[{\"a\":["])
  func refusesNesting(text: String) throws {
    for format in [Document.Format.json, .yaml] {
      let fault = try #require(firstFault(of: repeated(text, bytes: 5_000_000), format))
      #expect(fault.message.contains("deeper than 64"))
      #expect(fault.rendered.utf8.count < 1_000)
    }
  }

  @Test("100,000 nested block sequences end in a diagnostic", arguments: ["- ", "? ", "-\t"])
  func refusesBlocks(text: String) throws {
    let fault = try #require(firstFault(of: String(repeating: text, count: 100_000), .yaml))
    #expect(fault.rendered.utf8.count < 1_000)
  }

  @Test("a file of aliases of aliases ends at its first anchor")
  func refusesLaughs() throws {
    var text = "a0: &a0 [lol, lol, lol]\n"
    for level in 1...30 {
      text += "a\(level): &a\(level) [" + repeated("*a\(level - 1),", bytes: 60) + "]\n"
    }
    let fault = try #require(firstFault(of: text, .yaml))
    #expect(fault.message == "an anchor stands here")
    #expect(fault.mark.line == 1)
  }

  @Test("a text of 5 MB on one line is read, and its faults are drawn short")
  func readsLongLine() throws {
    let long = repeated("x", bytes: 5_000_000)
    _ = try parse("\"\(long)\"", .json)
    let fault = try #require(firstFault(of: "[\"\(long)\", ?]", .json))
    #expect(fault.mark.column == 5_000_006)
    #expect(fault.rendered.utf8.count < 1_000)
    let node = try parse("{\"a\": \"\(long)\"}", .json)
    let value = try #require(JSONPointer("/a").flatMap { node[$0] })
    let notNumber = #expect(throws: Diagnostic.self) { try value.amount(of: "a") }
    #expect(try #require(notNumber).rendered.utf8.count < 1_000)
  }

  @Test("100,000 keys are compared without comparing each with each")
  func readsManyKeys() throws {
    let keys = (0..<100_000).map { "k\($0): 1\n" }.joined()
    let node = try parse(keys, .yaml)
    #expect(try node.entries(of: "a mapping").count == 100_000)
    #expect(firstFault(of: keys + "k0: 2\n", .yaml)?.mark.line == 100_001)
  }
}
