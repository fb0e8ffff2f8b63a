import Foundation
import Testing

@Suite("rerate prices stored usage again")
struct RerateCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    _ = try SampleDatabase.copy(in: scratch)
    try scratch.write("dear.yaml", try Self.book("2026.12", ["price: 20\n": "price: 23.5\n"]))
  }

  /// The shipped book with other prices.
  static func book(_ version: String, _ changes: [String: String]) throws -> String {
    var text = try String(
      contentsOf: Command.project.appending(path: "pricing/graph8.yaml"),
      encoding: .utf8
    )
    let all = changes.merging(["version: \"2026.11\"": "version: \"\(version)\""]) { $1 }
    for (old, new) in all {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    return text
  }

  private func run(_ arguments: String..., status: Int32 = 0) throws -> Command.Result {
    let result = try Command.run(arguments + ["--database", "usage.db"], in: scratch.folder)
    try #require(result.status == status, "\(arguments): \(result.errors)")
    return result
  }

  private struct Report: Decodable {
    struct Amount: Decodable, Equatable {
      var credits: Decimal
      var unpricedRequests: Decimal
    }
    struct Line: Decodable {
      var operation: String?
      var requests: Decimal
      var changedRequests: Decimal
      var earlierRequests: Decimal
      var old: Amount
      var new: Amount
      var change: Decimal
    }
    var byOperation: [Line]
    var totals: Line
    var applied: Bool
  }

  private func rerate(_ arguments: String...) throws -> Report {
    let all = ["rerate", "--database", "usage.db", "--format", "json"] + arguments
    let result = try Command.run(all, in: scratch.folder)
    try #require(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(result.output.utf8))
  }

  private func usage(_ by: String = "operation,basis,book,metering") throws -> String {
    try run("usage", "--by", by, "--format", "csv").output
  }

  private func expectClean() throws { _ = try run("db", "check") }

  /// Requests and quantities of groups, without their credits.
  private func counts() throws -> [[Substring]] {
    try usage("day,operation,status").split(separator: "\r\n").map { line in
      Array(line.split(separator: ",", omittingEmptySubsequences: false).prefix(7))
    }
  }

  @Test("shows old beside new and stores nothing; --apply stores it; back, all is as it was")
  func thereAndBack() throws {
    let before = try usage()
    let shown = try rerate("--book", "dear.yaml")
    #expect(!shown.applied)
    #expect(try usage() == before)
    let changed = shown.byOperation.filter { $0.change != 0 }.map(\.operation)
    #expect(changed == ["meeting.book", "voice.outbound"])
    #expect(shown.totals.old.credits + shown.totals.change == shown.totals.new.credits)
    let counts = try counts()

    let applied = try rerate("--book", "dear.yaml", "--apply")
    #expect(applied.applied)
    #expect(applied.totals.new == shown.totals.new)
    try expectClean()
    // Nothing but credits changes: neither requests nor quantities, days, tags or statuses.
    #expect(try self.counts() == counts)
    #expect(try usage() != before)
    #expect(try rerate("--book", "dear.yaml").totals.changedRequests == 0)

    #expect(try rerate("--apply").totals.new == shown.totals.old)
    try expectClean()
    #expect(try usage() == before)
  }

  @Test("is what taking the log under the other book gives")
  func afresh() throws {
    _ = try rerate("--book", "dear.yaml", "--apply")
    let rerated = try usage("operation,basis,day")
    let oracle = Command.project.appending(path: "Tests/Oracle/usage.py").path
    let python = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      ["python3", oracle, "generate"] + SampleDatabase.oracleOptions + ["--out", "."],
      in: scratch.folder
    )
    try #require(python.status == 0, "\(python.errors)")
    let result = try Command.run(
      ["ingest", "requests.ndjson", "--database", "fresh.db", "--book", "dear.yaml"],
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
    let fresh = try Command.run(
      ["usage", "--by", "operation,basis,day", "--format", "csv", "--database", "fresh.db"],
      in: scratch.folder
    )
    #expect(rerated == fresh.output)
  }

  @Test("books by date: what happened before the first keeps its price")
  func dates() throws {
    try scratch.write(
      "late.yaml",
      try Self.book(
        "2026.13",
        [
          "price: 20\n": "price: 40\n",
          "effective: 2020-01-01T00:00:00Z": "effective: 2026-10-20T00:00:00Z",
        ]
      )
    )
    let late = try rerate("--book", "late.yaml")
    #expect(late.totals.earlierRequests > 0)
    #expect(late.totals.change > 0)
    try FileManager.default.createDirectory(
      at: scratch.folder.appending(path: "books"),
      withIntermediateDirectories: false
    )
    for name in ["late.yaml", "dear.yaml"] {
      try FileManager.default.copyItem(
        at: scratch.folder.appending(path: name),
        to: scratch.folder.appending(path: "books/\(name)")
      )
    }
    let both = try rerate("--book", "books")
    #expect(both.totals.earlierRequests == 0)
    let dear = try rerate("--book", "dear.yaml", "--until", "2026-10-20T00:00:00Z")
    #expect(both.totals.change == late.totals.change + dear.totals.change)
  }

  @Test("a price where there was none, a price that is gone, and measured credits that stay")
  func unpriced() throws {
    try scratch.write(
      "push.yaml",
      """
      extends: graph8
      provider: graph8
      version: "push"
      effective: 2020-01-01T00:00:00Z
      title: with pushes
      sources:
        ORDER: {title: "an order", rank: 0}
      operations:
        - {id: audience.push, metering: metered, price: 0.5, rounding: exact, source: ORDER, confidence: documented}
        - {id: newsletter.send, metering: free, source: ORDER, confidence: documented}

      """
    )
    let report = try rerate("--book", "push.yaml", "--apply")
    let push = try #require(report.byOperation.first { $0.operation == "audience.push" })
    #expect(push.new.unpricedRequests < push.old.unpricedRequests)
    #expect(push.change > 0)
    try expectClean()
    let newsletter = try run(
      "usage",
      "--operation",
      "newsletter.send",
      "--by",
      "basis",
      "--format",
      "csv"
    ).output
    #expect(newsletter.contains("\r\nmeasured,"))
    #expect(!newsletter.contains("\r\nassumed,"))
  }

  private struct Difference: Decodable {
    struct Past: Decodable {
      struct Line: Decodable {
        var operation: String?
        var old: Report.Amount
        var new: Report.Amount
        var change: Decimal
      }
      var since: String
      var byOperation: [Line]
      var totals: Line
    }
    var past: Past?
  }

  @Test("prices diff says what the last 30 days cost under each book, whatever is stored")
  func difference() throws {
    func difference(_ arguments: String...) throws -> Difference {
      let result = try Command.run(
        ["prices", "diff"] + arguments + ["--format", "json"],
        in: scratch.folder
      )
      try #require(result.status == 0, "\(result.errors)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Difference.self, from: Data(result.output.utf8))
    }
    let now = ["--database", "usage.db", "--as-of", "2026-11-09T00:00:00Z"]
    let past = try #require(try difference("dear.yaml", now[0], now[1], now[2], now[3]).past)
    #expect(past.since == "2026-10-10T00:00:00Z")
    let shown = try rerate("--book", "dear.yaml", "--since", "2026-10-10T00:00:00Z")
    #expect(past.totals.old == shown.totals.old)
    #expect(past.totals.new == shown.totals.new)
    #expect(past.totals.change > 0)
    #expect(
      past.byOperation.filter { $0.change != 0 }.map(\.operation) == [
        "meeting.book", "voice.outbound",
      ]
    )
    // The same, once the dear prices are stored; and a draft may keep its version.
    _ = try rerate("--book", "dear.yaml", "--apply")
    try scratch.write("same.yaml", try Self.book("2026.12", ["price: 20\n": "price: 21\n"]))
    let again = try #require(try difference("dear.yaml", now[0], now[1], now[2], now[3]).past)
    #expect(again.totals.old == past.totals.old)
    #expect(again.totals.new == past.totals.new)
    #expect(try difference("dear.yaml", "same.yaml", now[0], now[1], now[2], now[3]).past != nil)
    #expect(try difference("dear.yaml").past == nil)
  }

  @Test("what cannot be done ends with a message and changes nothing")
  func faults() throws {
    let before = try usage()
    try scratch.write("same.yaml", try Self.book("2026.11", ["price: 20\n": "price: 21\n"]))
    for arguments in [[], ["--apply"]] {
      let result = try Command.run(
        ["rerate", "--book", "same.yaml", "--database", "usage.db"] + arguments,
        in: scratch.folder
      )
      #expect(result.status == 1)
      #expect(result.errors.contains("a version of its own"), "\(result.errors)")
    }
    let missing = try Command.run(["rerate", "--apply", "--database", "no.db"], in: scratch.folder)
    #expect(missing.status == 1)
    #expect(!FileManager.default.fileExists(atPath: scratch.folder.appending(path: "no.db").path))
    #expect(try usage() == before)
  }
}
