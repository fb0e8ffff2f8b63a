import CreditCore
import Documents
import Testing

@Suite("JSON")
struct JSONTests {
  static let accepted: [(String, Shape)] = [
    ("", .null),
    (" \n\t\r ", .null),
    ("null", .null),
    ("true", .scalar("true", quoted: false)),
    ("false", .scalar("false", quoted: false)),
    ("0", .scalar("0", quoted: false)),
    ("-12.50e+3", .scalar("-12.50e+3", quoted: false)),
    ("\"\"", .scalar("", quoted: true)),
    ("\"12\"", .scalar("12", quoted: true)),
    ("\"null\"", .scalar("null", quoted: true)),
    ("[]", .list([])),
    ("[ ]", .list([])),
    ("{}", .mapping([])),
    ("{ }", .mapping([])),
    ("[1,[2]]", .list([.scalar("1", quoted: false), .list([.scalar("2", quoted: false)])])),
    ("\u{FEFF}[]", .list([])),
    ("\r\n[]\r\n", .list([])),
    (#""\"\\\/\b\f\n\r\t""#, .scalar("\"\\/\u{8}\u{C}\n\r\t", quoted: true)),
    (#""\u0041\u00e9\u20AC""#, .scalar("Aé€", quoted: true)),
    (#""\ud83d\ude00""#, .scalar("\u{1F600}", quoted: true)),
    (#""\u0000""#, .scalar("\u{0}", quoted: true)),
    ("\"größe \u{1F600}\"", .scalar("größe \u{1F600}", quoted: true)),
    ("\"\u{7F}\"", .scalar("\u{7F}", quoted: true)),
    (#"{"":1}"#, .mapping([.init(key: "", value: .scalar("1", quoted: false))])),
    (#"{"a":null}"#, .mapping([.init(key: "a", value: .null)])),
  ]

  @Test("what the standard allows is read", arguments: accepted)
  func reads(text: String, shape: Shape) throws {
    #expect(Shape(try parse(text, .json)) == shape)
  }

  static let refused: [(text: String, line: Int, column: Int, message: String)] = [
    ("[", 1, 2, "text ends"),
    ("{", 1, 2, "text ends"),
    ("[1", 1, 3, "text ends"),
    ("[1,", 1, 4, "text ends"),
    ("[1,]", 1, 4, "\"]\" stands where a value belongs"),
    ("[,1]", 1, 2, "\",\" stands"),
    ("[1 2]", 1, 4, "\"2\" stands after a value"),
    ("[1]]", 1, 4, "after the end"),
    ("[] []", 1, 4, "after the end"),
    ("{}{}", 1, 3, "after the end"),
    ("[}", 1, 2, "\"}\" stands where a value"),
    ("{]", 1, 2, "where a key belongs"),
    ("{a:1}", 1, 2, "where a key belongs"),
    ("{'a':1}", 1, 2, "where a key belongs"),
    ("{1:2}", 1, 2, "where a key belongs"),
    (#"{"a"}"#, 1, 5, "after key \"a\""),
    (#"{"a" 1}"#, 1, 6, "after key \"a\""),
    (#"{"a":}"#, 1, 6, "where a value belongs"),
    (#"{"a":1,}"#, 1, 8, "where a key belongs"),
    (#"{"a":1 "b":2}"#, 1, 8, "after a value"),
    (#"{"a":1;}"#, 1, 7, "after a value"),
    (#"{"a":1,"b":2,"a":3}"#, 1, 14, "key \"a\" stands twice"),
    ("{\n \"a\": 1,\n \"a\": 2\n}", 3, 2, "key \"a\" stands twice"),
    (#"{"a":1,"\u0061":2}"#, 1, 8, "stands twice"),
    (#"{"x":{"a":1,"a":2}}"#, 1, 13, "stands twice"),
    ("'a'", 1, 1, "where a value belongs"),
    ("[NaN]", 1, 2, "\"NaN\" is not a JSON value"),
    ("[Infinity]", 1, 2, "\"Infinity\""),
    ("[-Infinity]", 1, 2, "not a JSON number"),
    ("[+1]", 1, 2, "where a value belongs"),
    ("[.5]", 1, 2, "where a value belongs"),
    ("[True]", 1, 2, "\"True\""),
    ("[nul]", 1, 2, "\"nul\""),
    ("[undefined]", 1, 2, "\"undefined\""),
    ("[1, // one\n2]", 1, 5, "where a value belongs"),
    ("# one\n[1]", 1, 1, "where a value belongs"),
    ("[1]\n/* end */", 2, 1, "after the end"),
    ("\"abc", 1, 5, "inside quotes"),
    ("[\"a\n\"]", 1, 4, "control character"),
    ("[\"a\tb\"]", 1, 4, "control character"),
    ("[\"\u{0}\"]", 1, 3, "control character"),
    (#"["\x"]"#, 1, 3, ""),
    (#"["\u12"]"#, 1, 3, ""),
    (#"["\uZZZZ"]"#, 1, 3, ""),
    (#"["\u+123"]"#, 1, 3, ""),
    (#"["ab\ud83d"]"#, 1, 5, "surrogate"),
    (#"["\ud83d\u0041"]"#, 1, 3, "surrogate"),
    (#"["\ude00"]"#, 1, 3, "surrogate"),
    ("[\n  1,\n  x\n]", 3, 3, "\"x\""),
    ("[\r\n  1,\r\n  ?\r\n]", 3, 3, "where a value belongs"),
    ("[\"größe\", ?]", 1, 11, "where a value belongs"),
    ("[\"\u{1F600}\u{1F600}\", ?]", 1, 8, "where a value belongs"),
    ("\u{FEFF}[?]", 1, 2, "where a value belongs"),
    ("[\u{A0}1]", 1, 2, "where a value belongs"),
    ("[1\u{FEFF}]", 1, 3, "after a value"),
    (String(repeating: "[", count: 66), 1, 66, "nest deeper than 64"),
    (String(repeating: #"{"a":"#, count: 66), 1, 326, "nest deeper than 64"),
  ]

  @Test("what the standard forbids is refused where it stands", arguments: refused)
  func refuses(text: String, line: Int, column: Int, message: String) throws {
    let fault = try #require(firstFault(of: text, .json))
    #expect(fault.mark.line == line, "\(fault.rendered)")
    #expect(fault.mark.column == column, "\(fault.rendered)")
    #expect(fault.message.contains(message), "\(fault.rendered)")
    #expect(fault.expected?.isEmpty == false)
  }

  @Test("64 levels are read, 65 are not")
  func limitsDepth() throws {
    let open = String(repeating: "[", count: 65)
    let close = String(repeating: "]", count: 65)
    _ = try parse(open + close, .json)
    #expect(firstFault(of: "[" + open + close + "]", .json) != nil)
  }

  static let notNumbers = ["01", "1.", "1_000", "--1", "1e", "1-2", "0x10", "5k"]

  @Test("what looks like a number and is none is refused where it stands", arguments: notNumbers)
  func refusesNumbers(text: String) throws {
    let fault = try #require(firstFault(of: "{\n \"records\": \(text)}", .json))
    #expect(fault.mark.line == 2)
    #expect(fault.mark.column == 13)
    #expect(fault.message.contains("is not a JSON number"))
  }

  @Test("each repeated key of a large object is found, at its second place")
  func findsRepeatedKey() throws {
    let keys = (0..<1_000).map { "\"k\($0)\": \($0)" } + ["\"k500\": 1"]
    let fault = try #require(firstFault(of: "{" + keys.joined(separator: ",\n") + "}", .json))
    #expect(fault.message == "key \"k500\" stands twice")
    #expect(fault.mark.line == 1_001)
    #expect(fault.expected?.contains("line 501") == true)
  }
}
