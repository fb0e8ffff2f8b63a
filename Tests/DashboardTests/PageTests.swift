import CreditCore
import Foundation
import Rating
import Reports
import Testing
import UsageStore
import Workflows

@Suite("Pages of the dashboard")
struct PageTests {
  /// A month, which is counted once for all texts.
  private static let month = Result {
    let scene = try DashboardScene()
    try scene.month()
    return (scene: scene, overview: try scene.overview())
  }

  /// A text where people, logs and files can put one; the pages that show it, by name.
  private static func pages(_ text: String) throws -> [(name: String, page: [UInt8])] {
    let scene = try month.get().scene
    var overview = try month.get().overview
    let now = DashboardScene.now
    var session = DashboardScene.session()
    session.org = text
    session.csrf = text
    session.notice = PageSession.Notice(text)
    overview.polling = .failing(text)
    overview.alerts.rows = [DashboardScene.alert(text, org: text, reason: text)]
    overview.report.operations[0].title = text
    overview.report.operations[0].value = .text(text)
    overview.report.operations[0].sums.unpricedRequests = 1
    overview.report.totals.unpricedRequests = 1
    overview.report.movers = [
      PeriodReport.Mover(operation: text, title: text, credits: 2, previous: 1, causes: [text])
    ]
    overview.report.notes = [text]
    for place in overview.days.indices { overview.days[place].families = [(text, 20_000_000)] }
    var alerts = AlertsValues(at: now, zone: .utc)
    alerts.rows = overview.alerts.rows
    alerts.rules = [text]
    alerts.silences = [
      AlertsValues.Kept(
        id: 1,
        Silence(
          rule: text,
          org: text,
          from: now,
          until: Instant(microseconds: now.microseconds + 1),
          author: text,
          reason: text
        )
      )
    ]
    var message = AlertMessage(
      id: text,
      rule: text,
      severity: .warning,
      state: .firing,
      org: text,
      since: now,
      at: now
    )
    message.reason = text
    alerts.history = [message]
    let workflow = try scene.workflow
    let name = DashboardScene.quoted(text)
    let campaign = """
      {"name":\(name),"operations":[{"operation":"meeting.book","label":\(name),"bookings":3}]}
      """
    let estimate = try workflow.estimate(campaign, org: nil, now: now)
    let faults = try workflow.estimate(
      "operations: [{operation: x, \(name): 1}]",
      plan: text,
      org: nil,
      now: now
    )
    let balance = try workflow.estimate("", balance: "zz\(text)", org: nil, now: now)
    let prices = try workflow.prices(
      method: text,
      path: "/zz\(text)",
      words: "zz\(text)",
      metering: text,
      plan: text,
      org: nil,
      now: now
    )
    let pages = scene.pages
    return [
      ("overview", try pages.overview(overview, session)),
      ("alerts", try pages.alerts(alerts, session)),
      ("estimate", try pages.estimate(estimate, session)),
      ("faults", try pages.estimate(faults, session)),
      ("balance", try pages.estimate(balance, session)),
      ("prices", try pages.prices(prices, session)),
      ("reports", try pages.reports(workflow.reports(org: nil, now: now), session)),
      ("sign-in", try pages.signIn(csrf: text, fault: text)),
      ("problem", try pages.problem(text, text, session)),
    ]
  }

  private static let plain = Result { try pages("zq") }

  @Test("a hostile text changes nothing of a page but its text", arguments: HostileTexts.all)
  func hostile(text: String) throws {
    for (page, expected) in zip(try Self.pages(text), try Self.plain.get()) {
      let (shape, other) = (PageShape(page.page), PageShape(expected.page))
      let difference = shape.tags.difference(from: other.tags)
      #expect(difference.isEmpty, "\(page.name) of \(text): \(difference)")
    }
  }

