import Foundation
import Testing

@Suite("Stored usage, as a person asks for it")
struct UsageTests {
  private let scratch: Scratch

  private static let log = """
    {"timestamp":"2026-10-24T21:30:00Z","method":"POST","path":"/voice/calls","status":200,"org_id":"north","request_id":"1","usage":{"minutes":2.5},"tags":{"campaign":"=HYPERLINK(1)"}}
    {"timestamp":"2026-10-24T23:30:00Z","method":"POST","path":"/sequences/seq_1/contacts","status":200,"org_id":"north","request_id":"2","credits_charged":3.25,"tags":{"campaign":"spring"}}
    {"timestamp":"2026-10-25T22:30:00Z","method":"POST","path":"/sequences/seq_2/contacts","status":429,"org_id":"south","request_id":"3","tags":{"campaign":"spring"}}
    {"timestamp":"2026-10-25T23:30:00.5Z","method":"POST","path":"/nowhere","status":200,"org_id":"south","request_id":"4"}

    """

  init() throws {
    scratch = try Scratch()
    try scratch.write("log.ndjson", Self.log)
    let result = try Command.run(
      ["ingest", "log.ndjson", "--database", "usage.db"],
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
  }

  private func usage(_ arguments: String...) throws -> Command.Result {
    try Command.run(["usage", "--database", "usage.db"] + arguments, in: scratch.folder)
  }

  private struct Answer: Decodable {
    var schema: String
    var rows: [[String: Value]]
    var totals: [String: Value]
  }

  private enum Value: Decodable, Equatable {
    case text(String)
    case number(Decimal)
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Decimal.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }
  }

  private func answer(_ arguments: String...) throws -> Answer {
    let options = ["usage", "--database", "usage.db", "--format", "json"]
    let result = try Command.run(options + arguments, in: scratch.folder)
    try #require(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
  }

  @Test("days are those of the zone: the one on which clocks are set back has 25 hours")
  func days() throws {
    let found = try answer("--by", "day", "--timezone", "Europe/Berlin")
    #expect(found.schema == "creditmeter.usage/1")
    #expect(
      found.rows.map { $0["day"] } == [
        .text("2026-10-24"), .text("2026-10-25"), .text("2026-10-26"),
      ]
    )
    #expect(found.rows.map { $0["requests"] } == [.number(1), .number(2), .number(1)])
    let utc = try answer("--by", "day")
    #expect(utc.rows.map { $0["requests"] } == [.number(2), .number(2)])
    let week = try answer("--by", "week,month")
    #expect(week.rows.map { $0["week"] } == [.text("2026-W43")])
  }

  @Test("a span is half-open, and its ends may lie within a day")
  func span() throws {
    let found = try answer(
      "--by",
      "org",
      "--since",
      "2026-10-24T23:30:00Z",
      "--until",
      "2026-10-25T23:30:00.5Z"
    )
    #expect(found.rows.map { $0["org"] } == [.text("north"), .text("south")])
    #expect(found.totals["requests"] == .number(2))
    #expect(found.totals["credits"] == .number(Decimal(string: "3.25") ?? 0))
    let day = try answer(
      "--since",
      "2026-10-25",
      "--until",
      "2026-10-26",
      "--timezone",
      "Europe/Berlin"
    )
    #expect(day.rows.count == 2)
  }

  @Test(
    "filters",
    arguments: [
      (["--operation", "voice.*"], 1), (["--operation", "sequence.enroll"], 2),
      (["--family", "sequence"], 2), (["--path", "/sequences/{id}/contacts"], 2),
      (["--path", "/sequences/seq_2/contacts"], 1), (["--path", "/sequences/*"], 2),
      (["--status", "429"], 1), (["--status", "4xx"], 1), (["--status", "none"], 0),
      (["--tag", "campaign=spring"], 2), (["--tag", "campaign"], 3), (["--tag", "campaign=x"], 0),
      (["--basis", "measured"], 1), (["--metering", "unpriced"], 1), (["--org", "south"], 2),
      (["--org", "south", "--org", "north"], 4), (["--method", "post"], 4),
      (["--source", "log"], 4),
    ]
  )
  func filters(options: [String], requests: Int) throws {
    for grouping in [["--by", "operation"], ["--list"], ["--by", "source,hour"]] {
      let result = try Command.run(
        ["usage", "--database", "usage.db", "--format", "json"] + options + grouping,
        in: scratch.folder
      )
      let found = try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
      #expect(found.totals["requests"] == .number(Decimal(requests)), "\(options), \(grouping)")
    }
  }

  @Test("the dearest first, the rest added up, and totals of all")
  func limit() throws {
    let found = try usage("--by", "operation", "--sort", "credits", "--limit", "1")
    let lines = found.output.split(separator: "\n").map(String.init)
    #expect(lines[2].hasPrefix("voice.outbound "))
    #expect(lines.contains { $0.hasPrefix("2 more") })
    #expect(found.output.contains("63.25"))
    #expect(found.output.hasSuffix("1 request has no known price: no total has its credits\n"))
    let dearest = try answer("--sort", "credits", "--limit", "1")
    #expect(dearest.rows.map { $0["path"] } == [.text("/voice/calls")])
  }

  @Test("a spreadsheet takes no text for a formula, and every number for a number")
  func csv() throws {
    let found = try usage("--by", "tag:campaign", "--format", "csv")
    #expect(
      found.output == """
        tag:campaign,unit,requests,charged_requests,quantity,credits,measured,counted,assumed,\
        unpriced_requests,errors,rate_limited\r
        ,request,1,1,1,0,0,0,0,1,0,0\r
        '=HYPERLINK(1),minute,1,1,2.5,60,0,60,0,0,0,0\r
        spring,step,2,1,1,3.25,3.25,0,0,0,1,1\r

        """
    )
    let list = try usage("--list", "--format", "csv", "--operation", "voice.outbound")
    #expect(list.output.contains("2.5,60,counted"))
  }

  @Test(
    "what cannot be meant is said, with exit 64",
    arguments: [
      ["--by", "opration"], ["--by", "day,day"], ["--by", "tag:"],
      ["--by", "day", "--sort", "org"],
      ["--since", "2026-10-25"], ["--since", "yesterday", "--timezone", "UTC"], ["--limit", "-1"],
      ["--since", "2026-10-25T00:00:00Z", "--until", "2026-10-25T00:00:00Z"],
      ["--list", "--by", "day"], ["--status", "999"], ["--basis", "known"], ["--sort", "org"],
    ]
  )
  func misuse(options: [String]) throws {
    let result = try Command.run(["usage", "--database", "usage.db"] + options, in: scratch.folder)
    #expect(result.status == 64, "\(options): \(result.output)")
    #expect(result.output.isEmpty)
    #expect(!result.errors.isEmpty)
  }

  @Test("a zone that is none is bad input; a database that is not there is named")
  func faults() throws {
    let zone = try usage("--by", "day", "--timezone", "Europe/Berln")
    #expect(zone.status == 2)
    #expect(zone.errors.contains("did you mean Europe/Berlin?"))
    let missing = try Command.run(["usage", "--database", "none.db"], in: scratch.folder)
    #expect(missing.status == 1)
    #expect(missing.errors.contains("none.db"))
    #expect(!FileManager.default.fileExists(atPath: scratch.folder.appending(path: "none.db").path))
  }
}
