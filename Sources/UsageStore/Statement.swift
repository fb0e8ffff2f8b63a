import CreditCore
import GRDBSQLite

/// A prepared statement of the bulk path, on GRDB's own connection.
///
/// GRDB's statements cost some 0.9 µs a row more, which a million rows feel.
final class Statement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  private let sql: String

  init(_ connection: OpaquePointer, _ sql: String) throws(EnvironmentFault) {
    (self.connection, self.sql) = (connection, sql)
    if let ready = StatementShelf.pick(sql, of: connection) {
      handle = ready
      return
    }
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection,
      sql,
      -1,
      UInt32(SQLITE_PREPARE_PERSISTENT),
      &handle,
      nil
    )
    guard code == SQLITE_OK, let handle else { throw databaseFault(connection) }
    self.handle = handle
  }

  deinit { StatementShelf.putBack(handle, sql, of: connection) }

  @inline(__always)
  func bind(_ place: Int32, _ value: Int64) { sqlite3_bind_int64(handle, place, value) }

  @inline(__always)
  func bind(_ place: Int32, _ value: Int64?) {
    if let value {
      sqlite3_bind_int64(handle, place, value)
    } else {
      sqlite3_bind_null(handle, place)
    }
  }

  /// Binds a text that stays where it is until the statement is reset.
  @inline(__always)
  func bind(_ place: Int32, text: Bytes) {
    guard let base = text.baseAddress else {
      sqlite3_bind_null(handle, place)
      return
    }
    base.withMemoryRebound(to: CChar.self, capacity: text.count) {
      _ = sqlite3_bind_text(handle, place, $0, Int32(text.count), nil)
    }
  }

  func bind(_ place: Int32, _ text: String?) {
    guard var text else {
      sqlite3_bind_null(handle, place)
      return
    }
    text.withUTF8 { text in
      // An empty text may have no address, and no address is NULL.
      if let base = text.baseAddress {
        base.withMemoryRebound(to: CChar.self, capacity: text.count) {
          _ = sqlite3_bind_text(handle, place, $0, Int32(text.count), transient)
        }
      } else {
        sqlite3_bind_text(handle, place, "", 0, nil)
      }
    }
  }

  /// Binds bytes that stay where they are until the statement is reset.
  func bind(_ place: Int32, blob: UnsafeRawBufferPointer) {
    sqlite3_bind_blob(handle, place, blob.baseAddress, Int32(blob.count), nil)
  }

  func bind(_ place: Int32, copyOf blob: [UInt8]) {
    sqlite3_bind_blob(handle, place, blob, Int32(blob.count), transient)
  }

  /// Goes to the next row; false behind the last.
  @inline(__always)
  func step() throws(EnvironmentFault) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw databaseFault(connection)
    }
  }

  /// Runs a statement that gives no rows, and makes it ready for the next time.
  @inline(__always)
  func run() throws(EnvironmentFault) {
    let code = sqlite3_step(handle)
    if code != SQLITE_DONE, code != SQLITE_ROW {
      let fault = databaseFault(connection)
      sqlite3_reset(handle)
      throw fault
    }
    sqlite3_reset(handle)
  }

  @inline(__always)
  func reset() { sqlite3_reset(handle) }

  @inline(__always)
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  /// The bytes of a text or blob; valid until the next step.
  func bytes(_ column: Int32) -> Bytes {
    guard let base = sqlite3_column_blob(handle, column) else { return .absent }
    let count = Int(sqlite3_column_bytes(handle, column))
    return Bytes(start: base.assumingMemoryBound(to: UInt8.self), count: count)
  }

  func text(_ column: Int32) -> String { bytes(column).text }

  /// The fault of what the database holds.
  func fault(_ what: String) -> EnvironmentFault { databaseFault(connection, what) }
}

private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// What the connection complains of, with the database's path.
func databaseFault(_ connection: OpaquePointer) -> EnvironmentFault {
  let message = String(cString: sqlite3_errmsg(connection))
  let reason = systemReason(sqlite3_system_errno(connection), sqlite3_extended_errcode(connection))
  return databaseFault(connection, message + (reason.map { " (\($0))" } ?? ""))
}

/// What is wrong with what the database holds, with its path.
func databaseFault(_ connection: OpaquePointer, _ what: String) -> EnvironmentFault {
  let path = sqlite3_db_filename(connection, nil).map { String(cString: $0) } ?? "the database"
  return EnvironmentFault("cannot use \(path): \(what)")
}
