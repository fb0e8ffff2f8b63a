import Foundation
import Testing

@Suite("A report, as a user runs it")
struct ReportTests {
  /// A folder with a database of two weeks: an organisation with enrolments, meetings and errors.
  private final class Usage {
    let scratch: Scratch

    init() throws {
      scratch = try Scratch()
      try ingest("first.ndjson", Self.requests)
    }

    static let requests: [String] = [
      line(1, "2026-11-10T09:00:00Z", "POST", "/appointments/bookings", tags: "spring"),
      line(2, "2026-11-16T23:30:00Z", "POST", "/appointments/bookings", tags: "spring"),
      line(3, "2026-11-17T09:00:00Z", "POST", "/appointments/bookings", tags: "autumn"),
      line(4, "2026-11-17T10:00:00Z", "POST", "/appointments/bookings", status: 429),
      line(5, "2026-11-18T10:00:00Z", "GET", "/contacts"),
      line(6, "2026-11-22T23:30:00Z", "GET", "/nowhere"),
      line(7, "2026-11-18T11:00:00Z", "POST", "/voice/calls", usage: #"{"minutes":2}"#),
    ]

    static func line(
      _ number: Int,
      _ time: String,
      _ method: String,
      _ path: String,
      status: Int = 200,
      org: String = "north",
      usage: String = "{}",
      tags campaign: String? = nil
    ) -> String {
      let tags = campaign.map { #"{"campaign":"\#($0)"}"# } ?? "{}"
      return #"{"timestamp":"\#(time)","request_id":"r\#(number)","org_id":"\#(org)","#
        + #""method":"\#(method)","path":"\#(path)","status":\#(status),"usage":\#(usage),"#
        + #""tags":\#(tags)}"#
    }

    func ingest(_ file: String, _ lines: [String], _ options: [String] = []) throws {
      try scratch.write(file, lines.joined(separator: "\n") + "\n")
      let result = try run(["ingest", file] + options)
      try #require(result.status == 0, "\(result.errors)")
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Result {
      let database = ["CREDITMETER_DATABASE": "usage.db"].merging(environment) { $1 }
      return try Command.run(arguments, in: scratch.folder, environment: database)
    }

    func report(_ arguments: [String], asOf: String = "2026-11-24T08:00:00Z") throws -> JSONValue {
      let result = try run(["report", "--as-of", asOf, "--format", "json"] + arguments)
      try #require(result.status == 0, "\(result.errors)")
      return try JSONValue(result.output)
    }
  }

  @Test("without more it is of the last week that is over, with every key of the format")
  func defaults() throws {
    let report = try Usage().report([])
    #expect(report["schema"] == .text("creditmeter.report/1"))
    #expect(report["period"]["label"] == .text("2026-W47"))
    #expect(report["period"]["from"] == .text("2026-11-16T00:00:00Z"))
    #expect(report["period"]["to"] == .text("2026-11-23T00:00:00Z"))
    #expect(report["period"]["timezone"] == .text("UTC"))
    #expect(report["org"] == .null)
    let totals = report["totals"]
    #expect(totals["requests"] == .number(6))
    #expect(totals["credits"] == .number(80))
    #expect(totals["errors"] == .number(1))
    #expect(totals["rate_limited"] == .number(1))
    #expect(totals["unpriced_requests"] == .number(1))
    #expect(report["previous"]["credits"] == .number(20))
    #expect(report["previous"]["change"] == .number(3))
    #expect(report["by_day"].list.count == 7)
    #expect(report["by_day"][0]["date"] == .text("2026-11-16"))
    #expect(report["by_operation"][0]["operation"] == .text("meeting.book"))
    #expect(report["by_operation"][0]["quantity"] == .number(2))
    #expect(report["by_operation"][0]["share"] == .number(0.5))
    for key in [
      "by_tag", "by_outcome", "balance", "reconciliation", "burn_rate", "forecast", "alerts",
      "movers", "waste", "corrections", "notes",
    ] { #expect(report.fields[key] != nil, "\(key)") }
    // No snapshot is no balance of zero.
    #expect(report["balance"] == .null)
    #expect(report["reconciliation"] == .null)
  }

  @Test("settings decide the zone and the start of weeks, options before them")
  func settings() throws {
    let usage = try Usage()
    try usage.scratch.write("creditmeter.yaml", "timezone: Europe/Berlin\nweek_start: sunday\n")
    let berlin = try usage.report([])
    #expect(berlin["period"]["from"] == .text("2026-11-15T00:00:00+01:00"))
    #expect(berlin["period"]["to"] == .text("2026-11-22T00:00:00+01:00"))
    #expect(berlin["by_day"][2]["credits"] == .number(40))
    let monday = try usage.report(["--timezone", "UTC", "--week-start", "monday"])
    #expect(monday["period"]["from"] == .text("2026-11-16T00:00:00Z"))
    #expect(monday["by_day"][0]["credits"] == .number(20))
  }

  @Test(
    "a period says what kind it is of",
    arguments: [
      (["--period", "2026-11-17"], "2026-11-17", 1, 20), (["daily"], "2026-11-23", 1, 0),
      (["--period", "2026-11"], "2026-11", 30, 100), (["monthly"], "2026-10", 31, 0),
      (["weekly", "--period", "2026-W46"], "2026-W46", 7, 20),
    ]
  )
  func kinds(arguments: [String], label: String, days: Int, credits: Decimal) throws {
    let report = try Usage().report(arguments)
    #expect(report["period"]["label"] == .text(label))
    #expect(report["by_day"].list.count == days)
    #expect(report["totals"]["credits"] == .number(credits))
  }

  typealias Refusal = (arguments: [String], status: Int32, message: String)

  static let refused: [Refusal] = [
    (
      ["--period", "next"], 64,
      "--period next: expected a week such as 2026-W47, a day such as 2026-11-18 or a month such as "
        + "2026-11"
    ),
    (["daily", "--period", "x"], 64, "--period x: expected a day such as 2026-11-18"),
    (
      ["weekly", "--period", "2026-11"], 64,
      "--period 2026-11 is a month: leave weekly out, or write monthly"
    ),
    (["--period", "2025-W53"], 64, "--period 2025-W53: 2025 has the weeks W01 to W52"),
    (["--period", "2026-W54"], 64, "--period 2026-W54: 2026 has the weeks W01 to W53"),
    (["--period", "2026-13"], 64, "--period 2026-13: months are 01 to 12"),
    (["--period", "2026-02-30"], 64, "--period 2026-02-30: there is no such day"),
    (
      ["--by", "operations"], 64,
      "--by operations: expected operation, family, path, status, org, method, basis, metering, "
        + "unit, book, plan or tag:NAME; did you mean operation?"
    ),
    (["--by", "day"], 64, "--by day: expected operation"),
    (["yearly"], 64, "The value 'yearly' is invalid for '<kind>'"),
    (["--week-start", "someday"], 64, "someday"),
    (["--timezone", "Europe/Berln"], 2, "did you mean Europe/Berlin?"),
    (["--org", "nord"], 2, "nothing is stored of the organisation \"nord\""),
    (["--database", "none.db"], 1, "there is no database none.db"),
    (["--format", "html", "--templates", "none"], 1, "cannot read none/style.css"),
  ]

  @Test("what cannot be asked is refused in a sentence", arguments: refused)
  func refusals(arguments: [String], status: Int32, message: String) throws {
    let result = try Usage().run(["report"] + arguments)
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test("one organisation alone, and requests by what they have in common")
  func groupings() throws {
    let usage = try Usage()
    try usage.ingest(
      "south.ndjson",
      [Usage.line(90, "2026-11-18T09:00:00Z", "POST", "/appointments/bookings", org: "south")]
    )
    #expect(try usage.report([])["totals"]["credits"] == .number(100))
    let south = try usage.report(["--org", "south"])
    #expect(south["org"] == .text("south"))
    #expect(south["totals"]["credits"] == .number(20))
    let paths = try usage.report(["--by", "path"])["by_path"].list
    #expect(paths.first?["path"] == .text("/appointments/bookings"))
    let tags = try usage.report(["--by", "tag:campaign"])["by_tag"].list
    #expect(tags.map(\.["value"]) == [.text("autumn"), .text("spring"), .null])
    #expect(tags.compactMap(\.["credits"].number).reduce(0, +) == 100)
  }

  @Test("balances of several organisations add up, and who has none is named")
  func balances() throws {
    let usage = try Usage()
    try usage.ingest(
      "others.ndjson",
      [
        Usage.line(90, "2026-11-18T09:00:00Z", "POST", "/appointments/bookings", org: "south"),
        Usage.line(91, "2026-11-18T09:00:00Z", "POST", "/appointments/bookings", org: "east"),
      ]
    )
    let snapshots = [("north", 1_000), ("south", 500)].flatMap { org, balance in
      [("15", 0), ("19", 30), ("23", 90)].map { day, used in
        #"{"timestamp":"2026-11-\#(day)T00:00:00Z","org_id":"\#(org)","#
          + #""balance":\#(balance - used),"billing_period_used":\#(used)}"#
      }
    }
    try usage.ingest("balances.ndjson", snapshots)
    let all = try usage.report([])
    #expect(all["balance"]["opening"] == .number(1_500))
    #expect(all["balance"]["closing"] == .number(1_320))
    #expect(all["balance"]["used"] == .number(180))
    // 80 of north and 20 of south; what east spent left no balance that is known.
    #expect(all["reconciliation"]["rated"] == .number(100))
    #expect(all["reconciliation"]["unexplained"] == .number(80))
    #expect(all["notes"].description.contains("No balance is known of east"))
    let south = try usage.report(["--org", "south"])
    #expect(south["reconciliation"]["unexplained"] == .number(70))
    let east = try usage.report(["--org", "east"])
    #expect(east["balance"] == .null)
  }

  @Test("a week that is not over says so, and is compared as far as it is")
  func open() throws {
    let usage = try Usage()
    let report = try usage.report(["--period", "2026-W47"], asOf: "2026-11-17T08:00:00Z")
    #expect(report["period"]["open"] == .truth(true))
    #expect(report["previous"]["credits"] == .number(20))
    #expect(report["previous"]["credits_so_far"] == .number(0))
    #expect(report["notes"].description.contains("not over"))
    let early = try usage.report(["--period", "2026-W50"])
    #expect(early["notes"].description.contains("has not begun"))
    #expect(early["notes"].description.contains("No requests of this week are stored"))
  }

  @Test("the output goes to a file, and nothing of it to standard output")
  func output() throws {
    let usage = try Usage()
    let result = try usage.run([
      "report", "--format", "csv", "--output", "week.csv", "--period", "2026-W47",
    ])
    #expect(result.status == 0)
    #expect(result.output.isEmpty)
    let file = usage.scratch.folder.appending(path: "week.csv")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.hasPrefix("period,section,name,value,title"))
    #expect(text.contains("2026-W47,total,"))
  }
}

extension ReportTests {
  // MARK: What changed since it was reported

  @Test("late requests change a week in the open: what, by how much, and from which file")
  func late() throws {
    let usage = try Usage()
    #expect(try usage.report([])["corrections"].list.isEmpty)
    #expect(try usage.report([])["corrections"].list.isEmpty)
    try usage.ingest(
      "late.ndjson",
      [
        Usage.line(20, "2026-11-19T09:00:00Z", "POST", "/appointments/bookings"),
        Usage.line(21, "2026-11-23T09:00:00Z", "POST", "/appointments/bookings"),
      ]
    )
    let asOf = "2026-11-25T08:00:00Z"
    for _ in 1...2 {
      let corrections = try usage.report(["weekly", "--period", "2026-W47"], asOf: asOf)[
        "corrections"
      ]
      #expect(corrections.list.count == 1)
      let correction = corrections[0]
      #expect(correction["reported_at"] == .text("2026-11-24T08:00:00Z"))
      #expect(correction["corrected_at"] == .text(asOf))
      #expect(correction["credits"] == .object(["was": .number(80), "is": .number(100)]))
      #expect(correction["requests"] == .object(["was": .number(6), "is": .number(7)]))
      #expect(correction["reasons"] == .list([.text("1 request came late in late.ndjson")]))
      #expect(correction["by_operation"][0]["operation"] == .text("meeting.book"))
    }
    // Another zone's week is another period, and was never reported.
    let berlin = try usage.report(["--timezone", "Europe/Berlin"], asOf: asOf)
    #expect(berlin["corrections"].list.isEmpty)
    // What is the same again says nothing, and each change stays told.
    try usage.ingest("later.ndjson", [Usage.line(22, "2026-11-20T09:00:00Z", "GET", "/contacts")])
    let third = try usage.report(["--period", "2026-W47"], asOf: "2026-11-26T08:00:00Z")
    #expect(third["corrections"].list.count == 2)
    #expect(
      third["corrections"][1]["credits"] == .object(["was": .number(100), "is": .number(100)])
    )
  }

  @Test("a record that knows more is named as the cause")
  func upgraded() throws {
    let usage = try Usage()
    _ = try usage.report([])
    let measured = Usage.line(3, "2026-11-17T09:00:00Z", "POST", "/appointments/bookings")
      .replacingOccurrences(of: #""usage":{}"#, with: #""credits_charged":31"#)
    try usage.ingest("ledger.ndjson", [measured])
    let correction = try usage.report([])["corrections"][0]
    #expect(correction["credits"] == .object(["was": .number(80), "is": .number(91)]))
    let reasons = correction["reasons"].list.compactMap(\.text)
    #expect(reasons == ["records that know more replaced assumed amounts from ledger.ndjson"])
  }

  @Test("other prices are named as the cause, and the same amounts are no news")
  func repriced() throws {
    let usage = try Usage()
    try usage.scratch.write(
      "dearer.yaml",
      """
      extends: graph8
      provider: graph8
      version: "dearer"
      effective: 2026-11-01T00:00:00Z
      sources:
        ORDER: {title: "order form", rank: 0}
      operations:
        - {id: meeting.book, price: 25, rounding: exact, source: ORDER, confidence: documented}
      """
    )
    _ = try usage.report([])
    let rerated = try usage.run(["rerate", "--book", "dearer.yaml", "--apply"])
    #expect(rerated.status == 0, "\(rerated.errors)")
    let correction = try usage.report([])["corrections"][0]
    #expect(correction["credits"] == .object(["was": .number(80), "is": .number(90)]))
    #expect(correction["reasons"].description.contains("priced with"))
    #expect(correction["reasons"].description.contains("graph8 dearer"))
    #expect(correction["by_operation"].list.count == 1)
    // Of the week before it is the first report: nothing was said of it.
    #expect(try usage.report(["--period", "2026-W46"])["corrections"].list.isEmpty)
  }

  @Test("a week that is not over is not remembered")
  func openIsForgotten() throws {
    let usage = try Usage()
    _ = try usage.report(["--period", "2026-W47"], asOf: "2026-11-20T08:00:00Z")
    try usage.ingest("late.ndjson", [Usage.line(20, "2026-11-19T09:00:00Z", "GET", "/contacts")])
    #expect(try usage.report([])["corrections"].list.isEmpty)
  }

  @Test("where it cannot be remembered, the report is made and says so")
  func unwritable() throws {
    let usage = try Usage()
    let lock = usage.scratch.folder.appending(path: "usage.db.lock")
    let holder = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      [
        "flock", lock.path, "sh", "-c",
        "\(Command.binary.path) report --period 2026-W47 --format json --database usage.db",
      ],
      in: usage.scratch.folder
    )
    #expect(holder.status == 0, "\(holder.errors)")
    let report = try JSONValue(holder.output)
    #expect(report["totals"]["credits"] == .number(80))
    let notes = report["notes"].list.compactMap(\.text)
    #expect(notes.contains { $0.contains("could not be kept") && $0.contains("being written") })
  }
}