  @Test("a page has no script, style or handler within it, and asks nothing of others")
  func policy() throws {
    for (name, page) in try Self.pages("x") {
      let shape = PageShape(page)
      for tag in shape.tags {
        let words = tag.split(separator: " ").map(String.init)
        let attributes = words.dropFirst()
        #expect(words.first != "style" && !attributes.contains("style"), "\(name): \(tag)")
        #expect(!attributes.contains { $0.hasPrefix("on") }, "\(name): \(tag)")
        if words.first == "script" { #expect(attributes.contains("src"), "\(name): \(tag)") }
      }
      let addresses = shape.values.filter { $0.key.hasSuffix(" href") || $0.key.hasSuffix(" src") }
      for address in addresses.values.flatMap({ $0 }) {
        let isOwn = address.hasPrefix("/") && !address.hasPrefix("//")
        #expect(isOwn || address == "#main" || address == "data:,", "\(name): \(address)")
      }
      let forms = shape.tags.count { $0.hasPrefix("form ") && !$0.contains("role") }
      let keys = shape.values["input name"]?.count { $0 == "csrf" } ?? 0
      #expect(forms == keys, "\(name): \(forms) forms, \(keys) keys")
    }
  }

  @Test("what a form sends back is what it was given, to the last character")
  func exact() throws {
    let scene = try DashboardScene()
    for text in ["a\u{202E}b", "<\u{338}x>", "a\"b'c&amp;", "  two  "] {
      var alerts = AlertsValues(at: DashboardScene.now, zone: .utc)
      alerts.rules = [text]
      let page = PageShape(try scene.pages.alerts(alerts, DashboardScene.session()))
      #expect(page.values["option value"]?.first == text)
      let campaign = "\n\tname: \(text)\r\n"
      let form = try scene.workflow.estimate(campaign, org: nil, now: DashboardScene.now)
      let answer = PageShape(try scene.pages.estimate(form, DashboardScene.session()))
      #expect(answer.text.utf8.count > campaign.utf8.count)
      #expect(answer.text.range(of: "\n" + campaign, options: .literal) != nil)
    }
  }

  @Test("a fault of a campaign is shown with its line and a caret")
  func faults() throws {
    let scene = try DashboardScene()
    let text = "name: x\noperations:\n  - operation: meeting.book\n    bokings: 3\n"
    let form = try scene.workflow.estimate(text, org: nil, now: DashboardScene.now)
    #expect(form.report == nil && form.faults.first?.mark.line == 4)
    let page = PageShape(try scene.pages.estimate(form, DashboardScene.session())).text
    #expect(page.contains("Line 4, column 5") && page.contains("    bokings: 3\n    ^^^^^^^"))
    #expect(page.contains("did you mean bookings?"))
    let balance = try scene.workflow.estimate(
      "operations: []",
      balance: "lots",
      org: nil,
      now: DashboardScene.now
    )
    #expect(balance.faults.first?.message == "\"lots\" is not an amount of credits")
  }

  @Test("an estimate starts from the organisation's own balance and plan")
  func estimate() throws {
    let scene = try DashboardScene()
    try scene.month()
    let text = "name: x\noperations: [{operation: meeting.book, bookings: 3}]\n"
    let form = try scene.workflow.estimate(text, org: "north", now: DashboardScene.now)
    let estimate = try #require(form.report?.estimate)
    #expect(estimate.balance.before == Credits(micros: 490_000_000))
    #expect(estimate.totals.credits.expected == Credits(micros: 60_000_000))
    let other = try scene.workflow.estimate(
      text,
      plan: "payg",
      balance: " 1,000.5 ",
      org: "north",
      now: DashboardScene.now
    )
    #expect(other.report?.estimate.balance.before == Credits(micros: 1_000_500_000))
    #expect(other.report?.estimate.plan.id == "payg")
  }

  @Test("prices are found by all of the words, and a request by its pattern")
  func prices() throws {
    let scene = try DashboardScene()
    let now = DashboardScene.now
    let search = try scene.workflow.prices(
      method: "post",
      path: "/sequences/s1/contacts",
      words: "SEQUENCE enrol",
      org: nil,
      now: now
    )
    #expect(search.found.flatMap(\.operations).map(\.id) == ["sequence.enroll"])
    let words = DashboardScene.words(try scene.pages.prices(search, DashboardScene.session()))
    #expect(words.contains("1 credit a step POST /sequences/s1/contacts"))
    #expect(words.contains("1 operation found"))
    let unknown = try scene.workflow.prices(path: "/nowhere", org: nil, now: now)
    let page = DashboardScene.words(try scene.pages.prices(unknown, DashboardScene.session()))
    #expect(page.contains("No pattern of the price book matches"))
    #expect(page.contains("Unknown is not free"))
  }

  @Test("reports are listed from the first request on, with what each came to")
  func reports() throws {
    let scene = try DashboardScene()
    try scene.month()
    let list = try scene.workflow.reports(org: "north", now: DashboardScene.now)
    #expect(
      list.weeks.map(\.period.label) == [
        "2026-W48", "2026-W47", "2026-W46", "2026-W45", "2026-W44",
      ]
    )
    #expect(list.weeks.map(\.isOpen) == [true, false, false, false, false])
    #expect(list.weeks.map(\.credits) == [0, 140, 140, 140, 20].map { $0 * 1_000_000 })
    let page = PageShape(try scene.pages.reports(list, DashboardScene.session()))
    let link = "/v1/reports/weekly?period=2026-W47&format=html"
    #expect(page.values["a href"]?.contains(link) == true)
  }

  @Test("a silence is ended by its organisation, and not by another")
  func silences() throws {
    let scene = try DashboardScene()
    let now = DashboardScene.now
    let end = Instant(microseconds: now.microseconds + 60_000_000)
    let silence = Silence(
      rule: "r",
      org: "north",
      from: now,
      until: end,
      author: "a",
      reason: "b"
    )
    try AlertWorkflow.silence(silence, in: scene.store)
    let kept = try scene.workflow.alerts(org: "north", now: now).silences
    let id = try #require(kept.first?.id)
    #expect(try scene.workflow.alerts(org: "south", now: now).silences.isEmpty)
    #expect(try !scene.store.endSilence(id, of: "south", at: now))
    #expect(try scene.store.endSilence(id, of: "north", at: now))
    #expect(try !scene.store.endSilence(id, of: nil, at: now))
    #expect(try scene.workflow.alerts(org: "north", now: now).silences.isEmpty)
  }

  @Test("the script is small, and styles are those of the reports and more")
  func assets() throws {
    let assets = try DashboardPages().assets()
    #expect(assets.map(\.path) == ["/assets/dashboard.css", "/assets/live.js"])
    #expect(assets[1].bytes.count < 4_096)
    let style = String(decoding: assets[0].bytes, as: UTF8.self)
    #expect(style.contains(".verdict {") && style.contains(".places"))
    #expect(!style.contains("@import") && !style.contains("//"))
  }

  @Test("the styles of a page are known by their digest")
  func digests() throws {
    let page = Array("<style>a{}</style><p>style</p><style></style><style>".utf8)
    // printf 'a{}' | openssl dgst -sha256 -binary | base64
    #expect(
      try StyleHashes.sources(of: page) == [
        "sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk=",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      ]
    )
  }
}
