import CreditCore
import GRDBSQLite

/// The accepted rows of a batch as a table that SQL can read, so that one statement stores them
/// all: nothing is bound and no statement is started for each row.
final class BatchTable {
  private static let name = "batch"
  private static let declaration = """
    CREATE TABLE batch (
      id INTEGER, identity INTEGER, microsecond INTEGER, series INTEGER, quantity INTEGER,
      credits INTEGER, arguments TEXT
    )
    """

  private let insert: Statement
  private let source: BatchSource

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    source = BatchSource()
    // SQLite shows the table until the connection is closed, and then gives the source back.
    let code = sqlite3_create_module_v2(
      connection,
      Self.name,
      batchModule,
      Unmanaged.passRetained(source).toOpaque(),
      { source in source.map { Unmanaged<BatchSource>.fromOpaque($0).release() } }
    )
    if code != SQLITE_OK { throw databaseFault(connection) }
    insert = try Statement(
      connection,
      """
      INSERT INTO charges
      SELECT id, identity, microsecond, series, quantity, credits, arguments, ? FROM batch
      """
    )
  }

  /// Stores rows, in the order given.
  func store(
    _ batch: ImportBatch,
    _ accepted: [Int32],
    importID: Int64
  ) throws(EnvironmentFault) {
    if accepted.isEmpty { return }
    source.batch = batch
    source.accepted = accepted
    defer {
      source.batch = nil
      source.accepted = []
    }
    insert.bind(1, importID)
    try insert.run()
  }

  /// The columns of a row, for SQLite.
  static let declarationText = declaration
}

/// What the table shows while a statement reads it.
final class BatchSource {
  var batch: ImportBatch?
  var accepted: [Int32] = []
}

// SQLite calls these functions; a table and a cursor are what it passes around, each with a
// reference to the source behind SQLite's own fields.

private struct TableHandle {
  var base: sqlite3_vtab
  var source: Unmanaged<BatchSource>
}

private struct CursorHandle {
  var base: sqlite3_vtab_cursor
  var source: Unmanaged<BatchSource>
  var row: Int
  var count: Int
}

/// For as long as the process runs: connections use it until they are closed.
private nonisolated(unsafe) let batchModule = {
  var module = sqlite3_module()
  module.iVersion = 1
  module.xConnect = { connection, auxiliary, _, _, table, _ in
    let code = sqlite3_declare_vtab(connection, BatchTable.declarationText)
    guard code == SQLITE_OK, let auxiliary else { return code }
    let handle = UnsafeMutablePointer<TableHandle>.allocate(capacity: 1)
    handle.initialize(
      to: TableHandle(base: sqlite3_vtab(), source: .fromOpaque(auxiliary))
    )
    table?.pointee = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }
  module.xBestIndex = { _, info in
    info?.pointee.estimatedCost = 1
    return SQLITE_OK
  }
  module.xDisconnect = { table in
    UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: TableHandle.self).deallocate()
    return SQLITE_OK
  }
  module.xOpen = { table, cursor in
    guard let table else { return SQLITE_ERROR }
    let source = UnsafeMutableRawPointer(table).assumingMemoryBound(to: TableHandle.self)
      .pointee.source
    let handle = UnsafeMutablePointer<CursorHandle>.allocate(capacity: 1)
    handle.initialize(
      to: CursorHandle(base: sqlite3_vtab_cursor(), source: source, row: 0, count: 0)
    )
    cursor?.pointee = UnsafeMutableRawPointer(handle)
      .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }
  module.xClose = { cursor in
    UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: CursorHandle.self).deallocate()
    return SQLITE_OK
  }
  module.xFilter = { cursor, _, _, _, _ in
    withCursor(cursor) { handle in
      handle.pointee.row = 0
      handle.pointee.count = handle.pointee.source.takeUnretainedValue().accepted.count
    }
    return SQLITE_OK
  }
  module.xNext = { cursor in
    withCursor(cursor) { $0.pointee.row += 1 }
    return SQLITE_OK
  }
  module.xEof = { cursor in
    var isAtEnd: Int32 = 1
    withCursor(cursor) { isAtEnd = $0.pointee.row >= $0.pointee.count ? 1 : 0 }
    return isAtEnd
  }
  module.xRowid = { cursor, id in
    withCursor(cursor) { id?.pointee = Int64($0.pointee.row) }
    return SQLITE_OK
  }
  module.xColumn = { cursor, context, column in
    withCursor(cursor) { handle in
      handle.pointee.source._withUnsafeGuaranteedRef {
        $0.show(handle.pointee.row, column, context)
      }
    }
    return SQLITE_OK
  }
  let lasting = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
  lasting.initialize(to: module)
  return UnsafePointer(lasting)
}()

@inline(__always)
private func withCursor(
  _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
  _ body: (UnsafeMutablePointer<CursorHandle>) -> Void
) {
  guard let cursor else { return }
  body(UnsafeMutableRawPointer(cursor).assumingMemoryBound(to: CursorHandle.self))
}

extension BatchSource {
  @inline(__always)
  fileprivate func show(_ place: Int, _ column: Int32, _ context: OpaquePointer?) {
    guard let batch else { return }
    batch.withRow(accepted[place]) { row in
      switch column {
      case 0: sqlite3_result_int64(context, row.key)
      case 1: sqlite3_result_int64(context, Int64(bitPattern: row.request.identity))
      case 2: sqlite3_result_int64(context, Int64(row.microsecond))
      case 3: sqlite3_result_int64(context, Int64(row.request.series))
      case 4:
        if let quantity = row.request.quantity { sqlite3_result_int64(context, quantity) }
      case 5:
        if let credits = row.request.credits { sqlite3_result_int64(context, credits) }
      default:
        let text = batch.bytes(row.arguments)
        guard let base = text.baseAddress else { return }
        base.withMemoryRebound(to: CChar.self, capacity: text.count) {
          sqlite3_result_text(context, $0, Int32(text.count), nil)
        }
      }
    }
  }
}
