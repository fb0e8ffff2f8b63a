import Foundation
import GRDB
import Testing

@testable import UsageStore

@Suite("Queries take no longer than they may")
struct QueryTimeTests {
  private static func count(_ store: UsageStore, to end: Int) throws -> Int? {
    try store.pool.read { db in
      try Int.fetchOne(
        db,
        sql: """
          WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT \(end))
          SELECT count(*) FROM numbers
          """
      )
    }
  }

  @Test("one that goes on is ended; what follows it is not")
  func limit() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try UsageStore(
      path: folder.appending(path: "usage.db").path,
      .writing(holder: "a test")
    )
    #expect(throws: QueryTime.Exceeded.self) {
      try QueryTime.limited(to: .milliseconds(20)) { try Self.count(store, to: .max) }
    }
    let more = 300_000
    #expect(try QueryTime.limited(to: .seconds(600)) { try Self.count(store, to: more) } == more)
    // Without a limit the clock is not looked at.
    #expect(try Self.count(store, to: more) == more)
    #expect(throws: Unrelated.self) {
      try QueryTime.limited(to: .zero) { throw Unrelated() }
    }
  }

  private struct Unrelated: Error {}
}
