import Testing

@Suite("Weeks of trouble: nothing is lost, repeated or overtaken")
struct SimulationTests {
  private static let seeds = 2_000

  @Test("a thousand weeks", arguments: 0..<4)
  func weeks(part: Int) {
    var (fired, duplicates) = (0, 0)
    for seed in 0..<Self.seeds where seed % 4 == part {
      var world = AlertWorld(seed: UInt64(seed), flaw: nil)
      world.run()
      if !world.faults.isEmpty {
        Issue.record("seed \(seed): \(world.faults.prefix(3).joined(separator: "; "))")
        return
      }
      fired += world.fired
      duplicates += world.duplicates
    }
    // Weeks in which nothing happens would prove nothing.
    #expect(fired > Self.seeds / 4)
    #expect(duplicates > 10)
  }

  @Test("a world with a flaw is found out", arguments: AlertWorld.Flaw.allCases)
  func control(flaw: AlertWorld.Flaw) {
    let found = (0..<60).contains { seed in
      var world = AlertWorld(seed: UInt64(seed), flaw: flaw)
      world.run()
      return !world.faults.isEmpty
    }
    #expect(found, "\(flaw) was not seen")
  }
}
