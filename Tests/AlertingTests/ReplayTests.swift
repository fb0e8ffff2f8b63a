import CreditCore
import Reports
import Testing
import UsageStore
import Workflows

@Suite("Rules over the stored past: what they would have said, counted by hand")
struct ReplayTests {
  private typealias Scene = AlertScene

  /// Twenty days: one that ends at zero, and one that looks alike and is no trouble.
  private func past(_ rules: String...) throws -> Scene {
    let scene = try Scene(rules[0], rules.count > 1 ? rules[1] : "when: {usage_older_than: 4w}")
    for (day, balance, used) in [
      (0, 5_000, 0), (1, 1_200, 3_800), (2, 900, 4_100), (3, 0, 5_000), (4, 6_000, 5_000),
      (10, 800, 10_200), (11, 9_000, 10_200), (20, 8_800, 10_400),
    ] {
      try scene.balance("\(balance)", used: "\(used)", Scene.time(day))
    }
    return scene
  }

  private func replay(_ scene: Scene, hours: Int64 = 6) throws -> ReplayReport {
    try scene.workflow.replay(
      since: Scene.time(0),
      until: Scene.time(20),
      every: Span(seconds: hours * 3_600)
    )
  }

  @Test("times fired, lead before zero, false alarms and a better threshold")
  func figures() throws {
    let scene = try past(
      "when: {balance_below: 1000}, repeat_every: never",
      "when: {balance_below: 100}, for: 2d, repeat_every: never"
    )
    let report = try replay(scene)
    let low = report.rules[0]
    #expect(low.episodes.map(\.from) == [Scene.time(2), Scene.time(10)])
    #expect(low.episodes.map(\.to) == [Scene.time(4), Scene.time(11)])
    #expect(low.episodes.map(\.value) == [ExactDecimal(900), ExactDecimal(800)])
    #expect(low.leads == [Span(seconds: 86_400)])
    #expect(low.missed == 0)
    // After the second one nothing was spent for a week; after the first one all that was left.
    #expect(low.falseAlarms == 1)
    // The dearest day is the first one; the six days to the tenth were 867 each.
    #expect(low.better == ExactDecimal(3_800))
    let slow = report.rules[1]
    #expect(slow.episodes.isEmpty)
    #expect(slow.missed == 1)
    #expect(slow.leads.isEmpty)
    // Fired and resolved, twice.
    #expect(report.messages == 4)
  }

  @Test("the better threshold would have warned a day before zero, even on the dearest day")
  func better() throws {
    let report = try replay(try past("when: {balance_below: 3800}, repeat_every: never"))
    #expect(report.rules[0].leads == [Span(seconds: 2 * 86_400)])
  }

  @Test("nothing is sent or kept, and what still fires at the end has no end")
  func nothing() throws {
    let scene = try past("when: {balance_below: 9000}, repeat_every: 24h")
    let report = try replay(scene)
    #expect(report.rules[0].episodes.map(\.to) == [nil])
    // At once, and after each of twenty days.
    #expect(report.messages == 21)
    #expect(scene.attempts.isEmpty)
    #expect(try scene.store.alertMemory(at: Scene.time(20)).entries.isEmpty)
  }

  @Test("looked at rarely, it fires late")
  func rarely() throws {
    let report = try replay(try past("when: {balance_below: 1000}"), hours: 60)
    // At the half of the second day, which is before zero by half a day.
    #expect(report.rules[0].leads == [Span(seconds: 43_200)])
  }
}
