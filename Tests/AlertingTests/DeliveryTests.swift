import CreditCore
import Reports
import Testing
import UsageStore

@Suite("Messages on their way, in a database")
struct DeliveryTests {
  private typealias Scene = AlertScene

  private static func at(_ minute: Int, _ second: Int = 0) -> Instant {
    Scene.time(20, 12, minute, second)
  }

  /// So many organisations that are low, each of them with its own number; the first are critical.
  private func storm(_ count: Int, critical: Int, _ destinations: String) throws -> Scene {
    let scene = try Scene(
      "when: {balance_below: 50}, severity: critical, repeat_every: never",
      "when: {balance_below: 100}, repeat_every: never",
      destinations: destinations
    )
    for org in 0..<count {
      try scene.balance(org < critical ? "10" : "80", Self.at(0), org: "org\(100 + org)")
    }
    return scene
  }

  @Test("in a storm the gravest go alone and the rest as one, ten in all")
  func digest() throws {
    let scene = try storm(40, critical: 5, "{a: {slack: {url_env: A}}, log: {stdout: {}}}")
    let report = try scene.look(Self.at(1))
    let told = scene.attempts.filter { $0.to == "a" }.map(\.message)
    #expect(told.count == 10)
    #expect(told.filter { $0.rule == "r1" }.count == 5)
    let digest = try #require(told.last)
    #expect(digest.rule == "31 alerts")
    #expect(digest.reason.hasPrefix("31 fire, 0 of them critical, and 0 are over, of 31 org"))
    #expect(try scene.outbox(.digested).count == 31)
    // What no person reads gets each.
    #expect(scene.attempts.filter { $0.to == "log" }.count == 40)
    #expect((report.sent, report.queued, report.failed) == (50, 0, 0))
    // Nobody hears anything twice.
    try scene.look(Self.at(2, 1))
    #expect(scene.attempts.count == 50)
  }

  @Test("a digest of more than a hundred names the gravest, and counts the rest")
  func long() throws {
    let scene = try storm(150, critical: 20, "{a: {slack: {url_env: A}}}")
    try scene.look(Self.at(1))
    let digest = try #require(scene.attempts.last?.message)
    #expect(digest.rule == "141 alerts")
    #expect(digest.severity == .critical)
    #expect(digest.reason.contains("141 fire, 11 of them critical"))
    #expect(digest.reason.hasSuffix("; and 41 more"))
    let lines = digest.reason.split(separator: "; ")
    #expect(lines.prefix(11).allSatisfy { $0.contains("firing critical: r1") })
  }

  @Test("room for ten comes back within a minute, and not before it")
  func bucket() throws {
    let scene = try Scene(
      "when: {balance_below: 100}",
      destinations: "{a: {slack: {url_env: A}}}"
    )
    func low(_ range: Range<Int>, _ now: Instant) throws {
      for org in range { try scene.balance("10", now, org: "org\(100 + org)") }
    }
    try low(0..<9, Self.at(0))
    try scene.look(Self.at(0))
    #expect(scene.attempts.count == 9)
    try low(9..<12, Self.at(0, 30))
    try scene.look(Self.at(0, 30))
    // One more has room: all three go as one.
    #expect(scene.attempts.last?.message.rule == "3 alerts")
    #expect(scene.attempts.count == 10)
    try low(12..<15, Self.at(1, 1))
    try scene.look(Self.at(1, 1))
    #expect(scene.attempts.count == 13)
  }

  @Test("a digest that is not taken is tried again as it is, and what follows waits behind it")
  func behind() throws {
    let scene = try storm(12, critical: 0, "{a: {slack: {url_env: A}}}")
    scene.answers["a"] = .retry("down", after: nil)
    try scene.look(Self.at(1))
    let digest = try #require(try scene.outbox(.queued).first { $0.message.rule == "3 alerts" })
    // One of the digest's is well again; that must not arrive first.
    try scene.balance("900", Self.at(2), org: "org111")
    scene.answers["a"] = nil
    let before = scene.attempts.count
    try scene.look(Self.at(3))
    let told = scene.attempts[before...].map(\.message)
    let places = [
      told.firstIndex { $0.id == digest.message.id },
      told.firstIndex { $0.org == "org111" && $0.state == .resolved },
    ]
    #expect(places.compactMap { $0 }.count == 2)
    #expect(try #require(places[0]) < #require(places[1]))
  }

  @Test("410 closes a destination, and it stays closed")
  func gone() throws {
    let scene = try Scene(
      "when: {balance_below: 100}, repeat_every: never",
      "when: {balance_below: 0}, repeat_every: never",
      destinations: "{a: {slack: {url_env: A}}, b: {slack: {url_env: B}}}"
    )
    scene.answers["a"] = .gone("HTTP 410")
    try scene.balance("80", Self.at(0))
    let first = try scene.look(Self.at(1))
    #expect((first.sent, first.queued, first.failed) == (1, 0, 1))
    #expect(try scene.store.closedDestinations() == ["a": "HTTP 410"])
    scene.answers["a"] = nil
    try scene.balance("0", Self.at(2))
    let second = try scene.look(Self.at(3))
    #expect((second.sent, second.failed) == (1, 1))
    #expect(scene.attempts.filter { $0.to == "a" }.count == 1)
    #expect(try scene.outbox(.failed).allSatisfy { $0.destination == "a" })
    try scene.store.reopen("a")
    try scene.balance("900", Self.at(4))
    try scene.look(Self.at(5))
    #expect(scene.attempts.last { $0.to == "a" }?.message.state == .resolved)
  }

  @Test("what was given up goes to the fallback, with the same id, and to no other")
  func fallback() throws {
    let scene = try Scene(
      "when: {balance_below: 100}, repeat_every: never, send_to: a",
      destinations: "{a: {slack: {url_env: A}, fallback: b}, b: {slack: {url_env: B}}}"
    )
    scene.answers["a"] = .refused("HTTP 401")
    try scene.balance("80", Self.at(0))
    var now = Self.at(1)
    for _ in 0..<3 {
      #expect(scene.taken.isEmpty)
      try scene.look(now)
      now = Instant(microseconds: now.microseconds + 3_600_000_000)
    }
    // Given up at the third attempt; the fallback is attempted at the next look.
    #expect(try scene.outbox(.failed).map(\.destination) == ["a"])
    try scene.look(now)
    #expect(scene.taken == ["b firing r1"])
    #expect(Set(scene.attempts.map(\.message.id)).count == 1)
    #expect(scene.attempts.map(\.to) == ["a", "a", "a", "b"])
  }

  @Test("ten attempts, over three days, and then it is given up")
  func attempts() throws {
    let scene = try Scene("when: {balance_below: 100}, repeat_every: never")
    scene.answers["a"] = .retry("HTTP 503", after: nil)
    try scene.balance("80", Self.at(0))
    var now = Self.at(1)
    var looks = 0
    while try scene.look(now).queued > 0, looks < 20 {
      looks += 1
      now = try #require(try scene.outbox(.queued).first?.due)
    }
    #expect(scene.attempts.count == 10)
    let days = (now.microseconds - Self.at(1).microseconds) / 86_400_000_000
    #expect((2...4).contains(days))
    #expect(try scene.outbox(.failed).map(\.error) == ["HTTP 503"])
  }
}
