import CreditCore
import Foundation
import Intake
import Testing
import UsageStore
import Workflows

@Suite("Requests that come late are told as late")
struct LateTests {
  private typealias Scene = AlertScene

  private static func at(_ hour: Int, _ minute: Int = 0) -> Instant { Scene.time(20, hour, minute) }

  @Test("a budget that was passed before it was looked at fires since then, and once")
  func budget() throws {
    let scene = try Scene("when: {budget: 1000, per: day}")
    try scene.request("900", Self.at(8))
    #expect(try scene.states(Self.at(12)) == [.ok])
    try scene.request("100", Self.at(9), known: Self.at(12, 30))
    #expect(try scene.states(Self.at(13)) == [.firing])
    let message = try #require(scene.attempts.first?.message)
    #expect(message.since == Self.at(9))
    #expect(message.reason.contains("found late: it held from 2026-11-21T09:00:00Z on"))
    #expect(try scene.states(Self.at(13, 5)) == [.firing])
    #expect(scene.attempts.count == 1)
  }

  @Test("what came in time is not late")
  func inTime() throws {
    let scene = try Scene("when: {budget: 1000, per: day}")
    try scene.request("900", Self.at(8))
    #expect(try scene.states(Self.at(12)) == [.ok])
    try scene.request("100", Self.at(12, 30))
    #expect(try scene.states(Self.at(13)) == [.firing])
    let message = try #require(scene.attempts.first?.message)
    #expect(message.since == Self.at(13))
    #expect(!message.reason.contains("late"))
  }

  @Test("a breach that is over already is one notice")
  func over() throws {
    let scene = try Scene("when: {rate_limited_above: 5%, window: 1h}")
    try scene.request("1", Self.at(6), count: 10)
    #expect(try scene.states(Self.at(12)) == [.ok])
    try scene.request("0", Self.at(9), count: 10, status: 429, known: Self.at(12, 30))
    #expect(try scene.states(Self.at(13)) == [.ok])
    let message = try #require(scene.attempts.first?.message)
    #expect(message.state == .resolved)
    #expect(message.reason.hasPrefix("late data: it was 100% between 2026-11-21T09:00:00Z and "))
    #expect(try scene.states(Self.at(13, 5)) == [.ok])
    #expect(scene.attempts.count == 1)
  }

  @Test("a budget of a day that is over")
  func yesterday() throws {
    let scene = try Scene("when: {budget: 1000, per: day, at: [50%, 100%]}")
    try scene.request("600", Scene.time(19, 20))
    #expect(try scene.states(Scene.time(19, 21)) == [.firing, .ok])
    #expect(try scene.states(Self.at(1)) == [.resolved, .ok])
    #expect(scene.attempts.count == 2)
    try scene.request("400", Scene.time(19, 22), known: Self.at(2))
    #expect(try scene.states(Self.at(3)) == [.resolved, .ok])
    // Of the half somebody was told then.
    #expect(scene.attempts.count == 3)
    let message = try #require(scene.attempts.last?.message)
    #expect(message.level == "100%")
    #expect(message.reason.contains("late data: it was 1,000 credits between 2026-11-20T22:00:00Z"))
  }

  @Test("what comes late and changes nothing is not told")
  func nothing() throws {
    let scene = try Scene("when: {budget: 1000, per: day}", "when: {spike_above: 4x}")
    try scene.request("100", Scene.time(10))
    #expect(try scene.states(Self.at(12)) == [.ok, .ok])
    try scene.request("10", Self.at(9), known: Self.at(12, 30))
    #expect(try scene.states(Self.at(13)) == [.ok, .ok])
    #expect(scene.attempts.isEmpty)
  }

