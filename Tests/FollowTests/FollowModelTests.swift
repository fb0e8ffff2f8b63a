import Foundation
import Testing

@Suite("What is followed is stored once, whatever happens to the files")
struct FollowModelTests {
  @Test("500 stories of about 40 actions each", arguments: 0..<20)
  func stories(part: Int) throws {
    let only = ProcessInfo.processInfo.environment["FOLLOW_SEED"].flatMap { Int($0) }
    let shift = Int(ProcessInfo.processInfo.environment["FOLLOW_SHIFT"] ?? "") ?? 0
    for seed in (shift + part * 25)..<(shift + part * 25 + 25) where only ?? seed == seed {
      let driver = try FollowDriver(seed: seed)
      try driver.run(40)
      try driver.finish()
      let faults = try driver.faults()
      #expect(faults.isEmpty, "seed \(seed), \(driver.world.style): \(faults)")
      if only != nil { print(driver.paths, driver.story.joined(separator: "\n")) }
    }
  }

  @Test(
    "a database that says more was read than was, or tells files by inode alone, is noticed",
    arguments: [FollowDriver.Sabotage.aheadOfItself, .inodeOnly]
  )
  func control(sabotage: FollowDriver.Sabotage) throws {
    var caught = 0
    for seed in 0..<40 {
      let driver = try FollowDriver(seed: seed, sabotage: sabotage)
      try driver.run(40)
      try driver.finish()
      if try !driver.faults().isEmpty { caught += 1 }
    }
    #expect(caught > 0)
  }
}
