import Testing

@Suite("Access logs")
struct AccessLogTests {
  private static let common =
    #"203.0.113.7 - - [18/Nov/2026:09:30:00 +0100] "POST /api/v1/contacts?a=1 HTTP/1.1" 201 512"#
  private static let read = "2026-11-18T08:30:00Z POST /api/v1/contacts?a=1 status=201"

  /// What may follow a common line, and the id that is read from it.
  static let endings: [(String, id: String?)] = [
    ("", nil),
    (#" "-" "curl/8.0""#, nil),
    (#" "https://g8.example/?a=\"b\"" "a \"quoted\" agent" 0.012 req_4711"#, "req_4711"),
    (#" "-" "curl/8.0" 0.012 "7f3c9a12b4e85d60""#, "7f3c9a12b4e85d60"),
    (#" "-" "-" 7f3c9a12-b4e8-5d60-9a12-b4e85d607f3c"#, "7f3c9a12-b4e8-5d60-9a12-b4e85d607f3c"),
    (#" "-" "-" 01HV6Z3Q9X8Y7W6V5T4S3R2Q1P 0.5"#, "01HV6Z3Q9X8Y7W6V5T4S3R2Q1P"),
    (#" "-" "-" ZVn8tX8AAQEAAHk2rXoAAAAB"#, "ZVn8tX8AAQEAAHk2rXoAAAAB"),
    (#" 0.012 req-1"#, "req-1"),
    (#" "-" "-" 0.012 call_00012"#, "call_00012"),
    // Shared by many requests, so no ids.
    (#" "-" "-" "10.1.2.3""#, nil),
    (#" "-" "-" 10.1.2.3:8080 0.001 200 HIT"#, nil),
    (#" "-" "-" 0.012 0.011 eu-west-1"#, nil),
    (#" "-" "-" 512 1234567890123456 api.example.com"#, nil),
    (#" "-" "-" 0.012 -"#, nil),
    (
      #" "-" "-" 391 0.022 [g8-api-80] [] 10.0.0.9:80 153 0.022 200 "#
        + "f5c1e6e4ac0a4a8d8d9a5f9d1e8b2c3d", "f5c1e6e4ac0a4a8d8d9a5f9d1e8b2c3d"
    ),
  ]

  @Test("common and combined lines, and what may follow them", arguments: endings.indices)
  func usual(index: Int) throws {
    let (ending, id) = Self.endings[index]
    let expected = Self.read + (id.map { " id=\($0)" } ?? "")
    #expect(try entries(Self.common + ending) == [expected])
    #expect(try entries(Self.common + ending + "\r\n") == [expected])
  }

  @Test("a host before the address, a user with a space, a size that is not known")
  func variants() throws {
    let line =
      #"api.example.com:443 ::1 - ada l [18/Nov/2026:08:30:00 +0000] "GET / HTTP/2.0" - -"#
    #expect(try entries(line) == ["2026-11-18T08:30:00Z GET /"])
  }

  /// A path as a server logs it, and as it is read.
  static let paths: [(String, String)] = [
    (#"/caf\xC3\xA9"#, "/café"),
    (#"/caf\xE9"#, "/caf%E9"),
    (#"/a\"b\\c"#, #"/a"b\c"#),
    (#"/a%20b/..%2f"#, "/a%20b/..%2f"),
    ("https://api.example.com/v1", "https://api.example.com/v1"),
    ("/a b", "/a b"),
    (#"/\xZZ"#, #"/\xZZ"#),
  ]

  @Test("escapes are undone, and bytes that are not UTF-8 percent-escaped", arguments: paths)
  func path(logged: String, read: String) throws {
    let line = #"1.2.3.4 - - [18/Nov/2026:08:30:00 +0000] "GET \#(logged) HTTP/1.1" 200 1"#
    #expect(try entries(line) == ["2026-11-18T08:30:00Z GET \(read) status=200"])
  }

  @Test("bytes as they came")
  func strayBytes() throws {
    let line =
      Array(#"1.2.3.4 - - [18/Nov/2026:08:30:00 +0000] "GET /caf"#.utf8) + [0xE9, 0x2F, 0xC3]
      + Array(#" HTTP/1.1" 200 1 "-" ""#.utf8) + [0xFF] + Array("\"\n".utf8)
    #expect(try entries(line) == ["2026-11-18T08:30:00Z GET /caf%E9/%C3 status=200"])
  }

  @Test("a leap second, and offsets to both sides")
  func times() throws {
    func time(_ text: String) throws -> String? {
      try entries(#"h - - [\#(text)] "GET / HTTP/1.1" 200 1"#).first
    }
    #expect(
      try time("31/Dec/2016:23:59:60 +0000") == "2016-12-31T23:59:59.999999Z GET / status=200"
    )
    #expect(try time("01/Mar/2028:00:30:00 +0530") == "2028-02-29T19:00:00Z GET / status=200")
    #expect(try time("29/Feb/2028:20:30:00 -0800") == "2028-03-01T04:30:00Z GET / status=200")
  }

  /// A format, a line, and what is read from it.
  static let formats: [(String, String, String)] = [
    (
      #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "#
        + #""$http_referer" "$http_user_agent" $request_time $request_id $http_x_org_id"#,
      #"1.2.3.4 - - [18/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" 0.1 r1 org_9"#,
      "2026-11-18T08:30:00Z GET /a status=200 id=r1 org=org_9"
    ),
    (
      "$time_iso8601 $request_method $scheme://$host$request_uri $status ${request_id}",
      "2026-11-18T09:30:00+01:00 GET https://api.example.com/a?b=c 200 r1",
      "2026-11-18T08:30:00Z GET /a?b=c status=200 id=r1"
    ),
    (
      "$msec|$request_method|$uri|$args|$status|$http_x_request_id|$request_id",
      "1795076999.123|GET|/a|b=c|200|-|r2",
      "2026-11-19T08:29:59.123Z GET /a query=b=c status=200 id=r2"
    ),
    (
      #"[$time_local] "$request" $status $upstream_http_idempotent_replay $credits_charged"#,
      #"[18/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 true 2.5"#,
      "2026-11-18T08:30:00Z GET /a status=200 replayed credits=2.5"
    ),
    (
      #"[$time_local] "$request" $status "$request_body""#,
      #"[18/Nov/2026:08:30:00 +0000] "POST /a HTTP/1.1" 200 "{\x22n\x22:[1,2]}""#,
      #"2026-11-18T08:30:00Z POST /a status=200 request_body={"n":[1,2]}"#
    ),
    (
      #"[$time_local] "$request" "$request_body""#,
      #"[18/Nov/2026:08:30:00 +0000] "POST /a HTTP/1.1" "a=b&c""#,
      "2026-11-18T08:30:00Z POST /a"
    ),
    (
      #"%h %l %u %t \"%r\" %>s %b %D %{X-Request-Id}i %{X-Org-Id}i"#,
      #"1.2.3.4 - - [18/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 - 1500 r1 o1"#,
      "2026-11-18T08:30:00Z GET /a status=200 id=r1 org=o1"
    ),
    (
      #"%{msec}t %m %U%q %!200,304s %% %{Foo}e %^FB %T"#,
      #"1795076999123 GET /a?b=c 201 % bar 12 0"#,
      ""
    ),
    (
      #"%{msec}t %m "%U" "%q" %!200,304s %% %{Foo}e %^FB %T"#,
      #"1795076999123 GET "/a" "?b=c" 201 % bar 12 0"#,
      "2026-11-19T08:29:59.123Z GET /a query=b=c status=201"
    ),
    (
      "combined",
      #"1.2.3.4 - - [18/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x""#,
      "2026-11-18T08:30:00Z GET /a status=200"
    ),
    (
      "$remote_addr\\t[$time_local]\\t$request\\t$status",
      "1.2.3.4\t[18/Nov/2026:08:30:00 +0000]\tGET /a HTTP/1.1\t200",
      "2026-11-18T08:30:00Z GET /a status=200"
    ),
  ]

  @Test("formats of nginx and Apache", arguments: formats.indices)
  func format(index: Int) throws {
    let (format, line, read) = Self.formats[index]
    if read.isEmpty {
      // Two fields with nothing between them.
      #expect(refusal(line, logFormat: format)?.contains("nothing stands between") == true)
    } else {
      #expect(try entries(line, logFormat: format) == [read])
    }
  }

  @Test("a mapped variable or header")
  func mapped() throws {
    #expect(
      try entries(
        #"[18/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" team-7 r9"#,
        logFormat: #"[$time_local] "$request" $http_x_tenant $trace"#,
        mapped: [("org_id", "http_x_tenant"), ("request_id", "trace")]
      ) == ["2026-11-18T08:30:00Z GET /a id=r9 org=team-7"]
    )
  }

  /// Formats that cannot be used, the column of the fault, and what the message says.
  static let badFormats: [(String, Int, String)] = [
    ("$remote_addr $status", 21, "the format has no time, no request"),
    ("[$time_local] $status", 22, "the format has no request"),
    ("[$time_local] $uri", 19, "the format has no method"),
    ("$request", 9, "the format has no time"),
    ("%t %", 4, "a % without a directive"),
    ("%t %{X-Request-Id", 4, "the brace after % is not closed"),
    ("[$time_local] ${status $request", 15, "the brace after $ is not closed"),
    ("$time_local $ $request", 13, "a $ without a name"),
    ("[$time_local] $request$status", 23, "nothing stands between $request and $status"),
    ("hello", 6, "the format has no time, no request"),
    ("", 1, "the format has no time, no request"),
  ]

  @Test("a format that cannot be used is told with its column", arguments: badFormats)
  func badFormat(format: String, column: Int, says: String) {
    let message = refusal("x\n", logFormat: format) ?? ""
    #expect(message.hasPrefix("--log-format:1:\(column): error: \(says)"), "\(message)")
  }

  @Test("rejects keep the line, and what follows is read")
  func rejects() throws {
    let log = [
      Self.common, "broken", #"h - - [18/Nov/2026:09:30:00 +0100] "-" 408 0"#, "", Self.common,
    ].joined(separator: "\n")
    let read = try entries(log)
    #expect(read.count == 4)
    #expect(
      read.map { $0.split(separator: ":").first } == [
        "2026-11-18T08", "columns", "format", "2026-11-18T08",
      ]
    )
    #expect(read[2].hasPrefix("format:3:37: the request is \"-\""))
  }
}
