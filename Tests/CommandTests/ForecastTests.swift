import Foundation
import Testing

@Suite("A forecast, as a user runs it")
struct ForecastTests {
  private static let start = "2026-09-01"

  /// Days or hours from the start of September 2026 on, with values.
  private static func csv(_ values: [String], hours: Int = 24, header: String = "date,value\n")
    throws -> String
  {
    let first = try #require(ISO8601DateFormatter().date(from: "2026-09-01T00:00:00Z"))
    return header
      + values.enumerated().map { place, value in
        let date = first.addingTimeInterval(Double(place * hours) * 3_600)
        let text = ISO8601DateFormatter().string(from: date)
        return "\(hours.isMultiple(of: 24) ? String(text.prefix(10)) : text),\(value)\n"
      }.joined()
  }

  private static func forecast(
    _ csv: String,
    _ options: [String] = [],
    in folder: URL = Command.project
  ) throws -> Command.Result {
    try Command.run(["forecast", "--series", "-"] + options, in: folder, input: Data(csv.utf8))
  }

  private static func json(_ csv: String, _ options: [String] = []) throws -> JSONValue {
    let result = try forecast(csv, ["--format", "json"] + options)
    try #require(result.status == 0, "\(result.errors)")
    return try JSONValue(result.output)
  }

  /// A hundred credits on working days from a Tuesday on, ten at weekends, and a little noise.
  private static func week(_ days: Int, missing: Set<Int> = []) -> [String] {
    (0..<days).map { day in
      if missing.contains(day) { return "" }
      let isWeekend = [4, 5].contains(day % 7)
      return String((isWeekend ? 10 : 100) + (day * 7_919) % 5)
    }
  }

  @Test("the JSON has every key of the format, its points follow the file and its bands are nested")
  func format() throws {
    let report = try Self.json(try Self.csv(Self.week(120)), ["--horizon", "14d"])
    #expect(report["schema"].text == "creditmeter.forecast/1")
    #expect(report["model"].text?.isEmpty == false)
    #expect(report["period_end"] == .null)
    let points = report["points"].list
    #expect(points.count == 14)
    #expect(points.first?["date"].text == "2026-12-30")
    #expect(points.last?["date"].text == "2027-01-12")
    for (place, point) in points.enumerated() {
      let quantiles = try ["p2_5", "p10", "p50", "p90", "p97_5"].map { key in
        try #require(point[key].number)
      }
      #expect(quantiles == quantiles.sorted())
      #expect(quantiles[0] < quantiles[4])
      let isWeekend = [4, 5].contains((120 + place) % 7)
      let expected = try #require(point["expected"].number)
      #expect(abs(expected - (isWeekend ? 12 : 102)) < 4, "\(point)")
    }
    let test = report["backtest"]
    let mase = try #require(test["mase"].number)
    #expect(mase > 0 && mase < 1.2)
    for key in ["coverage_80", "coverage_95"] {
      let coverage = try #require(test[key].number)
      #expect(coverage > 0.5 && coverage <= 1)
    }
    #expect(report["runs_out"].fields == ["p10": .null, "p50": .null, "p90": .null])
  }

  @Test("credits run out on the day that uses them up, and a date past the horizon is null")
  func runsOut() throws {
    let csv = try Self.csv(Array(repeating: "100", count: 90))
    let report = try Self.json(csv, ["--balance", "1000"])
    #expect(report["runs_out"]["p50"].text == "2026-12-09")
    #expect(try Self.json(csv, ["--balance", "1001"])["runs_out"]["p50"].text == "2026-12-10")
    let short = try Self.json(csv, ["--balance", "1000", "--horizon", "9d"])
    #expect(short["runs_out"]["p50"] == .null)
    #expect(short["runs_out"]["p90"] == .null)
    let dates = ["p10", "p50", "p90"].compactMap { report["runs_out"][$0].text }
    #expect(dates.count == 3 && dates == dates.sorted())
  }

  @Test("planned campaigns are laid over the run-out, on their days and with their range")
  func plan() throws {
    let scratch = try Scratch()
    try scratch.write("series.csv", try Self.csv(Array(repeating: "100", count: 90)))
    try scratch.write(
      "plan.yaml",
      """
      campaigns:
        - {name: over, starts: 2026-11-01, days: 5, credits: 90000}
        - {name: letter, starts: 2026-12-02, days: 2, credits: [200, 400, 600]}
        - {name: outbound, starts: 2026-12-20, file: outbound.yaml}

      """
    )
    try scratch.write(
      "outbound.yaml",
      "operations:\n  - operation: meeting.book\n    bookings: 1000\n"
    )
    let options = ["forecast", "--series", "series.csv", "--plan", "plan.yaml", "--format", "json"]
    func dates(_ balance: String) throws -> JSONValue {
      let result = try Command.run(options + ["--balance", balance], in: scratch.folder)
      try #require(result.status == 0, "\(result.errors)")
      let report = try JSONValue(result.output)
      #expect(report["planned"].list.map { $0["name"].text } == ["letter", "outbound"])
      #expect(report["planned"][1]["credits"]["expected"].number == 20_000)
      #expect(report["remarks"].list.contains(.text("over of the plan is over.")))
      return report["runs_out"]
    }
    // Two days, then 300 a day for two days, then 100 again.
    #expect(try dates("1000")["p50"].text == "2026-12-05")
    #expect(try dates("1000")["p10"].text ?? "" <= "2026-12-04")
    #expect(try dates("1000")["p90"].text ?? "" >= "2026-12-07")
    // The outbound campaign takes what is left.
    for percentile in ["p10", "p50", "p90"] {
      #expect(try dates("15000")[percentile].text == "2026-12-20")
    }
  }

