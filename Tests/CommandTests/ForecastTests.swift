import Foundation
import Testing

@Suite("A forecast, as a user runs it")
struct ForecastTests {
  /// A folder with a database in which an organisation books a meeting, 20 credits, every day.
  private final class Usage {
    let scratch: Scratch

    init(days: Int = 60) throws {
      scratch = try Scratch()
      // From 1 September 2026 on.
      let lines = (0..<days).map { day in
        #"{"timestamp":"\#(Self.date(day))T09:00:00Z","request_id":"r\#(day)","org_id":"north","#
          + #""method":"POST","path":"/appointments/bookings","status":200}"#
      }
      try scratch.write("log.ndjson", lines.joined(separator: "\n") + "\n")
      try #require(try run(["ingest", "log.ndjson"]).status == 0)
    }

    static func date(_ day: Int) -> String {
      let start = Date(timeIntervalSince1970: 1_788_220_800)
      return String(
        start.addingTimeInterval(Double(day) * 86_400).ISO8601Format().prefix(10)
      )
    }

    func run(_ arguments: [String]) throws -> Command.Result {
      try Command.run(
        arguments,
        in: scratch.folder,
        environment: ["CREDITMETER_DATABASE": "usage.db"]
      )
    }

    /// As of the morning of 31 October 2026, before that day's meeting.
    func forecast(_ arguments: [String]) throws -> JSONValue {
      let asOf = "2026-10-31T06:00:00Z"
      let result = try run(["forecast", "--as-of", asOf, "--format", "json"] + arguments)
      try #require(result.status == 0, "\(result.errors)")
      return try JSONValue(result.output)
    }
  }

