import CreditCore
import Reports
import Testing
import Workflows

@Suite("The overview tells what is known, and no more")
struct OverviewTests {
  private static func words(_ values: DashboardValues, isAdmin: Bool = true) throws -> String {
    let session = DashboardScene.session(isAdmin: isAdmin)
    return DashboardScene.words(try DashboardPages().overview(values, session))
  }

  @Test("without anything it says what to do next")
  func empty() throws {
    var scene = try DashboardScene()
    var words = try Self.words(try scene.overview())
    #expect(words.contains("No usage yet") && words.contains("creditmeter ingest access.log"))
    #expect(words.contains("No balance yet") && words.contains("G8_API_KEY"))
    #expect(!words.contains("Credits a day"))
    scene.setting.polling = .every(Span(seconds: 300))
    words = try Self.words(try scene.overview())
    #expect(words.contains("every 5m") && !words.contains("G8_API_KEY"))
    scene.setting.polling = .failing("the key is not valid (401)")
    words = try Self.words(try scene.overview())
    #expect(words.contains("the key is not valid (401)") && words.contains("creditmeter doctor"))
  }

  @Test("spending without a balance is shown, and the balance is asked for")
  func withoutBalance() throws {
    let scene = try DashboardScene()
    try scene.ingest([DashboardScene.meeting("2026-11-22T12:00:00Z")])
    let values = try scene.overview()
    #expect(values.balance == nil && values.report.totals.credits == 20_000_000)
    let words = try Self.words(values)
    #expect(words.contains("No balance is known") && words.contains("No balance yet"))
    #expect(words.contains("A forecast needs a week of whole days"))
  }

  @Test("balance, runway, spending and what is unexplained")
  func month() throws {
    let scene = try DashboardScene()
    try scene.month()
    let values = try scene.overview()
    #expect(values.balance?.credits == 490_000_000)
    #expect(values.balance?.requestsSince == 0)
    #expect(values.days.count == 28)
    #expect(values.days.map(\.sums.credits).reduce(0, +) == 22 * 20_000_000)
    #expect(values.report.totals.credits == 6 * 20_000_000)
    #expect(values.report.previous.name == "the 7 days before")
    let words = try Self.words(values)
    #expect(words.contains("490 credits left"))
    #expect(words.contains("balance 8 h old"))
    // 110 left the balance in five days of one meeting each.
    #expect(words.contains("110 left the balance, 100 was rated, 10 is unexplained"))
    // 490 / 20 a day, from the start of the day on.
    #expect(words.contains("The balance lasts 24 days"))
    #expect(!words.contains("estimate: "))
  }

  @Test("what was spent since the snapshot is an estimate, and says so")
  func since() throws {
    let scene = try DashboardScene()
    try scene.month()
    try scene.ingest([
      DashboardScene.meeting("2026-11-23T07:00:00Z"),
      DashboardScene.meeting("2026-11-23T07:30:00Z"),
      #"{"timestamp":"2026-11-23T07:40:00Z","method":"GET","path":"/nowhere","org_id":"north"}"#,
    ])
    let balance = try #require(try scene.overview().balance)
    #expect(balance.ratedSince == 40_000_000 && balance.requestsSince == 3)
    #expect(balance.unpricedSince == 1)
    let words = try Self.words(try scene.overview())
    #expect(words.contains("Left now estimate"))
    #expect(words.contains("≈ 450"))
    #expect(words.contains("1 request has no known price"))
  }

  @Test("an old balance is named, and one that is gone")
  func old() throws {
    var scene = try DashboardScene()
    try scene.month()
    scene.setting.staleAfter = Span(seconds: 1_800)
    #expect(try Self.words(try scene.overview()).contains("The balance itself is 8 h old"))
    try scene.ingest([DashboardScene.snapshot("2026-11-23T07:00:00Z", 0, used: 1_000)])
    #expect(try Self.words(try scene.overview()).contains("The balance is gone"))
  }

  @Test("an organisation sees nothing of another")
  func organisations() throws {
    let scene = try DashboardScene()
    try scene.month(org: "north")
    try scene.month(org: "south")
    let all = try scene.overview()
    #expect(all.balance?.credits == 980_000_000 && all.balance?.holders == 2)
    let north = try scene.overview(org: "north")
    #expect(north.balance?.credits == 490_000_000)
    #expect(north.report.totals.credits * 2 == all.report.totals.credits)
    #expect(!(try Self.words(north)).contains("south"))
    #expect(try scene.overview(org: "elsewhere").firstRequest == nil)
  }

  @Test("an alert that fires is silenced by an administrator, once")
  func silence() throws {
    let scene = try DashboardScene()
    try scene.month()
    var values = try scene.overview()
    values.alerts.rows = [DashboardScene.alert("low balance", org: "north", reason: "low it is")]
    #expect(try Self.words(values).contains("Silence for 4 hours"))
    #expect(!(try Self.words(values, isAdmin: false)).contains("Silence for 4 hours"))
    let silence = Silence(
      rule: "low balance",
      org: "north",
      from: DashboardScene.now,
      until: Instant(microseconds: DashboardScene.now.microseconds + 3_600_000_000),
      author: "a",
      reason: "b"
    )
    values.alerts.silences = [AlertsValues.Kept(id: 7, silence)]
    let words = try Self.words(values)
    #expect(words.contains("silenced until Mon 23 Nov, 09:00"))
    #expect(!words.contains("Silence for 4 hours"))
  }
}