  @Test("a look at one organisation leaves the others' requests late")
  func scopes() throws {
    let scene = try Scene("when: {budget: 1000, per: day}")
    try scene.request("900", Self.at(8), org: "north")
    try scene.request("900", Self.at(8), org: "south")
    try scene.look(Self.at(12))
    for org in ["north", "south"] {
      try scene.request("100", Self.at(9), org: org, known: Self.at(12, 30))
    }
    for org in ["north", "south"] {
      scene.setting.org = org
      try scene.look(Self.at(13))
    }
    #expect(scene.attempts.map(\.message.org) == ["north", "south"])
    #expect(scene.attempts.allSatisfy { $0.message.since == Self.at(9) })
  }

  @Test("what a look at one organisation told, a look at all does not tell again")
  func once() throws {
    let scene = try Scene("when: {rate_limited_above: 5%, window: 1h}")
    for org in ["north", "south"] { try scene.request("1", Self.at(6), count: 10, org: org) }
    try scene.look(Self.at(12))
    for org in ["north", "south"] {
      try scene.request("0", Self.at(9), count: 10, status: 429, org: org, known: Self.at(12, 30))
    }
    scene.setting.org = "north"
    try scene.look(Self.at(13))
    #expect(scene.attempts.map(\.message.org) == ["north"])
    scene.setting.org = nil
    try scene.look(Self.at(13, 5))
    #expect(scene.attempts.map(\.message.org) == ["north", "south"])
    try scene.look(Self.at(13, 10))
    #expect(scene.attempts.count == 2)
  }

  @Test("what is stored after a look is late for the next, and for none before")
  func later() throws {
    let scene = try Scene("when: {rate_limited_above: 5%, window: 1h}")
    try scene.request("1", Self.at(6), count: 10)
    let store = try scene.store
    let known = try store.lastImportNumber()
    try scene.request("0", Self.at(9), status: 429, known: Self.at(12, 30))
    func late(through last: Int64) throws -> Int {
      try store.lateRequests(after: known, through: last, before: Self.at(12)).count
    }
    #expect(try late(through: known) == 0)
    #expect(try late(through: store.lastImportNumber()) == 1)
  }

  @Test("a look waits for an import that is under way, and knows all of it")
  func underWay() throws {
    let scene = try Scene("when: {rate_limited_above: 5%, window: 1h}")
    try scene.request("1", Self.at(6), count: 10)
    #expect(try scene.states(Self.at(12)) == [.ok])
    let known = (0..<8_192).map { _ in scene.requestLine("1", Self.at(6), org: "o") }
    let late = (0..<10).map { _ in scene.requestLine("0", Self.at(9), 429, org: "o") }
    let look = LookBeside(scene, Self.at(13))
    try scene.ingest([(known + late).joined()], Self.at(12, 30)) { workflow in
      // The first part is committed, and the import has its number.
      #expect(throws: Never.self) { try workflow.flush() }
      #expect(workflow.counts.accepted > 8_000)
      #expect(!look.ends(within: 1))
    }
    #expect(look.ends(within: 60))
    // Taken as known in part, the rest of it would be told neither by this look nor by the next.
    #expect(scene.attempts.map(\.message.state) == [.resolved])
    try scene.look(Self.at(13, 5))
    #expect(scene.attempts.count == 1)
  }

  /// A look that is made on a thread of its own, which starts when its end is first awaited.
  private final class LookBeside: @unchecked Sendable {
    private let scene: Scene
    private let time: Instant
    private let end = DispatchSemaphore(value: 0)
    private var thread: Thread?

    init(_ scene: Scene, _ time: Instant) { (self.scene, self.time) = (scene, time) }

    func ends(within seconds: Double) -> Bool {
      if thread == nil {
        let thread = Thread { [self] in
          #expect(throws: Never.self) { try scene.look(time) }
          end.signal()
        }
        // Rules are evaluated deeper than a thread's stack of half a MiB is sure to hold.
        thread.stackSize = 8 << 20
        thread.start()
        self.thread = thread
      }
      return end.wait(timeout: .now() + seconds) == .success
    }
  }
}
