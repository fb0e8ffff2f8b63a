import Foundation
import Testing

@Suite("A log that was read is known, passage by passage")
struct KnownPassageTests {
  private struct Summary: Decodable, Equatable {
    var read: Int
    var accepted: Int
    var duplicates: Int
    var updated: Int
    var rejected: Int
    var first: String?
    var last: String?
  }

  /// A line of a call; without `id` only its text tells it from others.
  private func line(_ number: Int, id: String?, extra: String = "") -> String {
    let time = "2026-11-\(String(format: "%02d", 1 + number % 20))T10:00:\(10 + number % 50)Z"
    let name = id.map { #","request_id":"\#($0)""# } ?? ""
    let path = "/api/v1/contacts/con_\(number)/verify"
    return #"{"timestamp":"\#(time)","method":"POST","path":"\#(path)","status":200\#(name)"#
      + extra + #","duration_ms":12}"# + "\n"
  }

  /// Some ten passages.
  private func log(_ count: Int = 5_000, extra: String = "") -> String {
    (0..<count).map { line($0, id: "req-\($0)", extra: extra) }.joined()
  }

  private func ingest(
    _ scratch: Scratch,
    _ text: String,
    _ options: String...,
    status: Int32 = 0
  ) throws -> Summary {
    try scratch.write("requests.ndjson", text)
    let result = try Command.run(
      ["ingest", "requests.ndjson", "--database", "usage.db", "--format", "json"] + options,
      in: scratch.folder
    )
    try #require(result.status == status, "\(result.errors)")
    return try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
  }

  private func passages(_ scratch: Scratch) throws -> Int {
    let file = scratch.folder.appending(path: "usage.db")
    return try #require(Int(SampleDatabase.sqlite(file, "SELECT count(*) FROM passages")))
  }

  @Test("what is read again is counted as it was, and what was added is stored")
  func again() throws {
    let scratch = try Scratch()
    let first = try ingest(scratch, log())
    #expect(first.accepted == 5_000)
    #expect(try passages(scratch) > 5)
    let again = try ingest(scratch, log())
    #expect((again.read, again.accepted, again.duplicates) == (5_000, 0, 5_000))
    #expect((again.first, again.last) == (first.first, first.last))
    let longer = try ingest(scratch, log(6_000))
    #expect((longer.read, longer.accepted, longer.duplicates) == (6_000, 1_000, 5_000))
    let changed = log(6_000).replacingOccurrences(of: "\"req-2500\"", with: "\"req-new\"")
    #expect(try ingest(scratch, changed).accepted == 1)
  }

  @Test("lines behind what is known keep their numbers")
  func numbers() throws {
    let scratch = try Scratch()
    let blank = "\n" + log()
    _ = try ingest(scratch, blank)
    #expect(try ingest(scratch, blank + "nonsense\n").rejected == 1)
    let file = scratch.folder.appending(path: "usage.db")
    #expect(try SampleDatabase.sqlite(file, "SELECT line FROM rejects") == "5002")
  }

  @Test("another organisation's log is another log")
  func otherTerms() throws {
    let scratch = try Scratch()
    #expect(try ingest(scratch, log()).accepted == 5_000)
    #expect(try ingest(scratch, log(), "--org", "-").accepted == 5_000)
    #expect(try ingest(scratch, log(), "--org", "one").accepted == 5_000)
    #expect(try ingest(scratch, log(), "--org", "two").accepted == 5_000)
    #expect(try ingest(scratch, log(), "--org", "two").duplicates == 5_000)
  }

  @Test("a rehearsal leaves nothing behind")
  func rehearsal() throws {
    let scratch = try Scratch()
    #expect(try ingest(scratch, log(), "--dry-run").accepted == 5_000)
    #expect(try ingest(scratch, log()).accepted == 5_000)
  }

  @Test(
    "passages are read again where a line of theirs says more than itself",
    arguments: [
      #","response_body":{"id":"x"}"#, #","org_id":{}"#, #","tags":{"key":"g8_live_0123456789"}"#,
    ]
  )
  func notKept(extra: String) throws {
    let scratch = try Scratch()
    let first = try ingest(scratch, log(extra: extra))
    #expect(try passages(scratch) == 0)
    let again = try ingest(scratch, log(extra: extra))
    #expect((again.read, again.rejected) == (first.read, first.rejected))
    #expect(again.duplicates == first.accepted)
  }

  @Test("what a request costs by what is learned later is worked out anew")
  func learned() throws {
    let scratch = try Scratch()
    try scratch.write(
      "book.yaml",
      """
      extends: graph8
      provider: graph8
      version: "by steps"
      effective: 2020-01-01T00:00:00Z
      title: One contact a request
      source: US
      sources: {US: {title: "our contract", rank: 1}}
      operations:
        - {id: sequence.enroll, quantity_from: [[{sequence_steps: id}]]}

      """
    )
    let enrolments = log()
      .replacingOccurrences(of: "contacts/con_", with: "sequences/s/contacts?n=")
      .replacingOccurrences(of: "/verify", with: "")
    #expect(try ingest(scratch, enrolments, "--book", "book.yaml").accepted == 5_000)
    let steps = """
      {"timestamp":"2026-11-01T00:00:00Z","method":"GET","path":"/api/v1/sequences/s/steps",\
      "status":200,"request_id":"steps","response_body":{"data":[{"id":1},{"id":2},{"id":3}]}}

      """
    #expect(try ingest(scratch, steps, "--book", "book.yaml").accepted == 1)
    #expect(try ingest(scratch, enrolments, "--book", "book.yaml").updated == 5_000)
  }

  @Test("lines without ids are counted one by one")
  func withoutIDs() throws {
    let scratch = try Scratch()
    let lines = (0..<5_000).map { line($0, id: nil) }.joined()
    #expect(try ingest(scratch, lines).accepted == 5_000)
    #expect(try passages(scratch) == 0)
    // The last one comes a second time.
    let twice = lines + line(4_999, id: nil)
    #expect(try ingest(scratch, twice).accepted == 1)
  }

  @Test("a passage with a request that another call's id refuses is not kept")
  func conflict() throws {
    let scratch = try Scratch()
    let more = log().replacingOccurrences(of: "req", with: "more")
    let text = log() + line(99, id: "req-4999") + more
    let first = try ingest(scratch, text)
    #expect(first.rejected == 1)
    let again = try ingest(scratch, text)
    #expect((again.rejected, again.duplicates) == (1, 10_000))
  }
}
