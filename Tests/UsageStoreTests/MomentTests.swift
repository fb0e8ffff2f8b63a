import CreditCore
import Foundation
import TestSupport
import Testing

@testable import UsageStore

@Suite("What is asked at one moment")
struct MomentTests {
  /// A store with some snapshots, in a folder that is gone afterwards.
  private static func inStore(_ body: (UsageStore, String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "usage.db").path
    let store = try UsageStore(path: path, .writing(holder: "a test"))
    try add(1, to: store)
    try body(store, path)
  }

  private static func add(_ balance: Int64, to store: UsageStore) throws {
    let snapshot = Snapshot(
      org: "acme",
      at: Instant(microseconds: balance * 1_000_000),
      balance: Credits(micros: balance)
    )
    let description = ImportDescription(file: "", source: "test", started: snapshot.at)
    try store.importing(description) { writer in
      _ = try writer.add(snapshot, org: "acme", source: "test")
    }
  }

  private static func latest(_ store: UsageStore) throws -> Int64? {
    try store.latestSnapshot(of: "acme", by: Instant(microseconds: .max))?.balance?.micros
  }

  @Test("sees nothing that was stored since, and counts no commits of it")
  func isOfOneMoment() throws {
    try Self.inStore { store, _ in
      let changes = store.changes
      try store.atOneMoment {
        #expect(try Self.latest(store) == 1)
        try Self.add(2, to: store)
        #expect(try Self.latest(store) == 1)
        #expect(store.changes == changes)
        #expect(try store.atOneMoment { try Self.latest(store) } == 1)
        try store.reading { connection in
          let count = try Statement(connection, "SELECT count(*) FROM snapshots")
          #expect(try count.step())
          #expect(count.integer(0) == 1)
        }
      }
      #expect(try Self.latest(store) == 2)
      #expect(store.changes > changes)
    }
  }

  @Test("of one store is not that of another")
  func isOfOneStore() throws {
    try Self.inStore { one, _ in
      try Self.inStore { other, _ in
        try one.atOneMoment {
          try Self.add(2, to: other)
          #expect(try Self.latest(other) == 2)
          #expect(try Self.latest(one) == 1)
        }
      }
    }
  }

  private struct Unrelated: Error {}

  @Test("ends with what is thrown")
  func ends() throws {
    try Self.inStore { store, _ in
      #expect(throws: Unrelated.self) { try store.atOneMoment { throw Unrelated() } }
      try Self.add(2, to: store)
      #expect(try Self.latest(store) == 2)
    }
  }
}
