import CreditCore
import GRDBSQLite
import Synchronization

/// A connection for looks at single rows, again and again, by many.
///
/// To borrow one of GRDB's connections costs some 50 µs, many times what such a look does.
final class QuickReader: Sendable {
  private let turn = Mutex(())
  // Both only within a turn.
  nonisolated(unsafe) private let connection: OpaquePointer
  nonisolated(unsafe) private var statements: [String: Statement] = [:]

  /// Opens a database that is there.
  init(_ path: String) throws(EnvironmentFault) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard let opened else { throw EnvironmentFault("cannot use \(path): out of memory") }
    guard code == SQLITE_OK else {
      let fault = databaseFault(opened)
      sqlite3_close_v2(opened)
      throw fault
    }
    connection = opened
    sqlite3_busy_timeout(opened, 5_000)
  }

  deinit {
    statements = [:]
    sqlite3_close_v2(connection)
  }

  /// Hands the first row of a question to `body`; nil where there is none.
  ///
  /// `bind` gives the question its values.
  func first<Result>(
    _ sql: String,
    _ bind: (Statement) -> Void = { _ in },
    _ body: (Statement) -> Result
  ) throws(EnvironmentFault) -> Result? {
    try turn.withLock { _ throws(EnvironmentFault) in
      let statement: Statement
      if let known = statements[sql] {
        statement = known
      } else {
        statement = try Statement(connection, sql)
        statements[sql] = statement
      }
      defer { statement.reset() }
      bind(statement)
      return try statement.step() ? body(statement) : nil
    }
  }
}
