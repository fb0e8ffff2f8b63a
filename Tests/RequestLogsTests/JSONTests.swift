import ByteSources
import CreditCore
import RequestLogs
import TestSupport
import Testing

@Suite("JSON documents of requests")
struct JSONTests {
  private static let a = #"{"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/a"}"#
  private static let b = #"{"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/b"}"#
  private static let pretty = """
    {
      "timestamp": "2026-11-18T09:30:00Z",
      "method": "GET",
      "path": "/a"
    }
    """
  private static let readA = "2026-11-18T09:30:00Z GET /a"
  private static let readB = "2026-11-18T09:30:00Z GET /b"

  /// Documents that all say the same.
  static let same: [String] = [
    "[\(a),\(b)]", "[\n\(a),\n\(b)\n]\n", " [ \(a) , \(b) ] ", "\u{FEFF}[\(a),\(b)]",
    "[\r\n\(pretty),\r\n\(b)\r\n]", "[\(a)\n,\(b)]", "[\(a)][\(b)]", "[\(a)]\n[\(b)]\n",
    #"{"data":[\#(a),\#(b)]}"#, #"{"data":[\#(a),\#(b)],"pagination":{"page":1,"next":null}}"#,
    #"{"pagination":{"page":1,"at":[1.5e3,true,"\u00e9"]},"data":[\#(a),\#(b)]}"#,
    #"{"status":"ok","time":1,"meta":{},"data":[\#(a),\#(b)]}"#,
    "{\n  \"data\": [\n    \(a),\n    \(b)\n  ]\n}",
    #"{"data":[\#(a)]}"# + "\n" + #"{"data":[\#(b)]}"#,
    #"[{"data":[\#(a)]},{"data":[\#(b)],"pagination":{}}]"#,
    #"{"data":\#(a)}{"data":\#(b)}"#, #"{"data":\#(pretty)} {"data":[\#(b)]}"#,
    "\(pretty)\n\(b)", "\(pretty)\n\n\(pretty.replacing("/a", with: "/b"))\n",
    #"{"data":null}[\#(a),\#(b)]{"data":[]}[]"#, "[[\(a)],[],[\(b)]]",
  ]

  @Test("lists, pages and objects, one document or several", arguments: same)
  func everyShape(log: String) throws {
    #expect(try entries(log) == [Self.readA, Self.readB])
    #expect(try entries(log, format: .json) == [Self.readA, Self.readB])
  }

