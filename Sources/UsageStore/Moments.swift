import CreditCore
import GRDB

// Questions that see the database as it is at one moment.
extension UsageStore {
  /// What all questions of a piece of work see; only the thread that began it asks.
  private struct Moment: @unchecked Sendable {
    let store: UsageStore
    let db: Database
    /// Commits that were counted before it.
    let changes: Int
  }

  @TaskLocal private static var begun: Moment?

  private var moment: Moment? {
    guard let begun = Self.begun, begun.store === self else { return nil }
    return begun
  }

  /// How often requests or balances were stored since it was opened; within ``atOneMoment(_:)``,
  /// how often before.
  public var changes: Int { moment?.changes ?? dayChanges.count }

  /// Has all that `body` asks see the database as it is now, whatever is stored meanwhile.
  ///
  /// Throws ``EnvironmentFault`` where the database cannot be read, and what `body` throws.
  public func atOneMoment<Result>(_ body: () throws -> Result) throws -> Result {
    let changes = changes
    return try read { db in
      try Self.$begun.withValue(Moment(store: self, db: db, changes: changes), operation: body)
    }
  }

  /// Runs `body` on the database as it is at one moment.
  func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try naming(path) {
      if let moment { return try body(moment.db) }
      return try pool.read(body)
    }
  }

  /// The same for questions that GRDB has no part in.
  func reading<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    try read { db in
      guard let connection = db.sqliteConnection else {
        throw EnvironmentFault("cannot use \(path): it is closed")
      }
      return try body(connection)
    }
  }
}
