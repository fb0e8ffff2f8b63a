import CreditCore
import Settings
import Testing

@Suite("creditmeter.yaml")
struct SettingsTests {
  private func read(_ text: String, name: String = "creditmeter.yaml") throws -> Settings {
    try SettingsReader.settings(SourceText(name: name, bytes: Array(text.utf8)))
  }

  @Test("every key is read, and paths are taken from the file's folder")
  func whole() throws {
    let text = """
      database: usage.db
      timezone: Europe/Berlin
      week_start: sunday
      billing_day: 15
      books: [override.yaml, /etc/creditmeter/book.yaml]
      sequences: {seq_123: 4, seq_9: 0}
      graph8: {api: usage, poll_every: 5m, org: org_123, webhook: {scheme: body, secret_env: S}}
      alerts: alerts.yaml
      reports: [{every: monday 08:00, period: weekly, format: html, send_to: [mail]}]
      """
    let settings = try read(text, name: "etc/creditmeter.yaml")
    #expect(settings.database == "etc/usage.db")
    #expect(settings.timezone == "Europe/Berlin")
    #expect(settings.weekStart == .sunday)
    #expect(settings.billingDay == 15)
    #expect(settings.books == ["etc/override.yaml", "/etc/creditmeter/book.yaml"])
    #expect(settings.sequences == ["seq_123": 4, "seq_9": 0])
    #expect(settings.graph8?.api == .usage)
    #expect(settings.graph8?.pollEvery == Span(seconds: 300))
    #expect(settings.graph8?.org == "org_123")
    #expect(settings.graph8?.webhook == .init(scheme: .body, secretVariable: "S"))
    #expect(settings.alerts == "etc/alerts.yaml")
    #expect(settings.reports.map(\.every) == [WeeklyTime("monday 08:00")])
    let recipient = try #require(settings.reports.first?.sendTo.first)
    #expect(recipient.name == "mail")
    #expect((recipient.mark.line, recipient.mark.column) == (9, 73))
  }

  @Test("an empty file says nothing", arguments: ["", "# nothing yet\n", "{}"])
  func empty(text: String) throws {
    var settings = try read(text)
    #expect(settings.file == "creditmeter.yaml")
    settings.file = nil
    #expect(settings == Settings())
  }

  @Test(
    "a fault is told with its place, and what was expected",
    arguments: [
      ("databse: x", "creditmeter.yaml:1:1: error: unknown key \"databse\" in the settings"),
      ("week_start: mon", "creditmeter.yaml:1:13: error: week_start is \"mon\""),
      ("billing_day: 31", "creditmeter.yaml:1:14: error: billing_day is 31"),
      ("sequences: {a: 1.5}", "creditmeter.yaml:1:16: error: steps of a is 1.5"),
      ("graph8: {poll_every: 5}", "creditmeter.yaml:1:22: error: poll_every is \"5\""),
      ("graph8: {api: v2}", "creditmeter.yaml:1:15: error: api is \"v2\""),
      ("graph8: {webhook: {scheme: body}}", "error: webhook has no secret_env"),
      ("reports: [{every: monday, send_to: [a]}]", "error: every is \"monday\""),
      ("reports: [{every: monday 8:00, send_to: [a]}]", "error: every is \"monday 8:00\""),
      ("books: pricing", "creditmeter.yaml:1:8: error: "),
    ]
  )
  func faults(text: String, message: String) throws {
    let fault = #expect(throws: BadInput.self) { try read(text) }
    #expect(fault?.brief.contains(message) == true, "\(fault?.brief ?? "")")
  }
}

@Suite("Spans of time")
struct SpanTests {
  @Test(
    "a whole number and a unit",
    arguments: [("30s", 30), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("4w", 2_419_200)]
  )
  func reads(text: String, seconds: Int64) { #expect(Span(text)?.seconds == seconds) }

  @Test(
    "nothing else",
    arguments: [
      "", "5", "m", "-5m", "1.5h", "5 m", "5M", "٥m", "99999999999999999999d", "9999999w",
    ]
  )
  func refuses(text: String) { #expect(Span(text) == nil) }
}
