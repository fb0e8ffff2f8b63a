import CreditCore
import Documents
import TestSupport
import Testing

@Suite("The same value in YAML and in JSON")
struct TreeTests {
  @Test("a campaign reads the same in both forms")
  func readsSame() throws {
    let yaml = """
      name: "Q1 outbound"
      balance: 12450
      operations:
        - operation: "sequence.enroll"
          contacts: [1600, 1900, 2300]
          steps_per_contact: 4
        - request: "POST /contacts"
          count: 1.5e3
          label:
      """
    let json = """
      {"name": "Q1 outbound", "balance": 12450, "operations": [
        {"operation": "sequence.enroll", "contacts": [1600, 1900, 2300], "steps_per_contact": 4},
        {"request": "POST /contacts", "count": 1.5e3, "label": null}]}
      """
    #expect(Shape(try parse(yaml, .yaml)) == Shape(try parse(json, .json)))
  }

  @Test("2,000 random values are the same read from YAML and from JSON")
  func readsRandomSame() throws {
    var random = SeededRandom()
    for count in 1...2_000 {
      let value = Self.value(&random, depth: 0)
      let json = Self.json(value)
      let yaml = Self.yaml(value, indent: 0)
      do {
        let fromJSON = Shape(try parse(json, .json))
        let fromYAML = Shape(try parse(yaml, .yaml))
        if fromJSON == value, fromYAML == value { continue }
        Issue.record("seed \(random.seed), value \(count):\n\(json)\n\(yaml)")
      } catch let fault as Diagnostic {
        Issue.record("seed \(random.seed), value \(count):\n\(fault.rendered)\n\(json)\n\(yaml)")
      }
      return
    }
  }

  private static let words = [
    "a", "name", "größe", "x y", "null", "true", "12", "-", "#", "key: value", "it's", "\"", "\\",
    "tab\there", "\n", "\u{1F600}", "{", "]", "&x", "*x", "!t", "~", "", " ", "\u{7F}", "\u{85}",
  ]

  private static func value(_ random: inout SeededRandom, depth: Int) -> Shape {
    switch random.below(depth > 4 ? 4 : 7) {
    case 0: return .null
    case 1: return .scalar(random.pick(["true", "false"]), quoted: false)
    case 2: return .scalar(random.pick(["0", "-1", "2.50", "1e3", "98765432101"]), quoted: false)
    case 3: return .scalar(text(&random), quoted: true)
    case 4:
      let count = random.below(4)
      return .list((0..<count).map { _ in value(&random, depth: depth + 1) })
    default:
      var keys: [String] = []
      for _ in 0..<random.below(4) {
        let key = text(&random)
        if !keys.contains(key) { keys.append(key) }
      }
      return .mapping(
        keys.map { Shape.Pair(key: $0, value: value(&random, depth: depth + 1)) }
      )
    }
  }

  private static func text(_ random: inout SeededRandom) -> String {
    (0..<random.below(3)).map { _ in random.pick(words) }.joined()
  }

  private static func json(_ shape: Shape) -> String {
    switch shape {
    case .null: "null"
    case .scalar(let text, let quoted): quoted ? quotedText(text) : text
    case .list(let elements): "[" + elements.map(json).joined(separator: ", ") + "]"
    case .mapping(let pairs):
      "{" + pairs.map { "\(quotedText($0.key)): \(json($0.value))" }.joined(separator: ",") + "}"
    }
  }

  /// In block style, which JSON does not have; both quote a text the same way.
  private static func yaml(_ shape: Shape, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    switch shape {
    case .null: return " ~\n"
    case .scalar: return " " + json(shape) + "\n"
    case .list([]): return " []\n"
    case .mapping([]): return " {}\n"
    case .list(let elements):
      return "\n" + elements.map { margin + "-" + yaml($0, indent: indent + 2) }.joined()
    case .mapping(let pairs):
      return "\n"
        + pairs.map { pair in
          margin + quotedText(pair.key) + ":" + yaml(pair.value, indent: indent + 1)
        }.joined()
    }
  }

  private static func quotedText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{7F}", "\u{85}": result += scalar == "\u{7F}" ? "\\u007f" : "\\u0085"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

@Suite("Places of values")
struct PlaceTests {
  private func place(_ node: Node, _ pointer: String) throws -> [Int] {
    let value = try #require(JSONPointer(pointer).flatMap { node[$0] })
    return [value.mark.line, value.mark.column, value.mark.width]
  }

  @Test("each value of a YAML text knows its line, column and width")
  func placesInYAML() throws {
    let node = try parse(
      """
      # a comment
      name: Q1
      größe: 'x y'
      operations:
        - operation: voice.outbound
          calls: [200, 300]
        - {request: POST /a, count: 12}
      """,
      .yaml
    )
    #expect(try place(node, "") == [2, 1, 1])
    #expect(try place(node, "/name") == [2, 7, 2])
    #expect(try place(node, "/größe") == [3, 8, 5])
    #expect(try place(node, "/operations/0") == [5, 5, 1])
    #expect(try place(node, "/operations/0/operation") == [5, 16, 14])
    #expect(try place(node, "/operations/0/calls") == [6, 12, 1])
    #expect(try place(node, "/operations/0/calls/1") == [6, 18, 3])
    #expect(try place(node, "/operations/1") == [7, 5, 1])
    #expect(try place(node, "/operations/1/count") == [7, 31, 2])
    let keys = try node.entries(of: "a campaign").map(\.key.mark)
    #expect(keys.map(\.line) == [2, 3, 4])
    #expect(keys.map(\.width) == [4, 5, 10])
  }

  @Test("each value of a JSON text knows its line, column and width")
  func placesInJSON() throws {
    let node = try parse(
      """
      {"name": "Q1",
       "größe": "ü", "after": true,
       "operations": [
         {"calls": [200,
                    300]}]}
      """,
      .json
    )
    #expect(try place(node, "") == [1, 1, 1])
    #expect(try place(node, "/name") == [1, 10, 4])
    #expect(try place(node, "/größe") == [2, 11, 3])
    #expect(try place(node, "/after") == [2, 25, 4])
    #expect(try place(node, "/operations") == [3, 16, 1])
    #expect(try place(node, "/operations/0") == [4, 4, 1])
    #expect(try place(node, "/operations/0/calls/0") == [4, 15, 3])
    #expect(try place(node, "/operations/0/calls/1") == [5, 15, 3])
  }

  @Test("a pointer to nothing finds nothing")
  func findsNothing() throws {
    let node = try parse("{\"a\": [1, null], \"b\": 2}", .json)
    for text in ["/c", "/a/2", "/a/-1", "/a/x", "/b/0", "/a/0/0", "/a/1/0"] {
      #expect(JSONPointer(text).flatMap { node[$0] } == nil, "\(text)")
    }
  }
}
