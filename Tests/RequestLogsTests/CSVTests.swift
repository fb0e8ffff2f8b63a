import ByteSources
import CreditCore
import RequestLogs
import Testing

@Suite("Comma-separated values")
struct CSVTests {
  private static let read = "2026-11-18T09:30:00Z POST /contacts status=201"

  /// Logs that all say the same.
  static let same: [String] = [
    "timestamp,method,path,status\n2026-11-18T09:30:00Z,POST,/contacts,201\n",
    "timestamp,method,path,status\r\n2026-11-18T09:30:00Z,POST,/contacts,201\r\n",
    "timestamp,method,path,status\n2026-11-18T09:30:00Z,POST,/contacts,201",
    "\u{FEFF}timestamp,method,path,status\n2026-11-18T09:30:00Z,POST,/contacts,201\n",
    "status;path;method;ts\n201;/contacts;POST;2026-11-18T09:30:00Z\n",
    "ts\tmethod\turl\tstatus_code\n2026-11-18T09:30:00Z\tPOST\t/contacts\t201\n",
    "ts|method|url|status_code\n2026-11-18T09:30:00Z|POST|/contacts|201\n",
    "\n \ntimestamp,method,path,status\n\n2026-11-18T09:30:00Z,POST,/contacts,201\n\n",
    "\"timestamp\",\"method\",\"path\",\"status\"\n\"2026-11-18T09:30:00Z\",\"POST\",\"/contacts\",201\n",
    "Timestamp, Method ,Path,Status Code\n 2026-11-18T09:30:00Z ,POST, /contacts,201\n",
    "timestamp,method,path,status,note\n1794994200,POST,/contacts,201,\"a \"\"b\"\"\r\nc, d\"\n",
    "timestamp,method,path,status,,\n1794994200000,POST,/contacts,201,,\n,,,,,\n",
    "date,timestamp,method,path,status\nx,2026-11-18T09:30:00Z,POST,/contacts,201\n",
    "date,timestamp,method,path,status\n2026-11-18T09:30:00Z,,POST,/contacts,201\n",
    // Two files one after the other.
    "ts,method,path,status\nts,method,path,status\n2026-11-18T09:30:00Z,POST,/contacts,201\n",
  ]

  @Test("separators, quotes, line ends, aliases", arguments: same)
  func everySpelling(log: String) throws {
    #expect(try entries(log) == [Self.read])
  }

