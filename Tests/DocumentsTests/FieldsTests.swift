import CreditCore
import Documents
import Testing

@Suite("Values as keys need them")
struct FieldsTests {
  private func value(_ text: String) throws -> Node {
    let node = try parse("a: \(text)", .yaml)
    return try #require(JSONPointer("/a").flatMap { node[$0] })
  }

  @Test(
    "a number is a number without quotes, zero or more",
    arguments: [("0", "0"), ("2.50", "2.5"), ("1e3", "1000"), ("-0", "0")]
  )
  func readsAmount(text: String, expected: String) throws {
    #expect(try value(text).amount(of: "records").description == expected)
  }

  static let amounts: [(text: String, message: String, hint: String?)] = [
    ("-1", "below zero", nil),
    ("NaN", "records is NaN", nil),
    (".inf", "records is .inf", nil),
    ("1e400", "too long", nil),
    ("'5'", "the text \"5\"", "write 5 without quotes"),
    ("'x'", "the text \"x\"", nil),
    ("1_000", "\"1_000\"", "write 1000"),
    ("'1,000'", "the text", "write 1000, without a thousands separator"),
    ("01", "\"01\"", "write 1"),
    ("+5", "\"+5\"", "write 5"),
    (".5", "\".5\"", "write 0.5"),
    ("40%", "\"40%\"", nil),
    ("0x10", "\"0x10\"", nil),
    ("five", "\"five\"", nil),
    ("", "nothing", nil),
    ("[1]", "a list", nil),
    ("{b: 1}", "a mapping", nil),
    ("true", "\"true\"", nil),
  ]

  @Test("what is not one is refused, with what to write instead", arguments: amounts)
  func refusesAmount(text: String, message: String, hint: String?) throws {
    let node = try value(text)
    let fault = #expect(throws: Diagnostic.self) { try node.amount(of: "records") }
    let found = try #require(fault)
    #expect(found.message.contains(message), "\(found.rendered)")
    #expect(found.hint == hint, "\(found.rendered)")
  }

  @Test(
    "only true and false are truth values",
    arguments: ["yes", "on", "1", "'true'", "True", "~"]
  )
  func refusesBoolean(text: String) throws {
    let node = try value(text)
    #expect(throws: Diagnostic.self) { try node.boolean(of: "own_key") }
    #expect(try value("true").boolean(of: "own_key"))
    #expect(try !value("false").boolean(of: "own_key"))
  }

  @Test("a text is not empty, a list is a list, a mapping is a mapping")
  func refusesOthers() throws {
    for text in ["''", "~", "[a]", "{a: b}"] {
      let node = try value(text)
      #expect(throws: Diagnostic.self, "\(text)") { try node.string(of: "label") }
    }
    #expect(try value("12").string(of: "label") == "12")
    let scalar = try value("x")
    #expect(throws: Diagnostic.self) { try scalar.elements(of: "list") }
    #expect(throws: Diagnostic.self) { try scalar.entries(of: "mapping") }
  }

  @Test("an unknown key is a fault with the key that was probably meant")
  func refusesUnknownKeys() throws {
    let node = try parse("contcats: 1\nlabel: x\nzzzzzz: 2", .yaml)
    var faults: [Diagnostic] = []
    let fields = Fields(node, of: "a line", allowed: ["contacts", "label"], into: &faults)
    #expect(faults.map(\.mark.line) == [1, 3])
    #expect(faults.map(\.hint) == ["did you mean contacts?", nil])
    #expect(fields.string("label", into: &faults) == "x")
    #expect(fields["contcats"] == nil)
    #expect(faults.count == 2)
  }

  @Test("a missing key is a fault only where it is required")
  func requiresKeys() throws {
    let node = try parse("label: x", .yaml)
    var faults: [Diagnostic] = []
    let fields = Fields(node, of: "a line", allowed: ["contacts", "label"], into: &faults)
    #expect(fields.amount("contacts", into: &faults) == nil)
    #expect(fields.list("contacts", into: &faults) == nil)
    #expect(faults.isEmpty)
    _ = fields.required("contacts", of: "a line", into: &faults)
    #expect(faults.map(\.message) == ["a line has no contacts"])
  }

  @Test("a choice is one of the words, and a near miss is named")
  func choosesWord() throws {
    let node = try parse("a: metred\nb: free\nc: [free]", .yaml)
    var faults: [Diagnostic] = []
    let fields = Fields(node, of: "a rate", allowed: ["a", "b", "c"], into: &faults)
    let near: Metering? = fields.choice("a", into: &faults)
    let right: Metering? = fields.choice("b", into: &faults)
    let list: Metering? = fields.choice("c", into: &faults)
    #expect(near == nil && right == .free && list == nil)
    #expect(faults.map(\.hint) == ["did you mean metered?", nil])
    #expect(faults.first?.expected == "one of metered, free, unpriced")
  }
}
