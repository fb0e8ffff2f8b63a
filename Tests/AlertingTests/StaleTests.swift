import CreditCore
import Testing
import Workflows

@Suite("A balance that is old: it may fire, resolves nothing, and is told of")
struct StaleTests {
  private typealias Scene = AlertScene

  private func scene() throws -> Scene {
    let scene = try Scene("when: {balance_below: 5000}, repeat_every: never")
    scene.setting.staleAfter = Span(seconds: 900)
    return scene
  }

  private static func at(_ minute: Int, micros: Int64 = 0) -> Instant {
    Scene.time(20, 12, minute, micros: micros)
  }

  @Test("it raises an alert of its own, a microsecond behind three polls, and that resolves")
  func old() throws {
    let scene = try scene()
    try scene.balance("9000", Self.at(0))
    #expect(try scene.states(Self.at(15)) == [.ok, .ok])
    #expect(try scene.states(Self.at(15, micros: 1)) == [.ok, .firing])
    #expect(scene.taken == ["a firing balance is old"])
    try scene.balance("9000", Self.at(20))
    #expect(try scene.states(Self.at(20)) == [.ok, .resolved])
    #expect(scene.taken.last == "a resolved balance is old")
  }

  @Test("what requests took since may fire, and says that it is estimated")
  func estimated() throws {
    let scene = try scene()
    try scene.balance("9000", Self.at(0))
    try scene.request("3999.999999", Self.at(10))
    #expect(try scene.states(Self.at(16))[0] == .ok)
    try scene.request("0.000001", Self.at(11))
    #expect(try scene.states(Self.at(17))[0] == .firing)
    let message = try #require(scene.attempts.last { $0.message.rule == "r1" }?.message)
    #expect(message.value == ExactDecimal(5_000))
    #expect(message.reason.contains("estimated, for the balance is old"))
    #expect(message.dataAsOf == Self.at(0))
  }

  @Test("a fresh balance is taken as it is, whatever requests say")
  func fresh() throws {
    let scene = try scene()
    try scene.balance("9000", Self.at(0))
    try scene.request("8000", Self.at(10))
    #expect(try scene.states(Self.at(15)) == [.ok, .ok])
  }

  @Test("what fires goes on firing until a fresh balance is beyond the band")
  func frozen() throws {
    let scene = try scene()
    try scene.balance("9000", Self.at(0))
    try scene.request("4500", Self.at(10))
    #expect(try scene.states(Self.at(16))[0] == .firing)
    // The requests are gone from what is known: what is left seems to be enough again.
    try scene.balance("9000", Self.at(12))
    #expect(try scene.states(Self.at(40)) == [.firing, .firing])
    try scene.balance("9000", Self.at(41))
    #expect(try scene.states(Self.at(41)) == [.resolved, .resolved])
  }

  @Test("a balance that was never known neither fires nor resolves")
  func unknown() throws {
    let scene = try scene()
    try scene.request("1", Self.at(0))
    #expect(try scene.states(Self.at(60)) == [.ok, .ok])
    #expect(scene.attempts.isEmpty)
  }
}