  @Test("objects, units, tags and bodies in cells")
  func cells() throws {
    let log = """
      timestamp,method,path,usage,tags,request_body,response_body,replayed,org,credits_used
      2026-11-18T09:30:00Z,POST,/a,"{""contacts"": 3}","{""team"":""ops""}"," [1, 2] ",{},true,o1,2.5
      """
      .replacing("contacts", with: "records")
    #expect(
      try entries(log) == [
        "2026-11-18T09:30:00Z POST /a org=o1 replayed credits=2.5 record=3"
          + #" tags={"team":"ops"} request_body=[1, 2] response_body={}"#
      ]
    )
    let columns = #"""
      timestamp,method,path,usage.records,usage.token,tags.team,"tags.a ""b"""
      2026-11-18T09:30:00Z,POST,/a,3,,"o\p""s",x
      2026-11-18T09:30:00Z,POST,/b,,,,
      """#
    #expect(
      try entries(columns) == [
        #"2026-11-18T09:30:00Z POST /a record=3 tags={"team":"o\\p\"s","a \"b\"":"x"}"#,
        "2026-11-18T09:30:00Z POST /b",
      ]
    )
  }

  @Test("bytes of a path that are not UTF-8 are percent-escaped")
  func strayBytes() throws {
    let log = Array("ts,method,path\n1794994200,GET,/caf".utf8) + [0xE9, 0x0A]
    #expect(try entries(log) == ["2026-11-18T09:30:00Z GET /caf%E9"])
  }

  @Test("an operation in the background needs no path")
  func operation() throws {
    #expect(try entries("ts,operation\n1794994200,voice.minutes\n").count == 1)
  }

  @Test("lines stay physical where cells have several")
  func lines() throws {
    let log = "ts,method,path,note\n1794994200,GET,/a,\"1\n2\n3\"\nx,GET,/a,\n1,GET\n"
    let read = try entries(log)
    #expect(read.map { String($0.prefix(9)) } == ["2026-11-1", "time:5:1:", "columns:6"])
  }

  @Test("a quote that is not closed costs one line")
  func unclosed() throws {
    let log = "ts,method,path\n1794994200,GET,\"/a\n1794994200,GET,/b\n1794994200,GET,/c\n"
    let read = try entries(log)
    #expect(
      read == [
        "quote:2:16: the quote that opens a field is not closed; expected a closing \"",
        "2026-11-18T09:30:00Z GET /b", "2026-11-18T09:30:00Z GET /c",
      ]
    )
    // And in a log that goes on for long.
    let row = "1794994200,GET,/b\n"
    let long = "ts,method,path\n1794994200,GET,\"/a\n" + String(repeating: row, count: 100_000)
    #expect(try entries(long).count == 100_001)
  }

  @Test("an endless row is passed over")
  func endless() throws {
    let endless = String(repeating: "x", count: 3 << 20)
    let log = "ts,method,path\n1794994200,GET,/a\(endless)\n1794994200,GET,/b\n"
    #expect(
      try entries(log) == [
        "too_long:2:1: the row is longer than 1 MiB; expected one request a row",
        "2026-11-18T09:30:00Z GET /b",
      ]
    )
  }

  @Test("a reject can be mended and read again by itself")
  func reread() throws {
    let log = "ts;method;path;note\n1794994200;GET;/a;\"x\ny\"\n1794994200;GE T;/b;\"x\ny\"\n"
    let reader = try LogReader.open(
      MemorySource(Array(log.utf8)),
      format: nil,
      options: ReadOptions(name: "log")
    )
    var raw: String?
    while let entry = try reader.next() {
      if case .reject(let reject) = entry { raw = reject.raw }
      if case .request(let record) = entry {
        #expect(record.raw.text == "1794994200;GET;/a;\"x\ny\"")
        #expect(record.readable.text.hasPrefix("ts;method;path;note\n1794994200;"))
      }
    }
    let mended = try #require(raw).replacing("GE T", with: "GET")
    #expect(try entries(mended) == ["2026-11-18T09:30:00Z GET /b"])
  }

  /// Headers that cannot be used, and the start of the message.
  static let headers: [(String, String)] = [
    (
      "time,verb,url,status\n", "log:1:1: error: no column method; the columns are time, verb, url"
    ),
    ("a,b,status\n", "log:1:1: error: no column timestamp, method, path; the columns are a, b"),
    ("ts,method,path,x,x\n", "log:1:18: error: column \"x\" stands twice in the header"),
    ("ts,method,path,Path\n", "log:1:16: error: column \"Path\" stands twice in the header"),
    ("ts,method,path,usage.contact\n", "log:1:16: error: \"contact\" is not a unit"),
    (
      "ts,method,path,tags,tags.team\n",
      "log:1:21: error: column \"tags.team\" stands beside a column that holds the whole object"
    ),
    ("\n\nts,method,path,x,x\n", "log:3:18: error: column"),
  ]

  @Test("a header that cannot be used is told", arguments: headers)
  func header(log: String, message: String) {
    let told = refusal(log) ?? ""
    #expect(told.hasPrefix(message), "\(told)")
  }

  @Test("other names by --map")
  func mapped() throws {
    let log = "when,verb,address\n2026-11-18T09:30:00Z,GET,/a\n"
    #expect(
      try entries(
        log,
        mapped: [("timestamp", "when"), ("method", "verb"), ("path", "address")]
      ) == ["2026-11-18T09:30:00Z GET /a"]
    )
    let told = refusal(log, mapped: [("timestmp", "when")]) ?? ""
    #expect(told.hasPrefix("--map:1:1: error: \"timestmp\" is not a key of a request"))
    #expect(told.contains("did you mean timestamp?"))
  }

  @Test("read in pieces of any size, the rows are the same", arguments: [1, 3, 17, 4_096])
  func pieces(step: Int) throws {
    let log =
      "ts,method,path,note\r\n"
      + (0..<200).map { "1794994200,GET,/\($0),\"a\r\n\"\"\($0)\"\"\"\r\n" }.joined()
    let reader = try LogReader.open(
      SlowSource(Array(log.utf8), step: step),
      format: nil,
      options: ReadOptions(name: "log")
    )
    var paths: [String] = []
    while case .request(let record)? = try reader.next() { paths.append(record.path.text) }
    #expect(paths == (0..<200).map { "/\($0)" })
    #expect(reader.consumed == log.utf8.count)
  }
}
