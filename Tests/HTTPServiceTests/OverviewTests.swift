import CreditCore
import HTTPTypes
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
}
