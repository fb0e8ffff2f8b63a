import CreditCore
import Reports
import Testing

@Suite("Rules on a database: each fires at its value, and not a micro-credit before")
struct ThresholdTests {
  private typealias Scene = AlertScene

  private static let now = Scene.time(28, 12)

  @Test("a share of the balance is of what the period includes and of top-ups", arguments: [0, 1])
  func share(micros: Int64) throws {
    let scene = try Scene("when: {balance_below: 10%}")
    try scene.balance("75000", used: "0", Scene.time(0, 1))
    // 75,000 are included and 5,000 topped up: the line is 8,000.
    try scene.balance("20000", used: "60000", Scene.time(9))
    let left = "8000.00000\(micros)"
    try scene.balance(left, used: micros == 0 ? "72000" : "71999.999999", Scene.time(10))
    #expect(try scene.states(Scene.time(10, 1)) == [micros == 0 ? .firing : .ok])
    #expect(try scene.look(Scene.time(10, 1)).rows[0].entry.threshold == ExactDecimal(8_000))
  }

  @Test("a budget, of everything and of a part", arguments: [0, 1])
  func budget(micros: Int64) throws {
    let scene = try Scene(
      "when: {budget: 1000, per: day, at: [50%]}",
      "when: {budget: 1000, per: day, at: [50%], operation: \"voice.*\"}",
      "when: {budget: 1000, per: month, at: [80%]}",
      "when: {budget: 1000, per: week, at: [80%]}"
    )
    // 28 November is a Saturday, of the week from the 23rd on.
    try scene.request("300", Scene.time(21, 23, 59))
    try scene.request("300", Scene.time(26))
    try scene.request(micros == 0 ? "500" : "499.999999", Scene.time(28, 1))
    let at = [AlertEntry.State.firing, .firing, .firing, .firing]
    let below = [AlertEntry.State.ok, .ok, .firing, .ok]
    #expect(try scene.states(Self.now) == (micros == 0 ? at : below))
    let other = try Scene("when: {budget: 1000, per: day, at: [50%], operation: \"voice.*\"}")
    try other.request("500", Scene.time(28, 1), path: "/appointments/bookings")
    #expect(try other.states(Self.now) == [.ok])
  }

  @Test("spending against the usual of that weekday and hour", arguments: [0, 1])
  func burnRate(micros: Int64) throws {
    let scene = try Scene(
      "when: {burn_rate_above: 3x, window: 1h}",
      "when: {burn_rate_above: 3x, window: 1h, and_window: 24h}"
    )
    try scene.request("1", Scene.time(-3))
    // The fourth week is seldom like the others.
    for (week, credits) in [(1, "90"), (2, "90"), (3, "90"), (4, "130")] {
      try scene.request(credits, Scene.time(28 - 7 * week, 11, 30))
      // Of the whole day three times as much is usual.
      try scene.request("200", Scene.time(28 - 7 * week, 9))
    }
    try scene.request("300.00000\(micros)", Scene.time(28, 11, 30))
    #expect(try scene.states(Self.now) == [micros == 0 ? .ok : .firing, .ok])
    try scene.request("600", Scene.time(28, 9))
    #expect(try scene.states(Scene.time(28, 12, 0, 1))[1] == (micros == 0 ? .ok : .firing))
  }

  @Test("an hour against the seven days before", arguments: [0, 1])
  func spike(micros: Int64) throws {
    let scene = try Scene("when: {spike_above: 4x}")
    try scene.request("1", Scene.time(1))
    try scene.request("840", Scene.time(24))
    try scene.request("840", Scene.time(27))
    // 10 an hour is the mean.
    try scene.request("40.00000\(micros)", Scene.time(28, 11, 1))
    #expect(try scene.states(Self.now) == [micros == 0 ? .ok : .firing])
  }

  @Test("requests that met 429", arguments: [0, 1])
  func rateLimited(fewer: Int) throws {
    let scene = try Scene("when: {rate_limited_above: 5%, window: 1h}")
    // Just outside of the window.
    try scene.request("0", Scene.time(28, 11), count: 50, status: 429)
    try scene.request("0", Scene.time(28, 11, 30), count: 95 - fewer)
    try scene.request("0", Scene.time(28, 11, 40), count: 5, status: 429)
    #expect(try scene.states(Self.now) == [fewer == 0 ? .ok : .firing])
  }

  @Test("what requests do not explain, and what they explain too much", arguments: [0, 1])
  func unexplained(micros: Int64) throws {
    for (exactly, beyond) in [("950", "949.999999"), ("1050", "1050.000001")] {
      let scene = try Scene("when: {unexplained_above: 5%, window: 7d}")
      try scene.balance("9000", used: "1000", Scene.time(25))
      try scene.request(micros == 0 ? exactly : beyond, Scene.time(26))
      try scene.balance("8000", used: "2000", Scene.time(27))
      #expect(try scene.states(Self.now) == [micros == 0 ? .ok : .firing])
    }
  }

  @Test("requests that have no price")
  func unpriced() throws {
    let scene = try Scene(
      "when: {unpriced_above: 0, window: 24h}",
      "when: {unpriced_above: 10%, window: 24h}"
    )
    try scene.request(nil, Scene.time(27, 12), path: "/nowhere")
    try scene.request("1", Scene.time(28, 9), count: 9)
    #expect(try scene.states(Self.now) == [.ok, .ok])
    try scene.request(nil, Scene.time(28, 10), path: "/nowhere")
    #expect(try scene.states(Scene.time(28, 12, 1)) == [.firing, .ok])
    try scene.request(nil, Scene.time(28, 11), path: "/nowhere")
    #expect(try scene.states(Scene.time(28, 12, 2)) == [.firing, .firing])
  }

  @Test("ages, to the microsecond")
  func ages() throws {
    let scene = try Scene(
      "when: {snapshot_older_than: 30m}",
      "when: {usage_older_than: 2h}"
    )
    try scene.balance("100", Scene.time(28, 11, 30))
    try scene.request("1", Scene.time(28, 10))
    #expect(try scene.states(Self.now) == [.ok, .ok])
    #expect(try scene.states(Scene.time(28, 12, micros: 1)) == [.firing, .firing])
  }

  @Test("a runway of so many days, to the midnight that it ends at")
  func runway() throws {
    let scene = try Scene("when: {runway_below: 7d, percentile: p50}")
    // Every day takes 100; the first one does not count, for records may begin within it.
    for day in 0...27 { try scene.request("100", Scene.time(day, 6)) }
    try scene.balance("700", Scene.time(27, 23))
    // It is used up within the day that begins six days from now.
    #expect(try scene.states(Scene.time(28)) == [.firing])
    #expect(try scene.value(Scene.time(28)) == "6")
    let more = try Scene("when: {runway_below: 7d, percentile: p50}")
    for day in 0...27 { try more.request("100", Scene.time(day, 6)) }
    try more.balance("701", Scene.time(27, 23))
    #expect(try more.value(Scene.time(28)) == "7")
    #expect(try more.states(Scene.time(28)) == [.ok])
    #expect(try more.states(Scene.time(28, 0, 0, 1)) == [.firing])
  }
}
