import TestSupport
import Testing

@Suite("Days of trouble with a database that is killed, restored and opened again")
struct StoredSimulationTests {
  private static let seeds = 60

  @Test("sixty times two days", arguments: 0..<2)
  func days(part: Int) throws {
    var (fired, kills, late, duplicates) = (0, 0, 0, 0)
    for seed in 0..<Self.seeds where seed % 2 == part {
      let world = try StoredAlertWorld(seed: UInt64(seed), flaw: nil)
      try world.run()
      if !world.faults.isEmpty {
        Issue.record("seed \(seed): \(world.faults.prefix(3).joined(separator: "; "))")
        return
      }
      fired += world.fired
      kills += world.kills
      late += world.late
      duplicates += world.duplicates
    }
    #expect(fired > Self.seeds)
    #expect(kills > Self.seeds / 4)
    #expect(late > Self.seeds)
    #expect(duplicates > 0)
  }

  @Test("a database with a flaw is found out", arguments: StoredAlertWorld.Flaw.allCases)
  func control(flaw: StoredAlertWorld.Flaw) throws {
    let found = try (0..<12).contains { seed in
      let world = try StoredAlertWorld(seed: UInt64(seed), flaw: flaw)
      try world.run()
      return !world.faults.isEmpty
    }
    #expect(found, "\(flaw) was not seen")
  }
}
