import RequestLogs
import Testing

@Suite("OpenTelemetry spans")
struct OTLPTests {
  private static func document(_ spans: String...) -> String {
    #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"#
      + #""scopeSpans":[{"scope":{"name":"http"},"spans":["# + spans.joined(separator: ",")
      + #"],"schemaUrl":"x"}],"schemaUrl":"x"}]}"#
  }

  private static func made(
    _ attributes: [(String, String)],
    kind: String = "3",
    time: String = #""1794994200000000000""#,
    rest: String = ""
  ) -> String {
    let list = attributes.map { #"{"key":"\#($0.0)","value":\#($0.1)}"# }.joined(separator: ",")
    return
      #"{"traceId":"5b8e","spanId":"eee1","name":"GET","kind":\#(kind),"startTimeUnixNano":\#(time),"#
      + #""endTimeUnixNano":"1794994200100000000","attributes":[\#(list)]\#(rest)}"#
  }

  private static let new = [
    ("http.request.method", #"{"stringValue":"GET"}"#),
    ("url.full", #"{"stringValue":"https://be.graph8.com/api/v1/contacts?page=2"}"#),
    ("http.response.status_code", #"{"intValue":"200"}"#),
  ]
  private static let read = "2026-11-18T09:30:00Z GET https://be.graph8.com/api/v1/contacts?page=2"

  /// Spans, and what is read of each; nothing where the span is of no call over HTTP.
  static let spans: [(String, String?)] = [
    (made(new), read + " status=200"),
    // Conventions of before, of a client and of a server.
    (
      made([
        ("http.method", #"{"stringValue":"GET"}"#),
        ("http.url", #"{"stringValue":"https://be.graph8.com/api/v1/contacts?page=2"}"#),
        ("http.target", #"{"stringValue":"/api/v1/contacts?page=2"}"#),
        ("http.status_code", #"{"intValue":200}"#),
      ]),
      read + " status=200"
    ),
    (
      made(
        [
          ("http.method", #"{"stringValue":"GET"}"#), ("http.scheme", #"{"stringValue":"https"}"#),
          ("http.target", #"{"stringValue":"/api/v1/contacts?page=2"}"#),
          ("http.status_code", #"{"doubleValue":200}"#),
        ],
        kind: #""SPAN_KIND_SERVER""#
      ),
      "2026-11-18T09:30:00Z GET /api/v1/contacts?page=2 status=200"
    ),
    // Today's, of a server.
    (
      made(
        [
          ("http.request.method", #"{"stringValue":"GET"}"#),
          ("url.path", #"{"stringValue":"/a"}"#),
          ("url.query", #"{"stringValue":"page=2"}"#),
        ],
        kind: "2"
      ),
      "2026-11-18T09:30:00Z GET /a query=page=2"
    ),
    // Both at once: today's names count.
    (
      made(
        new + [
          ("http.method", #"{"stringValue":"PUT"}"#), ("http.url", #"{"stringValue":"/old"}"#),
          ("http.status_code", #"{"intValue":"500"}"#),
        ]
      ),
      read + " status=200"
    ),
    // Headers, as lists and as texts, with their names of today and before.
    (
      made(
        new + [
          ("http.request.header.x-org-id", #"{"arrayValue":{"values":[{"stringValue":"org_1"}]}}"#),
          ("http.response.header.x-request-id", #"{"stringValue":"req_1"}"#),
          (
            "http.request.header.idempotency_key",
            #"{"array_value":{"values":[{"string_value":"k"}]}}"#
          ),
          (
            "http.response.header.idempotent-replay",
            #"{"arrayValue":{"values":[{"stringValue":"true"}]}}"#
          ),
        ]
      ),
      read + " status=200 id=req_1 org=org_1 key=k replayed"
    ),
    (
      made(new + [("http.response.header.idempotent_replay", #"{"boolValue":true}"#)]),
      read + " status=200 replayed"
    ),
    (
      made(new + [("http.request.header.x_request_id", #"{"arrayValue":{"values":[]}}"#)]),
      read + " status=200"
    ),
    // Kinds and times as numbers, names in snake case.
    (made(new, time: "1794994200000000000"), read + " status=200"),
    (made(new, time: "1.7949942e18"), read + " status=200"),
    (made(new, kind: #""SPAN_KIND_CLIENT""#), read + " status=200"),
    (made(new, kind: "0"), read + " status=200"),
    (
      made(new).replacing("startTimeUnixNano", with: "start_time_unix_nano")
        .replacing("stringValue", with: "string_value").replacing("intValue", with: "int_value"),
      read + " status=200"
    ),
    // No answer.
    (
      made(Array(new.dropLast()), rest: #","status":{"code":2,"message":"reset"}"#),
      read + " status=0"
    ),
    (
      made(Array(new.dropLast()), rest: #","status":{"code":"STATUS_CODE_ERROR"}"#),
      read + " status=0"
    ),
    (
      made(Array(new.dropLast()) + [("error.type", #"{"stringValue":"timeout"}"#)]),
      read + " status=0"
    ),
    (made(new + [("error.type", #"{"stringValue":"503"}"#)]), read + " status=200"),
    (made(Array(new.dropLast()), rest: #","status":{}"#), read),
    // A method that instrumentation does not know.
    (
      made(
        [
          ("http.request.method", #"{"stringValue":"_OTHER"}"#),
          ("http.request.method_original", #"{"stringValue":"PURGE"}"#),
          ("url.path", #"{"stringValue":"/a"}"#),
        ]
      ),
      "2026-11-18T09:30:00Z PURGE /a"
    ),
    // Values of every kind, events and links.
    (
      made(
        new + [
          ("a", #"{"kvlistValue":{"values":[{"key":"b","value":{"intValue":"1"}}]}}"#),
          ("c", #"{"bytesValue":"AA=="}"#), ("d", "{}"), ("e", #"{"boolValue":false}"#),
          ("f", "null"),
        ],
        rest:
          #","events":[{"name":"exception","timeUnixNano":"1","attributes":[]}],"links":[],"flags":257"#
      ),
      read + " status=200"
    ),
    // No calls over HTTP.
    (made([("db.system", #"{"stringValue":"postgresql"}"#)]), nil),
    (made(new, kind: "1"), nil), (made(new, kind: "4"), nil),
    (made(new, kind: #""SPAN_KIND_INTERNAL""#), nil), (made([]), nil),
    (#"{"traceId":"5b8e","spanId":"eee1","name":"x"}"#, nil),
  ]

  @Test("spans of clients and servers, with names of today and before", arguments: spans.indices)
  func span(index: Int) throws {
    let (span, expected) = Self.spans[index]
    let known = Self.document(Self.made(Self.new))
    #expect(try entries(Self.document(span)) == (expected.map { [$0] } ?? []))
    // One document a line, as the collector's file exporter writes, and spans by themselves.
    #expect(
      try entries(known + "\n" + Self.document(span, span) + "\n").dropFirst()
        == (expected.map { [$0, $0] } ?? [])[...]
    )
    #expect(try entries(span) == (expected.map { [$0] } ?? []))
  }

  /// Documents of one span.
  static let layouts: [String] = {
    let span = Self.made(new)
    return [
      document(span), "[\(document(span))]",
      document(span).replacing("resourceSpans", with: "resource_spans")
        .replacing("scopeSpans", with: "scope_spans"),
      document(span).replacing("scopeSpans", with: "instrumentationLibrarySpans"),
      #"{"resourceSpans":[]}"# + "\n" + document(span),
      #"{"resourceSpans":[{"resource":{}},{"scopeSpans":[{}]}]}"# + "\n" + document(span),
      document(span) + "\n" + #"{"resourceMetrics":[{"a":[1]}]}"# + "\n" + #"{"resourceLogs":[]}"#,
      document(span).replacing(",", with: ",\n  ").replacing("[", with: "[\n").replacing(
        "}",
        with: "\n}"
      ),
      #"{"resourceSpans":[{"scopeSpans":[{"spans":[\#(span)]},{"spans":null}]},{"scopeSpans":null}]}"#,
    ]
  }()

  @Test("documents of collectors and SDKs", arguments: layouts)
  func documents(log: String) throws {
    #expect(try entries(log) == [Self.read + " status=200"])
    #expect(try entries(log, format: .otlp) == [Self.read + " status=200"])
    #expect(try entries(log, inPiecesOf: 5) == [Self.read + " status=200"])
  }

  /// Spans with a mark where the fault is, and the reject.
  static let damaged: [(String, String)] = [
    (
      "▸" + made([("http.method", #"{"stringValue":"GET"}"#)]),
      "missing: the span of HTTP names no path; expected url.full, url.path, http.url or http.target"
    ),
    (
      made(new, time: #""▸0""#),
      "time: 0 is no time since 1970 in seconds, milli-, micro- or nanoseconds; expected a time such"
        + " as \"2026-11-18T09:30:00Z\""
    ),
    (
      "▸" + made(new, time: "null"),
      "missing: startTimeUnixNano not given; expected when the span started"
    ),
    (
      made(Array(new.dropLast()) + [("http.status_code", #"{"stringValue":"▸OK"}"#)]),
      #"status: "OK" is not an HTTP status; expected a whole number from 100 to 599"#
    ),
    (
      made(new).replacing("}}]", with: "}▸]"),
      "json: \"]\" stands after a value; expected a comma or }"
    ),
    (
      #"{"traceId":1,▸"traceId":2}"#,
      #"repeated_key: key "traceId" is given twice; expected each key once"#
    ),
    ("▸7", #"type: "7" stands where a span belongs; expected an object"#),
  ]

  @Test(
    "what is damaged is told with its place, and the next span is read",
    arguments: damaged.indices
  )
  func damage(index: Int) throws {
    let (span, expected) = Self.damaged[index]
    let (log, place) = marked(Self.document(span, Self.made(Self.new)))
    let colon = try #require(expected.firstIndex(of: ":"))
    #expect(
      try entries(log, format: .otlp) == [
        "\(expected[..<colon]):\(place)\(expected[colon...])", Self.read + " status=200",
      ]
    )
  }

  @Test("a line that was cut off costs itself")
  func cut() throws {
    let whole = Self.document(Self.made(Self.new))
    for count in stride(from: 1, to: whole.count - 1, by: 7) {
      let read = try entries(whole + "\n" + whole.prefix(count) + "\n" + whole + "\n")
      let requests = read.filter { $0.hasPrefix("2026") }
      // The span of the second line may have been whole.
      #expect((2...3).contains(requests.count), "\(count): \(read)")
      #expect(read.count > requests.count, "\(count)")
    }
  }

  @Test("what is no trace is a reject, never silence")
  func noTrace() throws {
    #expect(
      try entries(Self.document(Self.made(Self.new)) + "\n{\"spans\":[]}\n{}", format: .otlp)
        .dropFirst()
        == [
          "missing:2:1: resourceSpans not given; expected a document with resourceSpans",
          "missing:3:1: resourceSpans not given; expected a document with resourceSpans",
        ]
    )
  }
}
