import RequestLogs
import Testing

@Suite("HTTP archives")
struct HARTests {
  private static let read = "2026-11-18T09:30:00Z POST https://be.graph8.com/api/v1/contacts"

  private static func archive(_ entries: String...) -> String {
    #"{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":["#
      + entries.joined(separator: ",") + "]}}"
  }

  private static func entry(
    time: String = #""2026-11-18T09:30:00Z""#,
    method: String = #""POST""#,
    url: String = #""https://be.graph8.com/api/v1/contacts""#,
    request: String = "",
    response: String = #""status":200"#
  ) -> String {
    #"{"startedDateTime":\#(time),"time":12.5,"request":{"method":\#(method),"url":\#(url)\#(request)},"#
      + #""response":{\#(response)},"cache":{},"timings":{"send":0,"wait":1,"receive":2}}"#
  }

  /// Entries as tools write them, and what is read.
  static let tools: [(String, String)] = [
    // Chrome: foreign keys, call stacks, pseudo headers, names in lower case.
    (
      #"""
      {"_initiator":{"type":"script","stack":{"callFrames":[{"functionName":"a","url":"x","lineNumber":1}],
      "parent":\#(String(repeating: #"{"description":"await","callFrames":[],"parent":"#, count: 40))null
      \#(String(repeating: "}", count: 40))}},"_priority":"High","_resourceType":"fetch","cache":{},
      "connection":"443","pageref":"page_1","request":{"method":"POST",
      "url":"https://be.graph8.com/api/v1/contacts","httpVersion":"h2","headers":[
      {"name":":authority","value":"be.graph8.com"},{"name":"x-org-id","value":"org_1"},
      {"name":"idempotency-key","value":"k1"}],"queryString":[],"cookies":[],"headersSize":-1,
      "bodySize":11,"postData":{"mimeType":"application/json","text":"{\"a\": [1]}"}},
      "response":{"status":201,"statusText":"","httpVersion":"h2","headers":[
      {"name":"x-request-id","value":"req_1"},{"name":"idempotent-replay","value":"true"}],
      "cookies":[],"content":{"size":7,"mimeType":"application/json","text":"{\"b\":2}"},
      "redirectURL":"","headersSize":-1,"bodySize":-1,"_transferSize":9,"_error":null,
      "_fetchedViaServiceWorker":false},"serverIPAddress":"1.2.3.4",
      "startedDateTime":"2026-11-18T09:30:00.000Z","time":120.5,
      "timings":{"blocked":1.5,"dns":-1,"_blocked_queueing":1}}
      """#,
      read + #" status=201 id=req_1 org=org_1 key=k1 replayed request_body={"a": [1]}"#
        + #" response_body={"b":2}"#
    ),
    // Firefox: local time, capitals, a body that is a page.
    (
      #"""
      {"startedDateTime":"2026-11-18T10:30:00.000+01:00","request":{"bodySize":0,"method":"POST",
      "url":"https://be.graph8.com/api/v1/contacts","httpVersion":"HTTP/2","headers":[
      {"name":"X-Org-Id","value":"org_1"}],"cookies":[],"queryString":[],"headersSize":9},
      "response":{"status":403,"statusText":"Forbidden","httpVersion":"HTTP/2","headers":[],
      "cookies":[],"content":{"mimeType":"text/html","size":6,"text":"<html>"},"redirectURL":"",
      "headersSize":1,"bodySize":1},"cache":{},"timings":{},"time":9,"_securityState":"secure",
      "serverIPAddress":"1.2.3.4","connection":"443","pageref":"page_1"}
      """#,
      read + " status=403 org=org_1"
    ),
    // mitmproxy: microseconds, base64.
    (
      #"""
      {"startedDateTime":"2026-11-18T09:30:00.000000+00:00","time":1.0,"request":{"method":"POST",
      "url":"https://be.graph8.com/api/v1/contacts","httpVersion":"HTTP/2.0","cookies":[],
      "headers":[{"name":"X-Request-Id","value":"mine"}],"queryString":[],"headersSize":1,
      "bodySize":9,"postData":{"mimeType":"application/json","text":"[1,2,3]","params":[]}},
      "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/2.0","cookies":[],
      "headers":[{"name":"X-Request-Id","value":"theirs"}],"content":{"size":7,"compression":0,
      "mimeType":"application/json","text":"eyJiIjoy\nfQ==","encoding":"base64"},"redirectURL":"",
      "headersSize":1,"bodySize":7},"cache":{},"timings":{"connect":-1},"serverIPAddress":"::1"}
      """#,
      read + #" status=200 id=theirs request_body=[1,2,3] response_body={"b":2}"#
    ),
    // Insomnia: the query apart from the URL, and requests that were never sent.
    (
      #"""
      {"startedDateTime":"2026-11-18T09:30:00.000Z","time":0,"request":{"method":"POST",
      "url":"https://be.graph8.com/api/v1/contacts","httpVersion":"HTTP/1.1","cookies":[],
      "headers":[],"queryString":[{"name":"provider","value":"kick box"},{"name":"ü","value":""}],
      "headersSize":-1,"bodySize":-1,"settingEncodeUrl":true},"response":{"status":0,
      "statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"content":{"size":0,
      "mimeType":""},"redirectURL":"","headersSize":-1,"bodySize":-1},"cache":{},"timings":{
      "blocked":-1},"comment":"Contacts"}
      """#,
      read + " query=provider=kick%20box&%C3%BC= status=0"
    ),
    // Charles: a query in the URL and again beside it.
    (
      entry(
        url: #""https://be.graph8.com/api/v1/contacts?page=2""#,
        request: #","queryString":[{"name":"page","value":"2"}],"headers":null"#,
        response:
          #""_charlesStatus":"COMPLETE","status":200,"headers":[{"name":"X-Request-Id","value":null}]"#
      ),
      read + "?page=2 status=200"
    ),
    // Postman and scripts: a status as text, none at all, or below zero; no answer.
    (entry(response: #""status":"204""#), read + " status=204"),
    (entry(response: #""status":-1"#), read + " status=0"),
    (entry(response: #""status":null,"content":null"#), read),
    (entry(response: #""content":{"text":"{\"a\":1","size":1}"#), read),
    (entry(response: #""content":{"text":"5"}"#), read),
    (entry(response: #""content":{"text":"ey!","encoding":"base64"}"#), read),
    (entry(response: #""content":{"text":" {\"a\":1}\n"}"#), read + #" response_body={"a":1}"#),
    (entry(request: #","postData":{"params":[{"name":"a","value":"b"}]}"#), read + " status=200"),
    (entry(method: #""post""#), read.replacing("POST", with: "post") + " status=200"),
    (entry(url: #""/api/v1/contacts""#), "2026-11-18T09:30:00Z POST /api/v1/contacts status=200"),
    (
      entry(url: #""HTTPS://be.graph8.com/api/v1/contacts#top""#),
      "2026-11-18T09:30:00Z POST HTTPS://be.graph8.com/api/v1/contacts#top status=200"
    ),
    (
      entry(url: #""http:\/\/localhost:8080\/a""#),
      "2026-11-18T09:30:00Z POST http://localhost:8080/a status=200"
    ),
  ]

  @Test("entries as browsers, proxies and API clients write them", arguments: tools.indices)
  func tool(index: Int) throws {
    let (entry, expected) = Self.tools[index]
    #expect(try entries(Self.archive(entry)) == [expected])
    #expect(try entries(Self.archive(entry), format: .har) == [expected])
    // An entry by itself, as rejects have it.
    #expect(try entries(entry) == [expected])
  }

  @Test(
    "what is no call over HTTP is passed over",
    arguments: [
      #""data:image/png;base64,AAAA""#, #""blob:https://x/1""#, #""wss://be.graph8.com/live""#,
      #""ws://x/""#, #""chrome-extension://abc/x.js""#, #""about:blank""#, #""file:///etc/hosts""#,
    ]
  )
  func others(url: String) throws {
    #expect(try entries(Self.archive(Self.entry(url: url), Self.entry())).count == 1)
    #expect(try entries(Self.archive(Self.entry(url: url))).isEmpty)
  }

  @Test("a tunnel is no call")
  func tunnel() throws {
    let connect = Self.entry(method: #""CONNECT""#, url: #""be.graph8.com:443""#)
    #expect(try entries(Self.archive(connect)).isEmpty)
  }

  @Test("an archive with pages, browser and comments, in any order and layout")
  func layout() throws {
    let log = """
      \u{FEFF}{
        "_note": {"a": [1, 2]},
        "log": {
          "pages": [{"id": "page_1", "title": "x", "pageTimings": {"onLoad": null}}],
          "entries": [
            \(Self.entry()),
            \(Self.entry())
          ],
          "browser": {"name": "Firefox", "version": "1"},
          "version": "1.2"
        }
      }
      """
    #expect(try entries(log) == [Self.read + " status=200", Self.read + " status=200"])
    #expect(try entries(#"{"log":{"version":"1.2","entries":[]}}"#).isEmpty)
    #expect(try entries(#"{"log":{"version":"1.2","entries":null}}"#).isEmpty)
  }

  /// Archives with a mark where the fault is, and the reject.
  static let damaged: [(String, String)] = [
    (
      archive(entry(time: #""▸yesterday""#)),
      "time: \"yesterday\" is not a time: the year is not 4 digits; expected a time such as"
        + " 2026-11-18T09:30:00Z"
    ),
    (
      archive("▸" + entry(time: "null")),
      "missing: startedDateTime not given; expected startedDateTime, request.method and request.url"
    ),
    (
      archive("\n ▸{\"startedDateTime\":\"2026-11-18T09:30:00Z\"}"),
      "missing: request.method, request.url not given; expected startedDateTime, request.method and"
        + " request.url"
    ),
    (
      archive(entry(url: #""▸be.graph8.com/x""#)),
      #"path: "be.graph8.com/x" is not a path; expected a path that starts with /, or a URL"#
    ),
    (
      archive(entry(response: #""content":{"text":"é"},"status":▸999"#)),
      #"status: "999" is not an HTTP status; expected a whole number from 100 to 599"#
    ),
    (
      archive(entry(request: #",▸"method":"GET""#)),
      #"repeated_key: key "method" is given twice; expected each key once"#
    ),
    (
      archive(entry(request: #","headers":[{"name":"X-Request-Id","value":"a▸\u0001"}]"#)),
      "id: a control character stands in the request id; expected printable text"
    ),
    (archive("▸7"), #"type: "7" stands where an entry belongs; expected an object"#),
    (
      archive(entry()) + "\n{\"log\":▸{\"version\":\"1.2\"}}",
      "missing: entries not given; expected a document with log.entries"
    ),
    (
      archive(entry()) + "\n▸{\"lag\":{\"entries\":[]}}",
      "missing: log not given; expected a document with log.entries"
    ),
    (
      archive(entry()) + #"{"log":▸5}"#,
      #"type: "5" stands where entries belong; expected [ or {"#
    ),
    (
      #"{"log":{"entries":[\#(entry()),▸"#, "json: the text ends within the document; expected ]"
    ),
    (
      #"{"log":{"entries":["# + entry().dropLast(60) + "▸",
      "json: the text ends inside quotes; expected a closing \""
    ),
  ]

  @Test("what is damaged is told with its place", arguments: damaged.indices)
  func damage(index: Int) throws {
    let (text, expected) = Self.damaged[index]
    let (log, place) = marked(text)
    let read = try entries(log, format: .har).filter { !$0.hasPrefix("2026") }
    let colon = try #require(expected.firstIndex(of: ":"))
    #expect(read == ["\(expected[..<colon]):\(place)\(expected[colon...])"])
  }

  @Test("another document than an archive is refused")
  func misfits() {
    for log in [#"{"lag":{"entries":[]}}"#, #"{"log":5}"#, #"{"log":[]}"#, "[1]"] {
      #expect(refusal(log, format: .har)?.contains("no line can be read as har") == true)
    }
  }

  @Test("bodies of any size are passed over, and columns stay those of the file")
  func largeBodies() throws {
    func large(_ count: Int) -> String {
      let text = String(repeating: #"é\\\"x"#, count: count / 8)
      return Self.entry(response: #""content":{"text":"{\"a\":\"\#(text)\"}"},"status":200"#)
    }
    let bad = large(5 << 20).replacing(#""status":200"#, with: #""status":20"#)
    let log = Self.archive(large(1_000), large(30 << 20), bad, Self.entry())
    for read in [try entries(log), try entries(log, inPiecesOf: 300_000)] {
      #expect(read.count == 4)
      #expect(read[0].contains("response_body={\"a\":\""))
      #expect(read[1] == Self.read + " status=200")
      #expect(read[3] == Self.read + " status=200")
      let end = try #require(log.firstRange(of: #""status":20}"#))
      let column = log[..<end.lowerBound].unicodeScalars.count + #""status":"#.count + 1
      #expect(
        read[2] == "status:1:\(column): \"20\" is not an HTTP status; expected a whole number"
          + " from 100 to 599"
      )
    }
  }

  @Test("an entry that is long in its other parts is a reject")
  func longEntry() throws {
    let many = String(repeating: #"{"name":"a","value":"b"},"#, count: 200_000)
    let long = Self.entry(request: #","headers":[\#(many){}]"#)
    #expect(
      try entries(Self.archive(long, Self.entry())) == [
        "too_long:1:73: the entry is longer than 4 MiB; expected less", Self.read + " status=200",
      ]
    )
  }

  @Test("rejected entries are read again by themselves")
  func again() throws {
    let log = Self.archive(Self.entry(time: #""x""#), Self.entry(url: #""x""#))
    let again = try entriesAgain(log)
    #expect(again.map { String($0.prefix { $0 != ":" }) } == ["time", "path"])
  }
}
