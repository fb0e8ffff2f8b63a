import Foundation
import Testing

@Suite("What one answer tells of another request")
struct LinkTests {
  /// A job is started, its credits are told, contacts are enrolled, the steps are told.
  private static let lines = [
    #"{"timestamp":"2026-11-10T10:00:00Z","method":"POST","path":"/api/v1/enrichment/enrich","#
      + #""status":202,"request_id":"r1","request_body":{"contact_ids":["a","b","c"]},"#
      + #""response_body":{"data":{"job_id":"job_1","status":"queued"}}}"#,
    #"{"timestamp":"2026-11-10T10:01:00Z","method":"GET","path":"/enrichment/jobs/job_1","#
      + #""status":200,"request_id":"r2","#
      + #""response_body":{"total_credits_used":null,"successful_enrichments":1}}"#,
    #"{"timestamp":"2026-11-10T10:02:00Z","method":"POST","path":"/sequences/seq_1/contacts","#
      + #""status":200,"request_id":"r3","response_body":{"data":{"contacts_affected":10}}}"#,
    #"{"timestamp":"2026-11-10T11:00:00Z","method":"GET","path":"/enrichment/jobs/job_1","#
      + #""status":200,"request_id":"r4","#
      + #""response_body":{"data":{"total_credits_used":4.5,"successful_enrichments":2}}}"#,
    #"{"timestamp":"2026-11-10T11:01:00Z","method":"GET","path":"/sequences/seq_1/steps","#
      + #""status":200,"request_id":"r5","response_body":{"data":[1,2,3,4]}}"#,
    #"{"timestamp":"2026-11-10T11:02:00Z","method":"POST","path":"/sequences/seq_2/contacts","#
      + #""status":200,"request_id":"r6","response_body":{"contacts_affected":7}}"#,
  ]

  static let expected = """
    operation,basis,quantity,credits
    enrichment.jobs,counted,1,0
    enrichment.jobs,counted,1,0
    enrichment.waterfall,measured,2,4.5
    sequence.enroll,assumed,1,1
    sequence.enroll,counted,40,40
    sequences.read,counted,1,0
    """

  /// The stored requests, by operation.
  private func stored(_ files: [[Int]], _ scratch: Scratch) throws -> String {
    for (number, lines) in files.enumerated() {
      let text = lines.map { Self.lines[$0] + "\n" }.joined()
      try Data(text.utf8).write(to: scratch.folder.appending(path: "\(number).ndjson"))
      let run = try Command.run(
        ["ingest", "\(number).ndjson", "--database", "usage.db"],
        in: scratch.folder
      )
      try #require(run.status == 0, "\(run.errors)")
    }
    let listed = try Command.run(
      ["usage", "--list", "--format", "csv", "--database", "usage.db"],
      in: scratch.folder
    )
    let rows = listed.output.split(whereSeparator: \.isNewline).map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return [2, 11, 9, 10].map { String(cells[$0]) }.joined(separator: ",")
    }
    return ([rows[0]] + rows.dropFirst().sorted()).joined(separator: "\n")
  }

  @Test(
    "a job is measured and steps are counted, whichever comes to be known first",
    arguments: [
      [[0, 1, 2, 3, 4, 5]], [[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]], [[5, 4, 3, 2, 1, 0]],
      [[3], [4], [0], [2], [1], [5]], [[0, 3], [0, 1, 2, 3, 4, 5], [0, 3]],
    ]
  )
  func anyOrder(files: [[Int]]) throws {
    let scratch = try Scratch()
    #expect(try stored(files, scratch) == Self.expected)
  }

  @Test("without the answers, the book's assumptions stand")
  func control() throws {
    let scratch = try Scratch()
    let found = try stored([[0, 2]], scratch)
    #expect(found.contains("enrichment.waterfall,assumed,3,6"))
    #expect(found.contains("sequence.enroll,assumed,1,1"))
  }

  @Test("step counts of creditmeter.yaml stand above what answers tell")
  func configured() throws {
    let scratch = try Scratch()
    try Data("sequences: {seq_1: 3, seq_2: 5}\n".utf8)
      .write(to: scratch.folder.appending(path: "creditmeter.yaml"))
    let found = try stored([[2, 4, 5]], scratch)
    #expect(found.contains("sequence.enroll,counted,30,30"))
    #expect(found.contains("sequence.enroll,counted,35,35"))
  }

  @Test("credits that a request's own record tells stand above what its job told")
  func ownRecord() throws {
    let scratch = try Scratch()
    let told = Self.lines[0].replacingOccurrences(
      of: #""status":202"#,
      with: #""status":202,"credits_charged":9"#
    )
    try Data((told + "\n" + Self.lines[3] + "\n").utf8)
      .write(to: scratch.folder.appending(path: "own.ndjson"))
    let run = try Command.run(
      ["ingest", "own.ndjson", "--database", "usage.db", "--format", "json"],
      in: scratch.folder
    )
    #expect(run.output.contains(#""credits":9,"#), "\(run.output)")
  }
}