  @Test("a request has the keys of every other format, and may have one called data")
  func keys() throws {
    let log = """
      [{"ts":1794994200,"data":{"x":[1]},"verb":"POST","uri":"/a","response_code":201,
        "id":"r1","org":"o1","credits_used":2.5,"meta":{"tokens":7},"request_body":{"c":[1, 2]}}]
      """
    #expect(
      try entries(log, mapped: [("method", "verb")]) == [
        "2026-11-18T09:30:00Z POST /a status=201 id=r1 org=o1 credits=2.5 token=7"
          + " request_body={\"c\":[1, 2]}"
      ]
    )
    // A key called data says nothing where the object is a request.
    let data =
      #"[{"data":[{"x":1}],"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/a"}]"#
    #expect(try entries(data) == [Self.readA])
  }

  /// A document, and what is read: requests as `a` and `b`, rejects as `reason:line:column: …`.
  static let damaged: [(String, [String])] = [
    // Elements that are no requests.
    (
      "[\(a),1,\"x\",null,\(b)]",
      [
        "a", #"type:1:66: "1" stands where a request belongs; expected an object"#,
        "type:1:68: a quote stands where a request belongs; expected an object",
        #"type:1:72: "n" stands where a request belongs; expected an object"#,
        "b",
      ]
    ),
    (
      "[\n  {},\n  \(b)\n]",
      [
        "missing:2:3: timestamp, method, path not given; expected timestamp, method and path"
          + " (--map timestamp=NAME reads a key of another name)", "b",
      ]
    ),
    (
      "[\(a),{\"ts\":\"yesterday\",\"method\":\"GET\",\"path\":\"/é\"},\(b)]",
      [
        "a",
        "time:1:73: \"yesterday\" is not a time: the year is not 4 digits; expected a time such as"
          + " 2026-11-18T09:30:00Z", "b",
      ]
    ),
    // Damage within an element.
    (
      "[\n{\"ts\":01},\n\(b)]",
      ["number:2:7: a number starts with 0; expected a number such as 12.5", "b"]
    ),
    (
      "[\(a),{\"ts\":1794994200,},\(b)]",
      [
        "a",
        #"json:1:83: "}" stands where a key belongs; expected a key in quotes (a comma before a"#
          + " closing bracket is one too many)", "b",
      ]
    ),
    // A quote that is not closed costs one line.
    (
      "[\n{\"ts\":\"1,\"path\":\"/x\"},\n\(a),\n\(b)\n]",
      [
        #"time:2:9: "1," is not a time: the year is not 4 digits; expected a time such as"#
          + " 2026-11-18T09:30:00Z", "a", "b",
      ]
    ),
    (
      "[\n  {\"path\":\"/x},\n  \(a),\n  \(b)\n]",
      [
        "control:2:16: a control character stands in a text; expected it written as \\u00…", "a",
        "b",
      ]
    ),
    // A brace that is not closed: the next line, or the next element of the same keys, tells.
    (
      "[\n  {\"path\":\"/x\",\n  \(a),\n  \(b)\n]",
      [#"json:3:3: "{" stands where a key belongs; expected a key in quotes"#, "a", "b"]
    ),
    (
      "[\n  {\n    \"path\": \"/x\"\n  \(a),\n  \(b)\n]",
      [#"json:4:3: "{" stands after a value; expected a comma or }"#, "a", "b"]
    ),
    (
      #"[\#(a),{"timestamp":"2026-11-18T09:30:00Z","method":"GET","x":{},\#(a),\#(b)]"#,
      ["a", #"json:1:124: "{" stands where a key belongs; expected a key in quotes"#, "a", "b"]
    ),
    // Damage between elements.
    ("[\(a) \(b)]", ["a", #"json:1:66: "{" stands after a value; expected a comma or ]"#, "b"]),
    (
      "[\(a),\n,\(b)]",
      ["a", #"json:2:1: "," stands where a value belongs; expected a JSON value"#, "b"]
    ),
    (
      "[\(a),\(b),]",
      [
        "a", "b",
        #"json:1:130: "]" stands where a value belongs; expected a JSON value (a comma before a"#
          + " closing bracket is one too many)",
      ]
    ),
    ("[\(a)} , \(b)]", ["a", #"json:1:65: "}" stands after a value; expected a comma or ]"#, "b"]),
    ("[\(a);\n\(b)]", ["a", #"json:1:65: ";" stands after a value; expected a comma or ]"#, "b"]),
    // Documents that end too early or too late.
    ("[\(a),\n\(b)", ["a", "b", "json:2:64: the text ends within the document; expected ]"]),
    ("[\(a),\n\(b),", ["a", "b", "json:2:65: the text ends within the document; expected ]"]),
    (
      "[\(a),\n\(b.dropLast(4))",
      ["a", #"json:2:60: the text ends inside quotes; expected a closing ""#]
    ),
    (
      "[\(a),\n\(b.dropLast())",
      ["a", "json:2:63: the text ends after a value; expected a comma or }"]
    ),
    (
      #"{"data":[\#(a),\#(b)]"#,
      ["a", "b", "json:1:138: the text ends within the document; expected }"]
    ),
    (
      #"{"data":[\#(a),\#(b)}"#,
      ["a", "b", #"json:1:137: "}" stands in the list; expected a comma or ]"#]
    ),
    (
      "[\(a),\(b)] x\n",
      [
        "a", "b",
        #"json:1:131: "x" stands after the end of the document; expected { or [, or nothing more"#,
      ]
    ),
    (
      "[\(a)],\(b)]",
      [
        "a",
        #"json:1:66: "," stands after the end of the document; expected { or [, or nothing more"#,
        "b",
      ]
    ),
    (
      "[\(a)}],\n\(b)]",
      [
        "a", #"json:1:65: "}" stands after a value; expected a comma or ]"#,
        "b",
      ]
    ),
    (
      "[\(a),\n[\(b)]",
      ["a", #"json:2:1: "[" stands before the document is closed; expected ]"#, "b"]
    ),
    (
      "{\"data\":[\(a),\n{\"data\":[\(b)]}",
      ["a", #"json:2:1: "{" stands before the document is closed; expected ]"#, "b"]
    ),
    // Damage around the elements.
    (
      #"{"data":[\#(a),\#(b)] "page":1}"#,
      ["a", "b", "json:1:139: a quote stands after a value; expected a comma or }"]
    ),
    (
      #"{"data":[\#(a),\#(b)],"page":01}"#,
      ["a", "b", "number:1:146: a number starts with 0; expected a number such as 12.5"]
    ),
    (
      #"{"page":{"a":1,"a":2},"data":[\#(a),\#(b)]}"#,
      [#"repeated_key:1:16: key "a" is given twice; expected each key once"#, "a", "b"]
    ),
    (
      #"{"data":[\#(a)],"data":[\#(b)]}"#,
      ["a", #"repeated_key:1:75: key "data" is given twice; expected each key once"#, "b"]
    ),
    (
      #"{"data":[\#(a),\#(b)],}"#,
      [
        "a", "b",
        #"json:1:139: "}" stands where a key belongs; expected a key in quotes (a comma before a"#
          + " closing bracket is one too many)",
      ]
    ),
    (
      #"{"data" [\#(a)]}"# + "\n[\(b)]",
      [#"json:1:9: "[" stands after key "data"; expected a colon"#, "b"]
    ),
  ]

  @Test("damage is told, and what stands behind it is read", arguments: damaged.indices)
  func damage(index: Int) throws {
    let (log, expected) = Self.damaged[index]
    let read = try entries(log, format: .json)
      .map { [Self.readA: "a", Self.readB: "b"][$0] ?? $0 }
    #expect(read == expected, "\(log)")
  }

  @Test("read in pieces of any size, all is the same", arguments: [1, 2, 7, 64, 1_000])
  func pieces(step: Int) throws {
    for log in Self.same + Self.damaged.map(\.0) {
      #expect(
        try entries(log, inPiecesOf: step, format: .json) == entries(log, format: .json),
        "\(log)"
      )
    }
  }

  @Test("a rejected element is rejected for the same reason when it is read again by itself")
  func again() throws {
    let bad = [
      "{}", #"{"ts":01}"#, #"{"timestamp":"yesterday","method":"GET","path":"/é"}"#,
      "{\n  \"timestamp\": \"2026-11-18T09:30:00Z\",\n  \"path\": \"/a\"\n}",
      "{\n  \"method\": \"GET\",\n  \"path\": /a\n}",
      #"{"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/a","usage":{"x":1}}"#,
    ]
    for element in bad {
      let log = "[\(Self.a),\(element),\(Self.b)]"
      let first = try entries(log)
      #expect(first.count == 3)
      let messages = try entriesAgain(log).map {
        String($0[$0.firstRange(of: ": ")!.upperBound...])
      }
      #expect(messages == [String(first[1][first[1].firstRange(of: ": ")!.upperBound...])])
    }
  }

  @Test("an element may have a mebibyte; a longer one is passed over, and the next one is read")
  func long() throws {
    func element(_ count: Int) -> String {
      let start = #"{"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/a","note":""#
      return start + String(repeating: "x", count: count - start.utf8.count - 2) + "\"}"
    }
    let limit = 1 << 20
    for (log, place) in [
      ("[\(element(limit)),\(element(limit + 1)),\(Self.b)]", "1:1048579"),
      ("[\n\(element(limit)),\n \(element(3 * limit)),\n\(Self.b)]", "3:2"),
      ("{\"data\":[\(element(limit)),\n\(element(40 * limit)),\(Self.b)]}", "2:1"),
    ] {
      let read = try entries(log)
      #expect(read.count == 3)
      #expect(read.first == Self.readA)
      #expect(read.last == Self.readB)
      #expect(
        read[1] == "too_long:\(place): the request is longer than 1 MiB; expected less"
      )
    }
    // A value beside the elements may have any length.
    #expect(try entries("{\"data\":[\(Self.b)],\"page\":\(element(3 * limit))}") == [Self.readB])
  }

  @Test("damage in an element longer than a mebibyte costs what cannot be told apart from it")
  func damagedLong() throws {
    let many = String(repeating: Self.b + ",\n", count: 40_000)
    let read = try entries("[\n{\"path\":\"/x\",\n\(many)\(Self.a)]")
    #expect(read.count == 40_002)
    #expect(read[0].hasPrefix("json:3:1: "), "\(read[0])")
    // Without lines, elements of the same keys tell.
    let line = String(repeating: Self.b + ",", count: 40_000)
    #expect(try entries("[\(Self.a),{\"x\":1,\(line)\(Self.a)]").count == 40_002)
    // Where nothing tells, all behind the fault is one reject.
    let lost = try entries("[{\"x\":1,\(line)\(Self.a)]\n\(Self.b)", format: .json)
    #expect(lost == [#"json:1:9: "{" stands where a key belongs; expected a key in quotes"#])
  }

  @Test("a document that is still written is read as far as it goes")
  func appended() throws {
    final class Growing: ByteSource {
      var bytes: [UInt8] = []
      func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count)
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return count
      }
    }
    let source = Growing()
    var options = ReadOptions(name: "log")
    options.isAppended = true
    let reader = try LogReader.open(source, format: .json, options: options)
    var read: [Int] = []
    let log = "[\n\(Self.pretty),\n\(Self.b)\n]\n\(Self.a)"
    for (place, byte) in log.utf8.enumerated() {
      source.bytes.append(byte)
      while let entry = try reader.next() {
        guard case .request = entry else { continue }
        read.append(place)
        // Between documents reading can go on, within one it cannot.
        #expect(reader.consumed == (read.count < 3 ? 0 : log.utf8.count))
      }
    }
    #expect(
      read == [
        Self.pretty.utf8.count + 1, log.utf8.count - Self.a.utf8.count - 4, log.utf8.count - 1,
      ]
    )
  }

  @Test("random damage never loses what stands before it, and never hangs")
  func random() throws {
    var random = SeededRandom(seed: 20_261_124)
    let elements = (0..<20).map { Self.a.replacing("/a", with: "/p\($0)") }
    let log = Array(("[\n" + elements.joined(separator: ",\n") + "\n]\n").utf8)
    for _ in 0..<3_000 {
      var bytes = log
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      default: bytes.insert(Array("{}[]\",:x1".utf8).randomElement(using: &random)!, at: place)
      }
      let read = try entries(bytes, format: .json)
      let requests = read.filter { $0.hasPrefix("2026-11-18T09:30:00Z GET /p") }
      // A changed byte costs its element at most, and the one before or behind it where it parts
      // them.
      #expect(requests.count >= 18, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }
}
