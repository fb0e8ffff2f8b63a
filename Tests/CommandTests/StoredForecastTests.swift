import Foundation
import Testing

@Suite("A forecast of stored requests")
struct StoredForecastTests {
  /// Five bookings a day, 100 credits, of October and November 2026, at nine in the morning.
  private static func usage(_ scratch: Scratch, balances: String) throws {
    var lines = ""
    for day in 0..<61 {
      let date =
        day < 31
        ? "2026-10-\(day < 9 ? "0" : "")\(day + 1)"
        : "2026-11-\(day < 40 ? "0" : "")\(day - 30)"
      for number in 0..<5 {
        lines +=
          #"{"timestamp":"\#(date)T09:0\#(number):00Z","request_id":"\#(day)-\#(number)","#
          + #""org_id":"acme","method":"POST","path":"/appointments/bookings","status":200}"# + "\n"
      }
    }
    try scratch.write("requests.ndjson", lines)
    try scratch.write("balances.ndjson", balances)
    let result = try Command.run(
      ["ingest", "requests.ndjson", "balances.ndjson", "--database", "usage.db"],
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
  }

  private static func forecast(_ scratch: Scratch, _ options: [String]) throws -> JSONValue {
    let result = try Command.run(
      ["forecast", "--database", "usage.db", "--format", "json"] + options,
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
    return try JSONValue(result.output)
  }

  private static let balances = """
    {"time":"2026-11-01T00:00:00Z","org_id":"acme","balance":9000,"billing_period_used":0,"tier":"platform"}
    {"time":"2026-11-20T12:00:00Z","org_id":"acme","balance":1100,"billing_period_used":2100,"tier":"platform"}

    """

  @Test("the balance is the latest snapshot less what was rated since, and the day at hand counts")
  func balance() throws {
    let scratch = try Scratch()
    try Self.usage(scratch, balances: Self.balances)
    // Before the bookings of the 22nd: those of the 21st are off the balance.
    let early = try Self.forecast(scratch, ["--as-of", "2026-11-22T08:00:00Z"])
    #expect(early["balance"].number == 1_000)
    #expect(early["points"][0]["date"].text == "2026-11-22")
    #expect(early["points"].list.count == 28)
    #expect(early["runs_out"]["p50"].text == "2026-12-01")
    // After them the balance is a day's less, and the date the same.
    let late = try Self.forecast(scratch, ["--as-of", "2026-11-22T10:00:00Z", "--org", "acme"])
    #expect(late["balance"].number == 900)
    #expect(late["runs_out"]["p50"].text == "2026-12-01")
    let given = try Self.forecast(
      scratch,
      ["--as-of", "2026-11-22T10:00:00Z", "--balance", "150"]
    )
    #expect(given["runs_out"]["p50"].text == "2026-11-24")
    for point in early["points"].list {
      let expected = try #require(point["expected"].number)
      #expect(abs(expected - 100) < 3)
    }
  }

  @Test("the period's end is set against what the plan includes, from the billing day on")
  func periodEnd() throws {
    let scratch = try Scratch()
    try Self.usage(scratch, balances: Self.balances)
    let asOf = ["--as-of", "2026-11-22T08:00:00Z"]
    let end = try Self.forecast(scratch, asOf)["period_end"]
    #expect(end["date"].text == "2026-11-30")
    #expect(end["plan"].text == "platform")
    #expect(end["included"].number == 75_000)
    // The provider's counter of the 20th, and what was rated since.
    #expect(end["used"].number == 2_200)
    let expected = try #require(end["expected"].number)
    #expect(abs(expected - 3_100) < 30)
    #expect(end["p10"].number.map { $0 <= expected } == true)
    #expect(end["p90"].number.map { $0 >= expected } == true)
    #expect(end["chance_over"].number == 0)
    try scratch.write("creditmeter.yaml", "billing_day: 15\n")
    let later = try Self.forecast(scratch, asOf)["period_end"]
    #expect(later["date"].text == "2026-12-14")
    try scratch.write(
      "plan.yaml",
      "campaigns:\n  - {name: large, starts: 2026-11-25, credits: 90000}\n"
    )
    let planned = try Self.forecast(scratch, asOf + ["--plan", "plan.yaml"])["period_end"]
    #expect(planned["chance_over"].number == 1)
    #expect(planned["expected"].number.map { $0 > 92_000 } == true)
  }

  @Test("days are those of the zone, and a short history or an unknown organisation is refused")
  func limits() throws {
    let scratch = try Scratch()
    try Self.usage(scratch, balances: Self.balances)
    let zoned = try Self.forecast(
      scratch,
      ["--as-of", "2026-11-22T20:00:00Z", "--timezone", "Asia/Tokyo", "--horizon", "3d"]
    )
    #expect(
      zoned["points"].list.map { $0["date"].text }
        == ["2026-11-23", "2026-11-24", "2026-11-25"]
    )
    func run(_ options: [String]) throws -> Command.Result {
      try Command.run(["forecast", "--database", "usage.db"] + options, in: scratch.folder)
    }
    let short = try run(["--as-of", "2026-10-05T00:00:00Z"])
    #expect(short.status == 1)
    #expect(short.errors.contains("3 whole days are stored; a forecast needs 7"))
    let unknown = try run(["--org", "acmee"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("did you mean acme?"))
    let table = try run(["--as-of", "2026-11-22T08:00:00Z"])
    for words in ["back-test", "balance     1,000 credits", "runs out", "period end"] {
      #expect(table.output.contains(words), "\(table.output)")
    }
  }
}