  private static func series(_ text: String, _ arguments: [String] = []) throws -> JSONValue {
    let scratch = try Scratch()
    try scratch.write("series.csv", text)
    let result = try Command.run(
      ["forecast", "--series", "series.csv", "--format", "json"] + arguments,
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
    return try JSONValue(result.output)
  }

  @Test("it has every key, and says of a steady past that it goes on")
  func steady() throws {
    let forecast = try Usage().forecast(["--balance", "190"])
    #expect(forecast["schema"] == .text("creditmeter.forecast/1"))
    #expect(forecast["points"].list.count == 28)
    let first = forecast["points"][0]
    #expect(first["date"] == .text("2026-10-31"))
    for key in ["expected", "p2_5", "p10", "p50", "p90", "p97_5"] {
      #expect(abs((first[key].number ?? 0) - 20) < 1, "\(key) \(first[key])")
    }
    // 190 last nine meetings and a half, the first of them on 31 October.
    #expect(forecast["runs_out"]["p50"] == .text("2026-11-09"))
    #expect(forecast["backtest"]["coverage_80"].number != nil)
    #expect(forecast["backtest"]["coverage_95"].number != nil)
    let end = forecast["period_end"]
    #expect(end["from"] == .text("2026-10-01"))
    #expect(end["to"] == .text("2026-11-01"))
    #expect(end["used"] == .number(600))
    #expect(abs((end["expected"].number ?? 0) - 620) < 1)
    // Nobody said which plan it is.
    #expect(end["included"] == .null)
  }

  @Test("what is past the horizon is null, and so is a run-out without a balance")
  func horizon() throws {
    let usage = try Usage()
    let near = try usage.forecast(["--horizon", "5d", "--balance", "190"])
    #expect(near["points"].list.count == 5)
    #expect(near["runs_out"]["p50"] == .null)
    #expect(try usage.forecast([])["runs_out"]["p50"] == .null)
  }

  @Test("the balance is that of the latest snapshot, less what was spent since")
  func snapshot() throws {
    let usage = try Usage()
    let snapshot = ["snapshot", "add", "--balance", "210", "--used", "580", "--tier", "platform"]
    let place = ["--org", "north", "--at", "2026-10-29T12:00:00Z"]
    try #require(try usage.run(snapshot + place).status == 0)
    let forecast = try usage.forecast(["--org", "north"])
    // The meeting of 30 October was paid from it.
    #expect(forecast["balance"] == .number(190))
    #expect(forecast["runs_out"]["p50"] == .text("2026-11-09"))
    #expect(forecast["period_end"]["included"] == .number(75_000))
    #expect(forecast["period_end"]["probability_above_included"] == .number(0))
  }

  @Test("a planned campaign brings the end nearer")
  func plan() throws {
    let usage = try Usage()
    try usage.scratch.write(
      "campaign.yaml",
      "operations:\n  - operation: sequence.enroll\n    contacts: 50\n    steps_per_contact: 2\n"
    )
    let plan = ["--balance", "190", "--plan", "campaign.yaml"]
    let today = try usage.forecast(plan)
    #expect(today["plan"]["credits"]["expected"] == .number(100))
    #expect(abs((today["points"][0]["expected"].number ?? 0) - 120) < 1)
    #expect(abs((today["points"][1]["expected"].number ?? 0) - 20) < 1)
    #expect(today["runs_out"]["p50"] == .text("2026-11-04"))
    let later = try usage.forecast(plan + ["--plan-start", "2026-11-03"])
    #expect(abs((later["points"][3]["expected"].number ?? 0) - 120) < 1)
    #expect(later["runs_out"]["p50"] == .text("2026-11-04"))
    let never = try usage.forecast(plan + ["--plan-start", "2026-12-24"])
    #expect(never["runs_out"]["p50"] == .text("2026-11-09"))
  }

  typealias Form = (first: String, second: String, horizon: String, expected: [String])

  static let forms: [Form] = [
    ("2026-11-18", "2026-11-19", "2d", ["2026-11-20", "2026-11-21"]),
    ("2026-11-02", "2026-11-09", "14d", ["2026-11-16", "2026-11-23"]),
    ("2026-11", "2026-12", "60d", ["2027-01", "2027-02"]),
    ("2026-10-31", "2026-11-30", "30d", ["2026-12-30"]),
    (
      "2026-11-18T22:00:00Z", "2026-11-18T23:00:00Z", "2h",
      ["2026-11-19T00:00:00Z", "2026-11-19T01:00:00Z"]
    ),
    ("2026-11-18 22:00:00", "2026-11-18 23:00:00", "1h", ["2026-11-19 00:00:00"]),
    ("2026-11-18T22:00", "2026-11-18T22:15", "30m", ["2026-11-18T22:30", "2026-11-18T22:45"]),
  ]

  @Test("dates go on in the form and the steps of the file", arguments: forms)
  func dates(form: Form) throws {
    let forecast = try Self.series(
      "when,much\n\(form.first),3\n\(form.second),3\n",
      ["--horizon", form.horizon]
    )
    #expect(forecast["unit"] == .text("much"))
    #expect(forecast["points"].list.map { $0["date"].text ?? "" } == form.expected)
    #expect(forecast["points"][0]["expected"] == .number(3))
  }

  @Test("rows may be missing, out of order, quoted, parted by semicolons, and without a header")
  func rows() throws {
    let text = "\u{FEFF}\"2026-11-19\" ; 5\r\n2026-11-17;5\r\n\r\n2026-11-18;\r\n2026-11-21;5"
    let forecast = try Self.series(text, ["--horizon", "1d"])
    #expect(forecast["history"] == .number(5))
    #expect(forecast["points"][0]["date"] == .text("2026-11-22"))
    #expect(forecast["points"][0]["expected"] == .number(5))
  }

  @Test("the balance of a series runs out at a step of it")
  func seriesBalance() throws {
    let rows = (0..<50).map { "\(Usage.date($0)),10" }.joined(separator: "\n")
    let forecast = try Self.series("date,value\n\(rows)\n", ["--balance", "45"])
    #expect(forecast["runs_out"]["p50"] == .text(Usage.date(54)))
  }

  @Test("the same series gives the same bytes")
  func repeats() throws {
    let rows = (0..<80).map { "\(Usage.date($0)),\(($0 * 7_919) % 101)" }
    let text = "date,value\n" + rows.joined(separator: "\n") + "\n"
    #expect(try Self.series(text) == Self.series(text))
  }

  @Test("without a whole day there is nothing to forecast from, and it says what is missing")
  func short() throws {
    let usage = try Usage(days: 1)
    let result = try usage.run(["forecast", "--as-of", "2026-09-02T00:00:00Z"])
    #expect(result.status == 1)
    #expect(result.errors.contains("not enough history: requests begin at 2026-09-01T09:00:00Z"))
    let nobody = try usage.run(["forecast", "--org", "south", "--as-of", "2026-09-09T00:00:00Z"])
    #expect(nobody.status == 1)
    #expect(nobody.errors.contains("there are no requests of south"))
  }

  @Test(
    "wrong usage ends with 64",
    arguments: [
      ["--horizon", "0d"], ["--horizon", "28"], ["--horizon", "9999d"], ["--plan-start", "soon"],
      ["--series", "x.csv", "--org", "north"], ["--balance", "-1"],
    ]
  )
  func usage(arguments: [String]) throws {
    let result = try Usage(days: 3).run(["forecast"] + arguments)
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}
