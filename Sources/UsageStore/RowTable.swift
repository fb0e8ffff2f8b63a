import CreditCore
import GRDBSQLite

/// Rows in memory as a table that SQL can read, so that one statement stores them all: nothing
/// is bound and no statement is started for each row.
final class RowTable {
  /// Tells SQLite a column of a row: the rows, the row, the column, and whom to tell.
  typealias Show = @convention(c) (UnsafeRawPointer, Int, Int32, OpaquePointer?) -> Void

  fileprivate struct Source {
    let declaration: StaticString
    let show: Show
    var rows: UnsafeRawPointer?
    var count = 0
  }

  /// Given back by SQLite, when the connection is closed or has another table of this name.
  private let source: UnsafeMutablePointer<Source>

  /// `declaration`: what would create such a table.
  init(
    _ connection: OpaquePointer,
    name: String,
    declaration: StaticString,
    show: Show
  ) throws(EnvironmentFault) {
    source = .allocate(capacity: 1)
    source.initialize(to: Source(declaration: declaration, show: show))
    let code = sqlite3_create_module_v2(connection, name, rowModule, source) { source in
      source?.assumingMemoryBound(to: Source.self).deallocate()
    }
    if code != SQLITE_OK { throw databaseFault(connection) }
  }

  /// Runs `body` while the table has rows.
  func show(
    _ rows: UnsafeRawPointer,
    count: Int,
    _ body: () throws(EnvironmentFault) -> Void
  ) throws(EnvironmentFault) {
    (source.pointee.rows, source.pointee.count) = (rows, count)
    defer { (source.pointee.rows, source.pointee.count) = (nil, 0) }
    try body()
  }
}

// SQLite calls these functions; a table and a cursor are what it passes around, each with the
// address of the source behind SQLite's own fields.

private struct Table {
  var base: sqlite3_vtab
  let source: UnsafeMutablePointer<RowTable.Source>
}

private struct Cursor {
  var base: sqlite3_vtab_cursor
  let source: UnsafeMutablePointer<RowTable.Source>
  var row = 0
}

/// Made once: connections refer to it as long as they are open.
nonisolated(unsafe) private let rowModule: UnsafePointer<sqlite3_module> = {
  var module = sqlite3_module()
  module.iVersion = 1
  module.xConnect = { connection, source, _, _, table, _ in
    guard let source = source?.assumingMemoryBound(to: RowTable.Source.self) else {
      return SQLITE_ERROR
    }
    let declaration = UnsafeRawPointer(source.pointee.declaration.utf8Start)
    let code = sqlite3_declare_vtab(
      connection,
      declaration.assumingMemoryBound(to: CChar.self)
    )
    if code != SQLITE_OK { return code }
    let made = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    made.initialize(to: Table(base: sqlite3_vtab(), source: source))
    table?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }
  module.xBestIndex = { _, info in
    info?.pointee.estimatedCost = 1
    return SQLITE_OK
  }
  module.xDisconnect = { table in
    UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: Table.self).deallocate()
    return SQLITE_OK
  }
  module.xOpen = { table, cursor in
    guard let table = UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: Table.self) else {
      return SQLITE_ERROR
    }
    let made = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
    made.initialize(to: Cursor(base: sqlite3_vtab_cursor(), source: table.pointee.source))
    cursor?.pointee = UnsafeMutableRawPointer(made)
      .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }
  module.xClose = { cursor in
    at(cursor)?.deallocate()
    return SQLITE_OK
  }
  module.xFilter = { cursor, _, _, _, _ in
    at(cursor)?.pointee.row = 0
    return SQLITE_OK
  }
  module.xNext = { cursor in
    at(cursor)?.pointee.row += 1
    return SQLITE_OK
  }
  module.xEof = { cursor in
    guard let cursor = at(cursor) else { return 1 }
    return cursor.pointee.row < cursor.pointee.source.pointee.count ? 0 : 1
  }
  module.xRowid = { cursor, id in
    id?.pointee = Int64(at(cursor)?.pointee.row ?? 0)
    return SQLITE_OK
  }
  module.xColumn = { cursor, context, column in
    if let cursor = at(cursor), let rows = cursor.pointee.source.pointee.rows {
      cursor.pointee.source.pointee.show(rows, cursor.pointee.row, column, context)
    }
    return SQLITE_OK
  }
  let memory = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
  memory.initialize(to: module)
  return UnsafePointer(memory)
}()

@inline(__always)
private func at(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<
  Cursor
>? {
  UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
}
