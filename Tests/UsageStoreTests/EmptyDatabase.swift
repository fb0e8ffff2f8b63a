import GRDB
import Testing

@testable import UsageStore

/// Runs `body` on an empty database, made up to a migration.
func inDatabase(
  upTo migration: String? = nil,
  _ body: (Database, OpaquePointer) throws -> Void
) throws {
  let queue = try DatabaseQueue()
  if let migration {
    try Schema.migrator.migrate(queue, upTo: migration)
  } else {
    try Schema.migrator.migrate(queue)
  }
  // No transaction could be committed once a damaged block was read.
  try queue.writeWithoutTransaction { db in
    let connection = try #require(db.sqliteConnection)
    try WalkedTable.register(connection)
    try body(db, connection)
  }
}
