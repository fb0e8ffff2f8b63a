import GRDB
import Testing

@testable import UsageStore

@Suite("A database is known for what the migrations made")
struct SchemaTests {
  private func made() throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    return queue
  }

  @Test("the digest is of what the migrations make")
  func digest() throws {
    let made = try made().read { try Schema.digest(try Schema.definitions($0)) }
    #expect(made == Schema.knownDigest)
  }

  @Test("what others put in is named, and what they took out")
  func difference() throws {
    let queue = try made()
    #expect(try queue.read { try Schema.difference($0) } == nil)
    try queue.write {
      try $0.execute(sql: "CREATE TRIGGER cheap AFTER INSERT ON books BEGIN SELECT 1; END")
    }
    #expect(try queue.read { try Schema.difference($0) } == "there is a trigger cheap")
    try queue.write { try $0.execute(sql: "DROP TRIGGER cheap; DROP TABLE passages") }
    #expect(try queue.read { try Schema.difference($0) } == "the table passages is missing")
  }
}
