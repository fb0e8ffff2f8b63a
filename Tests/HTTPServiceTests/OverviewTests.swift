import CreditCore
import HTTPTypes
import Reports
import Testing
import UsageStore
import Workflows

@testable import HTTPService

@Suite("The overview is worked out anew when something is new")
struct OverviewTests {
  @Test("what was stored is shown at once, and what was known is not asked for again")
  func fresh() async throws {
    let service = try TestService(isOpen: true)
    var made = 0
    func overview(at now: Instant) throws {
      let dashboard = try service.desk.dashboard
      _ = try service.desk.overviews.values(of: nil, changes: service.store.changes, now: now) {
        made += 1
        return try dashboard.overview(org: nil, now: now)
      }
    }
    let now = TestService.now
    try overview(at: now)
    try overview(at: Instant(microseconds: now.microseconds + 59_000_000))
    #expect(made == 1)
    try overview(at: Instant(microseconds: now.microseconds + 60_000_000))
    #expect(made == 2)
    // A clock that was set back.
    try overview(at: now)
    #expect(made == 3)

    let before = try await service.ask(.get, "/").text
    #expect(!before.contains("12,321"))
    let balance = #"{"timestamp":"2026-11-26T10:00:00Z","balance":12321,"tier":"platform"}"#
    let stored = try await service.ask(
      .post,
      "/v1/snapshots",
      type: "application/json",
      body: Array(balance.utf8)
    )
    #expect(stored.status == 200)
    #expect(try await service.ask(.get, "/").text.contains("12,321"))
  }

  @Test("each view shows what was acknowledged before, as one that remembers nothing does")
  func batches() async throws {
    let service = try TestService(isOpen: true)
    let (desk, now) = (service.desk, TestService.now)
    let setting = try desk.dashboard.setting
    var count: Int128 = 0
    for (number, days) in [0, 0, 3, 0, 9, 20, 0].enumerated() {
      _ = try desk.overview(of: nil, now: now)
      let at = Instant(microseconds: now.microseconds - Int64(days) * 86_400_000_000 - 1_000_000)
      let lines = (0..<5).map { line in
        #"{"timestamp":"\#(at)","method":"POST","path":"/api/v1/voice/calls","status":200,"#
          + #""request_id":"v\#(number)-\#(line)","org_id":"acme","usage":{"minutes":1}}"#
      }
      let body = Array(lines.joined(separator: "\n").utf8)
      let type = "application/x-ndjson"
      #expect(try await service.ask(.post, "/v1/requests", type: type, body: body).status == 200)
      if days < 7 { count += 5 }
      let shown = try desk.overview(of: nil, now: now)
      #expect(shown.report.totals.requests == count)
      let fresh = DashboardWorkflow(service.store, desk.shelf, setting)
      let expected = try fresh.overview(org: nil, now: now.wholeSecond)
      #expect("\(shown.report)" == "\(expected.report)")
      #expect("\(shown.days)" == "\(expected.days)")
    }
  }

  @Test("overviews are worked out before somebody asks")
  func ahead() throws {
    let service = try TestService(isOpen: true)
    _ = try service.desk.overviewTask.step(TestService.now)
    struct Unknown: Error {}
    let changes = service.store.changes
    _ = try service.desk.overviews.values(of: nil, changes: changes, now: TestService.now) {
      throw Unknown()
    }
  }
}
