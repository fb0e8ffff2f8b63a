import Foundation
import GRDB
import TestSupport
import Testing

@Suite("The command is killed again and again")
struct KilledTests {
  @Test("every line is stored once, by whichever run", arguments: 1...4)
  func killed(seed: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let logs = folder.appending(path: "logs")
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var random = SeededRandom(seed: UInt64(seed))
    let world = LogWorld(logs, LineStyle.allCases[seed % LineStyle.allCases.count])
    let database = folder.appending(path: "usage.db").path
    let arguments =
      ["ingest", "--follow", "--database", database]
      + (seed % 2 == 0 ? [logs.path] : [world.path("access.log"), world.path("other.log")])
    try world.appendLines(1, to: "access.log", &random)
    for run in 0..<6 {
      let process = try start(arguments)
      // What is rotated before anybody looks is not followed.
      if run == 0 { #expect(eventually { (try? Self.followed(database)) ?? 0 > 0 }) }
      for _ in 0..<(3 + random.below(10)) {
        try change(world, &random)
        usleep(UInt32(random.below(150_000)))
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let process = try start(arguments)
    #expect(eventually { (try? world.faults(in: database, []).isEmpty) ?? false })
    process.terminate()
    process.waitUntilExit()
    // The signal may come before anything is followed.
    let isEnded = process.terminationReason == .exit && process.terminationStatus == 0
    #expect(isEnded || process.terminationStatus == SIGTERM)
    let faults = try world.faults(in: database, [])
    #expect(faults.isEmpty, "\(world.style): \(faults)")
  }

  /// Nothing by which lines are lost that nobody read.
  private func change(_ world: LogWorld, _ random: inout SeededRandom) throws {
    let name = random.chance(0.7) ? "access.log" : "other.log"
    switch random.below(10) {
    case 0..<5: try world.appendLines(1 + random.below(400), to: name, &random)
    case 5: try world.appendHalf(to: name, &random)
    case 6: try world.complete(name)
    case 7, 8: try world.rotate(name, makesNew: random.chance(0.7))
    default: try world.cut(name, copies: true, sameHead: false)
    }
  }

  private func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "creditmeter")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func followed(_ database: String) throws -> Int {
    try reading(database).read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM followed") ?? 0
    }
  }

  private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<6_000 {
      if condition() { return true }
      usleep(50_000)
    }
    return false
  }
}
