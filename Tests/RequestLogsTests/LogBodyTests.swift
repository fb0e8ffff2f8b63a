import CreditCore
import RequestLogs
import Testing

@Suite("What the body of a call tells")
struct LogBodyTests {
  private static let body = #"""
    {"data": {"contacts": ["a", "b", "c"], "tokens": 1240, "cost": "2.5", "none": null,
      "big": 12e3, "deep": {"a/b": {"m~n": 7}}, "rows": [{"steps": 4}, {"steps": 5}]},
     "type": "llm", "é": 1, "ok": true, "empty": "", "neg": -1, "word": "12 steps", "list": []}
    """#

  /// A pointer, the number there, and the text.
  static let places: [(String, String?, String?)] = [
    ("/data/contacts", "3", nil), ("/data/tokens", "1240", "1240"), ("/data/cost", "2.5", "2.5"),
    ("/data/none", nil, nil), ("/data/big", "12000", "12e3"), ("/data/deep/a~1b/m~0n", "7", "7"),
    ("/data/rows", "2", nil), ("/data/rows/1/steps", "5", "5"), ("/data/rows/2/steps", nil, nil),
    ("/data/rows/01/steps", nil, nil), ("/data/rows/-", nil, nil), ("/type", nil, "llm"),
    ("/é", "1", "1"), ("/ok", nil, "true"), ("/empty", nil, ""), ("/neg", nil, "-1"),
    ("/word", nil, "12 steps"), ("/list", "0", nil), ("/data", nil, nil), ("", nil, nil),
    ("/missing", nil, nil), ("/type/x", nil, nil), ("/data/contacts/0", nil, "a"),
  ]

  @Test("a number, a plain number in quotes, or the length of a list", arguments: places.indices)
  func place(index: Int) throws {
    let (text, number, shown) = Self.places[index]
    let pointer = try #require(JSONPointer(text))
    Array(Self.body.utf8).withUnsafeBufferPointer {
      #expect(LogBody.number(at: pointer, in: $0)?.description == number)
      #expect(LogBody.text(at: pointer, in: $0) == shown)
    }
  }

  @Test(
    "a body that is not JSON throughout tells nothing",
    arguments: [
      "", " ", "<html>5</html>", #"{"a":1"#, #"{"a":1} x"#, #"{"a":1,"a":2}"#, #"{"a":1,"b":[1,]}"#,
      #"{"a":01}"#, #"{"a":"1}"#, #"{"a":1e999}"#, #"{"a":"1,5"}"#, #"{"a":"+1"}"#, #"[{"a":1}]"#,
    ]
  )
  func notJSON(body: String) throws {
    let pointer = try #require(JSONPointer("/a"))
    Array(body.utf8).withUnsafeBufferPointer {
      #expect(LogBody.number(at: pointer, in: $0) == nil)
    }
    #expect(LogBody.number(at: pointer, in: .absent) == nil)
    #expect(LogBody.text(at: pointer, in: .absent) == nil)
  }
}
