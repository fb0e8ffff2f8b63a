import CreditCore
import Foundation
import GRDB
import PriceBooks
import TestSupport
import UsageStore

@testable import Intake

/// Follows logs of a world, with waiting and dying under control.
final class FollowDriver {
  /// What is done to a database between two runs, to see that it is noticed.
  enum Sabotage: CaseIterable {
    case none
    /// Positions that are ahead of what is stored.
    case aheadOfItself
    /// Files told apart by their inode alone.
    case inodeOnly
  }

  private struct Killed: Error {}

  private static let shelf = Result { try BookShelf([]) }

  let folder: URL
  let world: LogWorld
  let paths: [String]
  var random: SeededRandom
  private(set) var notes: [String] = []
  /// What was done, for whoever has to find out why something went wrong.
  private(set) var story: [String] = []
  private var clock = 0
  private var isFirst = true
  private let sabotage: Sabotage
  private let turn: Int

  var database: String { folder.appending(path: "usage.db").path }

  init(seed: Int, sabotage: Sabotage = .none) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let memory = URL(filePath: "/dev/shm")
    let parent =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    folder = parent.appending(path: "follow-\(UUID().uuidString)")
    let logs = folder.appending(path: "logs")
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    world = LogWorld(logs, random.pick(LineStyle.allCases))
    paths = random.chance(0.3) ? [logs.path] : [world.path("access.log"), world.path("other.log")]
    turn = random.chance(0.3) ? 300 : 1 << 20
    self.random = random
    self.sabotage = sabotage
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  // MARK: Running

  /// Does what `next` says until it says nothing, over as many runs as it takes.
  func run(_ steps: Int) throws {
    var left = steps
    while left > 0 {
      try? spoil()
      let store = try UsageStore(path: database, .writing(holder: "test"))
      let options = IngestWorkflow.Options(now: Self.now)
      do {
        try IngestWorkflow.run(store, try Self.shelf.get(), options) { workflow in
          try follow(workflow, &left)
        }
        // Whoever ends cleanly has stored what was read, and no more.
      } catch is Killed { story.append("killed") }
      story.append("ended")
      world.wasLeft()
      try change(times: random.below(4))
    }
  }

  private static let now = Instant("2026-11-24T00:00:00Z") ?? Instant(microseconds: 0)

  private func follow(_ workflow: IngestWorkflow, _ left: inout Int) throws {
    let following = try FollowWorkflow(
      workflow,
      paths,
      pace: FollowPace(
        now: { Self.clockNow },
        milliseconds: { [unowned self] in clock },
        wait: { [unowned self] in clock += $0 },
        mustEnd: { false }
      ),
      turn: turn,
      say: { [unowned self] in
        notes.append($0)
        story.append($0)
      }
    )
    while left > 0 {
      left -= 1
      switch random.below(100) {
      case 0..<50: try change(times: 1)
      case 50..<85: try look(following)
      case 85..<90:
        clock += 6_000
        try look(following)
      case 90..<94:
        // What is read is not stored.
        let store = workflow.writer.beforeCommit
        story.append("look without commit")
        workflow.writer.beforeCommit = {
          try store()
          throw Killed()
        }
        _ = try following.look()
        workflow.writer.beforeCommit = store
      case 94..<97: throw Killed()
      default: return
      }
    }
  }

  private func look(_ following: FollowWorkflow) throws {
    for _ in 0..<10_000 {
      clock += 250
      if try !following.look() {
        story.append("looked: \(world.state)")
        defer { isFirst = false }
        return world.wasSeen(isFirst: isFirst && paths.count == 2)
      }
    }
    throw CocoaError(.featureUnsupported)
  }

  /// Reads what is left, and waits for the last lines of files that were rotated.
  func finish() throws {
    let store = try UsageStore(path: database, .writing(holder: "test"))
    try IngestWorkflow.run(store, try Self.shelf.get(), .init(now: Self.now)) { workflow in
      let following = try FollowWorkflow(
        workflow,
        paths,
        pace: FollowPace(
          now: { Self.clockNow },
          milliseconds: { [unowned self] in clock },
          wait: { _ in },
          mustEnd: { false }
        ),
        turn: turn,
        say: { [unowned self] in
          notes.append($0)
          story.append($0)
        }
      )
      for _ in 0..<4 {
        try look(following)
        clock += 6_000
      }
    }
    world.wasLeft()
  }

  /// Of the clock by which the system marks files.
  private static var clockNow: Instant {
    Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }

  // MARK: Changing

  private func change(times: Int) throws {
    for _ in 0..<times { try change() }
  }

  private func change() throws {
    let name = random.chance(0.75) ? "access.log" : "other.log"
    let rotated = world.files.keys.filter { $0.hasPrefix(name + ".") }.sorted()
    let before = world.state
    defer { if world.state != before { story.append("changed: \(world.state)") } }
    switch random.below(100) {
    case 0..<45: try world.appendLines(1 + random.below(4), to: name, &random)
    case 45..<53: try world.appendHalf(to: name, &random)
    case 53..<63: try world.complete(name)
    case 63..<74: try world.rotate(name, makesNew: random.chance(0.7))
    case 74..<78: try world.cut(name, copies: true, sameHead: random.chance(0.3))
    case 78..<82:
      try world.cut(name, copies: false, sameHead: random.chance(0.3))
      if random.chance(0.7) { try world.appendLines(1 + random.below(12), to: name, &random) }
    case 82..<86:
      world.delete(name)
      if random.chance(0.7) { try world.appendLines(1 + random.below(3), to: name, &random) }
    case 86..<92: if let old = rotated.last { try world.pack(old) }
    default: try world.complete(name + ".1")
    }
  }

  private func spoil() throws {
    guard sabotage != .none else { return }
    try DatabaseQueue(path: database).write { db in
      switch sabotage {
      case .none: break
      case .aheadOfItself: try db.execute(sql: "UPDATE followed SET position = position + 60")
      case .inodeOnly: try db.execute(sql: "UPDATE followed SET head_length = 0, tail_length = 0")
      }
    }
  }

  /// What differs from what must be; empty if all is well.
  func faults() throws -> [String] {
    try world.faults(in: database, notes)
  }
}