  @Test("hours, weeks and months are forecast too, and a date without a row is not zero")
  func steps() throws {
    let hours = try Self.json(
      try Self.csv((0..<400).map { String($0 % 24 + 10) }, hours: 1),
      ["--horizon", "1d"]
    )
    #expect(hours["points"].list.count == 24)
    #expect(hours["points"][0]["date"].text == "2026-09-17T16:00:00Z")
    let first = try #require(hours["points"][0]["expected"].number)
    #expect(abs(first - 26) < 2)
    let weeks = try Self.json(
      try Self.csv(Array(repeating: "70", count: 30), hours: 168),
      ["--horizon", "4w"]
    )
    #expect(weeks["points"].list.map { $0["date"].text }.last == "2027-04-20")
    let months = (0..<36).map { month in
      "\(2023 + month / 12)-\(month % 12 < 9 ? "0" : "")\(month % 12 + 1),\(100 + month % 12)\n"
    }.joined()
    let year = try Self.json(months, ["--horizon", "365d"])
    #expect(year["points"].list.count == 12)
    #expect(year["points"][0]["date"].text == "2026-01")
    let gaps = try Self.csv(Self.week(120)).split(separator: "\n").enumerated()
      .filter { ![50, 51, 52, 90].contains($0.offset) }.map { $0.element + "\n" }.joined()
    let monday = try #require(try Self.json(gaps)["points"][6]["expected"].number)
    #expect(abs(monday - 102) < 4)
  }

  @Test("values that were not over at --as-of are not known")
  func asOf() throws {
    let csv = try Self.csv(Array(repeating: "100", count: 60) + Array(repeating: "900", count: 30))
    let options = ["--as-of", "2026-10-31T00:00:00Z"]
    let report = try Self.json(csv, options)
    #expect(report["points"][0]["date"].text == "2026-10-31")
    #expect(report["points"][0]["expected"].number.map { $0 < 110 } == true)
    let none = try Self.forecast(csv, ["--as-of", "2026-09-01T12:00:00Z"])
    #expect(none.status == 1)
  }

  static let bad: [(text: String, message: String)] = [
    ("date,value\n2026-09-01,1\n2026-09-02,abc\n", ":3:12: error: the value is \"abc\""),
    ("2026-09-01,1\n2026-09-03,1\n2026-09-02,1\n", ":3:1: error: the date is earlier"),
    ("2026-09-01,1\n2026-09-01,1\n", ":2:1: error: the date stands twice"),
    ("2026-09-01,1\n2026-09-31,1\n", ":2:1: error: \"2026-09-31\" is no date"),
    ("2026-09-01,1\n2026-09-02,1,2\n", ":2:14: error: there are 3 columns"),
    ("2026-09-01\n", ":1:1: error: there is no value"),
    ("2026-09-01T09:00:00,1\n", ":1:1: error: the time has no zone"),
    ("2026-09-01T09:00:00Z,1\n2026-09-01T10:00:00Z,1\n2026-09-01T11:30:00Z,1\n", ":3:1: error: "),
    ("2026-09-01,1\n2026-09-02T00:00:00Z,1\n", ":2:1: error: the date is written in another way"),
    ("2026-09-01,\"1,250\"\n", ":1:"), ("2026-09-01,1e400\n", ":1:12: error: the value is too"),
    ("2026-09-01,nan\n", ":1:12: error: "), ("date,value\n", ":1:1: error: there is no value in"),
    ("", ":1:1: error: there is no value in"),
  ]

  @Test("a file that cannot be used gets its place and a caret, and exit code 2", arguments: bad)
  func faults(text: String, message: String) throws {
    let result = try Self.forecast(text, ["--format", "json"])
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("standard input\(message)"), "\(result.errors)")
    #expect(result.errors.contains("^"))
    #expect(result.errors.contains("expected "))
  }

  @Test("wrong usage exits 64, a missing file or database 1")
  func usage() throws {
    let csv = try Self.csv(Self.week(30))
    #expect(try Self.forecast(csv, ["--horizon", "0d"]).status == 64)
    #expect(try Self.forecast(csv, ["--horizon", "9999d"]).status == 64)
    #expect(try Self.forecast(csv, ["--org", "acme"]).status == 64)
    #expect(try Command.run(["forecast", "--series", "nothing.csv"]).status == 1)
    #expect(try Command.run(["forecast"]).status == 1)
    let scratch = try Scratch()
    try scratch.write(
      "plan.yaml",
      "campaigns:\n  - name: x\n    credits: 5\n    start: 2026-01-01\n"
    )
    let plan = scratch.folder.appending(path: "plan.yaml").path
    let result = try Self.forecast(csv, ["--plan", plan])
    #expect(result.status == 2)
    #expect(result.errors.contains(":4:5: error: unknown key \"start\""))
    #expect(result.errors.contains("did you mean starts?"))
  }
}
