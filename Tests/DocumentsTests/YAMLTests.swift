import CreditCore
import Documents
import Testing

@Suite("YAML")
struct YAMLTests {
  static let accepted: [(String, Shape)] = [
    ("", .null),
    ("\n\n", .null),
    ("# only a comment\n", .null),
    ("---\n", .null),
    ("~", .null),
    ("null", .null),
    ("a: ~", .mapping([.init(key: "a", value: .null)])),
    ("a:", .mapping([.init(key: "a", value: .null)])),
    ("a: 'null'", .mapping([.init(key: "a", value: .scalar("null", quoted: true))])),
    ("NULL", .scalar("NULL", quoted: false)),
    ("yes", .scalar("yes", quoted: false)),
    ("0x10", .scalar("0x10", quoted: false)),
    ("1:30", .scalar("1:30", quoted: false)),
    ("2026-11-01", .scalar("2026-11-01", quoted: false)),
    ("'it''s'", .scalar("it's", quoted: true)),
    (#""a\tb\u00e9""#, .scalar("a\tbé", quoted: true)),
    (
      "a: |\n  one\n  two\n",
      .mapping([.init(key: "a", value: .scalar("one\ntwo\n", quoted: true))])
    ),
    ("- 1\n- [2, 3]\n", .list([.scalar("1", quoted: false), .list([two, three])])),
    ("{a: 1, b: []}", .mapping([.init(key: "a", value: one), .init(key: "b", value: .list([]))])),
    ("\u{FEFF}a: 1\n", .mapping([.init(key: "a", value: one)])),
    ("a: 1\r\nb: 2\r\n", .mapping([.init(key: "a", value: one), .init(key: "b", value: two)])),
    ("%YAML 1.1\n---\na: 1\n...\n", .mapping([.init(key: "a", value: one)])),
    ("1: 2", .mapping([.init(key: "1", value: two)])),
    ("? a\n: 1\n", .mapping([.init(key: "a", value: one)])),
    ("a: {\n\tb: 1}", .mapping([.init(key: "a", value: .mapping([.init(key: "b", value: one)]))])),
  ]

  private static let one = Shape.scalar("1", quoted: false)
  private static let two = Shape.scalar("2", quoted: false)
  private static let three = Shape.scalar("3", quoted: false)

  @Test("nothing is typed by guessing", arguments: accepted)
  func reads(text: String, shape: Shape) throws {
    #expect(Shape(try parse(text, .yaml)) == shape)
  }

  static let refused: [(text: String, line: Int, column: Int, message: String)] = [
    ("a: &x 1", 1, 4, "an anchor"),
    ("a: &x [1]", 1, 4, "an anchor"),
    ("- &x {a: 1}", 1, 3, "an anchor"),
    ("&k a: 1", 1, 1, "an anchor"),
    ("a: 1\nb: *x", 2, 4, "an alias"),
    ("*x : 1", 1, 1, "an alias"),
    ("a: !!str 1", 1, 4, "a YAML tag"),
    ("a: !custom {b: 1}", 1, 4, "a YAML tag"),
    ("!!map\na: 1", 1, 1, "a YAML tag"),
    ("- !<tag:example.com,2026:x> [1]", 1, 3, "a YAML tag"),
    ("!!binary aGVsbG8=", 1, 1, "a YAML tag"),
    ("a: 1\n---\nb: 2", 2, 1, "a second document"),
    ("a: 1\n...\n---\nb: 2", 3, 1, "a second document"),
    ("a: 1\nb: 2\na: 3", 3, 1, "key \"a\" stands twice"),
    ("a: 1\n'a': 3", 2, 1, "key \"a\" stands twice"),
    ("{a: 1, a: 2}", 1, 8, "key \"a\" stands twice"),
    ("x:\n  - a: 1\n    a: 2", 3, 5, "key \"a\" stands twice"),
    ("~: 1\n'': 2", 2, 1, "stands twice"),
    ("a: 1\n<<: {b: 1}\n<<: {c: 1}", 3, 1, "key \"<<\" stands twice"),
    ("[a, b]: 1", 1, 1, "a key is a list"),
    ("{a: 1}: 1", 1, 1, "a key is a mapping"),
    ("? - a\n: 1", 1, 3, "a key is a list"),
    ("a:\n\tb: 1", 2, 1, "a tab indents this line"),
    ("a:\n  b: 1\n \tc: 1", 3, 2, "a tab indents this line"),
    ("a: 'open", 1, 4, "not YAML here"),
    ("a: [1, 2", 1, 4, "not YAML here"),
    ("a: b: c", 1, 5, "not YAML here"),
    ("a: 1\n b: 2", 2, 3, "not YAML here"),
    ("- 1\n-2: x\n", 2, 1, "not YAML here"),
    ("a: @x", 1, 4, "not YAML here"),
    ("a: `x`", 1, 4, "not YAML here"),
    ("a: %x", 1, 4, "not YAML here"),
    (#"a: "\q""#, 1, 4, "not YAML here"),
    ("a: \u{1}", 1, 4, "a control character"),
    ("größe: \u{7}", 1, 8, "a control character"),
    ("a: 1\nb: x\u{0}y", 2, 5, "a control character"),
    ("\u{FEFF}a: \u{1B}", 1, 4, "a control character"),
    (String(repeating: "[", count: 66), 1, 66, "nest deeper than 64"),
    (String(repeating: "- ", count: 66) + "x", 1, 131, "nest deeper than 64"),
  ]

  @Test("what could be read in two ways is refused where it stands", arguments: refused)
  func refuses(text: String, line: Int, column: Int, message: String) throws {
    let fault = try #require(firstFault(of: text, .yaml))
    #expect(fault.message.contains(message), "\(fault.rendered)")
    #expect(fault.mark.line == line, "\(fault.rendered)")
    #expect(
      abs(fault.mark.column - column) <= (message == "not YAML here" ? 3 : 0),
      "\(fault.rendered)"
    )
    #expect(fault.expected?.isEmpty == false)
  }

  @Test(
    "what is left out at the end of a text stands within it",
    arguments: [
      ("---", 1, 4), ("--- ", 1, 5), ("---\n", 2, 1), ("\n\n---", 3, 4), ("größe", 1, 1),
    ]
  )
  func placesNothing(text: String, line: Int, column: Int) throws {
    let mark = try parse(text, .yaml).mark
    #expect(mark.line == line && mark.column == column)
  }

  @Test("64 levels are read, 65 are not")
  func limitsDepth() throws {
    func nested(_ levels: Int) -> String {
      (0..<levels).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    }
    _ = try parse(nested(64), .yaml)
    #expect(firstFault(of: nested(65), .yaml)?.message.contains("deeper than 64") == true)
  }
}
