import Foundation
import Testing

@Suite("The report of the sample history, in every form, is as it was agreed")
struct ReportSampleTests {
  private static let samples = Command.project.appending(path: "reports/samples")

  /// A database of the sample history.
  private static func history(in scratch: Scratch) throws {
    let logs = ["samples/history.ndjson.gz", "samples/history-balance.ndjson"]
    let database = scratch.folder.appending(path: "history.db").path
    let result = try Command.run(["ingest"] + logs + ["--database", database])
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test("five forms of one week")
  func forms() throws {
    let scratch = try Scratch()
    try Self.history(in: scratch)
    for (name, format) in [
      ("week.txt", "table"), ("week.md", "markdown"), ("week.json", "json"), ("week.csv", "csv"),
      ("week.html", "html"),
    ] {
      let result = try Command.run(
        [
          "report", "weekly", "--as-of", "2026-11-23T08:00:00Z", "--timezone", "Europe/Berlin",
          "--database", "history.db", "--format", format,
        ],
        in: scratch.folder
      )
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      try expectGolden(result.output, Self.samples.appending(path: name))
    }
  }

  @Test("the page is one small file that asks for nothing")
  func page() throws {
    let page = try String(
      contentsOf: Self.samples.appending(path: "week.html"),
      encoding: .utf8
    )
    #expect(page.utf8.count < 200_000)
    for word in ["<script", "http:", "https:", "src=", "@import", "url(http", "javascript:"] {
      #expect(!page.contains(word), "\(word)")
    }
    // Each picture has a sentence, and each table a caption.
    let pictures = page.components(separatedBy: "role=\"img\"").count
    #expect(pictures > 20)
    #expect(page.components(separatedBy: "aria-label=\"").count == pictures)
    #expect(
      page.components(separatedBy: "<caption").count == page.components(separatedBy: "<table").count
    )
  }

  @Test("the history is what its script writes")
  func script() throws {
    let scratch = try Scratch()
    let script = Command.project.appending(path: "scripts/sample-history")
    let result = try Command.run(executable: script, ["."], in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    for (name, unpack) in [("history.ndjson.gz", "gzip"), ("history-balance.ndjson", "cat")] {
      let options = unpack == "gzip" ? ["-dc"] : []
      let texts = try [scratch.folder, Command.project.appending(path: "samples")].map { folder in
        try Command.run(
          executable: URL(filePath: "/usr/bin/env"),
          [unpack] + options + [folder.appending(path: name).path],
          in: scratch.folder
        ).output
      }
      #expect(texts[0] == texts[1], "\(name)")
      #expect(texts[0].utf8.count > 1_000)
    }
  }

  @Test("what was planted is found: credits without a request, a top-up, an issue sent twice")
  func planted() throws {
    let scratch = try Scratch()
    try Self.history(in: scratch)
    func report(_ arguments: [String]) throws -> JSONValue {
      let common = ["--as-of", "2026-11-23T08:00:00Z", "--database", "history.db"]
      let result = try Command.run(
        ["report", "--format", "json"] + common + arguments,
        in: scratch.folder
      )
      return try JSONValue(result.output)
    }
    let week = try report(["weekly"])
    #expect(week["reconciliation"]["unexplained"] == .number(640))
    #expect(week["balance"]["topped_up"] == .number(10_000))
    #expect(week["waste"]["repeats"]["by_operation"][0]["operation"] == .text("newsletter.send"))
    #expect(week["waste"]["repeats"]["by_operation"][0]["credits"] == .number(2_865))
    // closing = opening - used + topped up + reset + refunded + adjusted, and so does each week.
    for label in ["2026-W43", "2026-W44", "2026-W45", "2026-W46", "2026-W47"] {
      let balance = try report(["--period", label])["balance"]
      let parts = ["opening", "topped_up", "reset", "refunded", "adjusted"]
      let sum = parts.compactMap { balance[$0].number }.reduce(0, +)
      let used = try #require(balance["used"].number)
      #expect(balance["closing"] == .number(sum - used), "\(label)")
    }
    let reset = try report(["--period", "2026-W44"])
    #expect(reset["balance"]["events"].description.contains("period_reset"))
    #expect(reset["reconciliation"]["unexplained"] == .number(85))
  }
}
