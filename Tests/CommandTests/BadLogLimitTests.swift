import Foundation
import Testing

@Suite("Logs past every limit cost a line, and never the run")
struct BadLogLimitTests {
  struct Limit: Sendable {
    var name: String
    var options: [String] = []
    var log: @Sendable () -> String
    /// Lines that are accepted.
    var accepted: Int
    /// The start of each reject, without the file's name.
    var rejects: [String]
  }

  private static func request(_ number: Int, _ more: String = "") -> String {
    #"{"timestamp":"2026-11-18T09:30:00Z","method":"GET","path":"/a","request_id":"r\#(number)""#
      + more + "}\n"
  }

  private static func long(_ count: Int, _ text: String = "x") -> String {
    String(repeating: text, count: count)
  }

  private static let mebibyte = 1 << 20
  private static let tooLong =
    "too_long: the line is longer than 1 MiB; expected one request a line"

  static let limits: [Limit] = [
    Limit(
      name: "a-mebibyte.ndjson",
      log: {
        let empty = request(2, #","note":"""#)
        let full = request(2, #","note":"\#(long(mebibyte + 1 - empty.utf8.count))""#)
        let over = request(3, #","note":"\#(long(mebibyte + 2 - empty.utf8.count))""#)
        return request(1) + full + over + request(4)
      },
      accepted: 3,
      rejects: ["3:1: " + tooLong]
    ),
    Limit(
      name: "endless.ndjson",
      log: { request(1) + long(20 * mebibyte) },
      accepted: 1,
      rejects: ["2:1: " + tooLong]
    ),
    Limit(
      name: "endless-first.ndjson",
      log: { "{\"note\":\"" + long(3 * mebibyte) + "\n" + request(2) },
      accepted: 1,
      rejects: ["1:1: " + tooLong]
    ),
    Limit(
      name: "brackets.ndjson",
      options: ["--input", "ndjson"],
      log: { request(1) + long(500_000, "[") + "\n" + request(2, ",\"a\":" + long(500_000, "[")) },
      accepted: 1,
      rejects: [
        "2:1: json: \"[\" stands where an object belongs",
        "3:117: json: values nest deeper than 32",
      ]
    ),
    Limit(
      name: "objects.ndjson",
      log: { request(1) + long(200_000, "{\"a\":") + "\n" + request(2) },
      accepted: 2,
      rejects: ["2:161: json: values nest deeper than 32"]
    ),
    Limit(
      name: "many-keys.ndjson",
      log: {
        let keys = (0..<50_000).map { ",\"k\($0)\":1" }.joined()
        return request(1, keys) + request(2, keys + ",\"k7\":1")
      },
      accepted: 1,
      rejects: ["2:538972: repeated_key: key \"k7\" is given twice"]
    ),
    Limit(
      name: "zeros.ndjson",
      log: { request(1) + long(3 * mebibyte, "\0") + "\n" + request(2) },
      accepted: 2,
      rejects: ["2:1: " + tooLong]
    ),
    Limit(
      name: "digits.ndjson",
      log: { request(1, ",\"credits_charged\":1" + long(100_000, "0")) + request(2) },
      accepted: 1,
      rejects: ["1:100: range: credits_charged is 1" + long(79, "0") + "…"]
    ),
    Limit(
      name: "path.ndjson",
      log: {
        let path = "/" + long(8_191)
        return request(1).replacing("/a", with: path) + request(2).replacing("/a", with: path + "x")
          + request(3, #","query":"\#(long(8_193))""#)
      },
      accepted: 1,
      rejects: [
        "2:60: path: the path has 8193 bytes; expected at most 8192",
        "3:91: path: the query has 8193 bytes; expected at most 8192",
      ]
    ),
    Limit(
      name: "row.csv",
      log: { "ts,method,path\n1794994200,GET,/a\(long(2 * mebibyte))\n1794994200,GET,/b\n" },
      accepted: 1,
      rejects: ["2:1: too_long: the row is longer than 1 MiB; expected one request a row"]
    ),
    Limit(
      name: "quote.csv",
      log: { "ts,method,path\n1794994200,GET,\"/a\n" + long(100_000, "1794994200,GET,/b\n") },
      accepted: 100_000,
      rejects: ["2:16: quote: the quote that opens a field is not closed; expected a closing \""]
    ),
    Limit(
      name: "agent.log",
      log: {
        let line = #"h - - [18/Nov/2026:09:30:00 +0000] "GET /a HTTP/1.1" 200 5 "-" ""#
        return line + "x\"\n" + line + long(mebibyte) + "\"\n" + line + "y\"\n"
      },
      accepted: 2,
      rejects: ["2:1: " + tooLong]
    ),
    Limit(
      name: "element.json",
      log: {
        let note = #","note":"\#(long(mebibyte))""#
        return "[" + [request(1), request(2, note), request(3)].joined(separator: ",") + "]"
      },
      accepted: 2,
      rejects: ["2:2: too_long: the request is longer than 1 MiB"]
    ),
  ]

  @Test("a limit", arguments: limits.indices)
  func limit(index: Int) throws {
    let limit = Self.limits[index]
    let scratch = try Scratch()
    try scratch.write(limit.name, limit.log())
    let log = scratch.folder.appending(path: limit.name)
    let run = try LogRun(log, limit.options, in: scratch)
    #expect(run.status == 0, "\(run.errors.prefix(400))")
    #expect(run.counts?["accepted"] == limit.accepted)
    #expect(run.rejects.count == limit.rejects.count)
    for (reject, expected) in zip(run.rejects, limit.rejects) {
      let told = "\(reject.line):\(reject.why)"
      #expect(told.hasPrefix(expected), "\(told.prefix(400))")
      #expect(reject.message.utf8.count < 1_000)
    }
    // Whole texts are read again as they are, and what was cut is not taken for whole.
    if limit.name == "element.json" { return }
    let rejects = scratch.folder.appending(path: "\(limit.name).rejects")
    let again = try LogRun(rejects, limit.options, in: scratch)
    #expect(again.counts?["read"] == run.rejects.count)
    let isSame = again.rejects.map(\.why) == run.rejects.map(\.why)
    #expect(isSame)
  }

  @Test(
    "a bomb stops at its ratio, and what came before it counts",
    arguments: ["gzip", "zstd -q"]
  )
  func bomb(command: String) throws {
    let scratch = try Scratch()
    try scratch.write("line", Self.request(1))
    let packed = "(cat line; head -c 300000000 /dev/zero) | \(command) >bomb.log"
    let shell = URL(filePath: "/bin/sh")
    _ = try Command.run(executable: shell, ["-c", packed], in: scratch.folder)
    let run = try LogRun(scratch.folder.appending(path: "bomb.log"), [], in: scratch)
    #expect(run.status == 1)
    #expect(run.counts?["accepted"] == 1)
    #expect(run.errors.contains("comes to more than 1000 times its size"), "\(run.errors)")
  }

  @Test("one bad file of several: the others are read, and it is told")
  func severalFiles() throws {
    let scratch = try Scratch()
    try scratch.write("a.ndjson", Self.request(1))
    try scratch.write("b.txt", "Dear all,\n")
    try scratch.write("c.ndjson", Self.request(2))
    let files = ["a.ndjson", "missing.ndjson", "b.txt", "c.ndjson"]
    let result = try Command.run(
      ["ingest", "--database", "u.db", "--format", "json"] + files,
      in: scratch.folder
    )
    #expect(result.output.contains(#""accepted":2,"#), "\(result.output)")
    #expect(result.errors.contains("b.txt:1:1: error: this is not a log that can be read"))
    #expect(result.errors.contains("cannot read missing.ndjson: no such file or directory"))
    #expect(result.status == 1)
  }
}
