import CreditCore
import GRDBSQLite

/// Goes through rows that are stored many together, for SQL to read them as a table.
protocol TableWalk: AnyObject {
  /// What cannot be read, once a step has failed for it.
  var damage: String? { get }
  var isAtEnd: Bool { get }
  /// Of the row at hand.
  var rowID: Int64 { get }

  /// Goes to the first row whose first column lies in a span, or the last one; nil is none.
  func start(_ span: ClosedRange<Int64>?, isFalling: Bool) throws(EnvironmentFault)
  /// Goes to the next row; only where one is at hand.
  func advance() throws(EnvironmentFault)
  /// Hands a column of the row at hand to SQLite.
  func show(_ column: Int32, _ context: OpaquePointer?)
}

/// A table that SQL can read, of rows that are stored otherwise.
///
/// A span of its first column, and their order, cost no more than what the span is stored in.
struct WalkedTable: Sendable {
  /// In which order a walk gives rows.
  enum Order {
    /// Of the first column, which is the row's id, and the other way round where that is asked for.
    case ids
    /// Of so many columns.
    case columns(Int)
  }

  let name: String
  /// What would create such a table.
  let declaration: String
  let order: Order
  let walk: @Sendable (OpaquePointer) -> any TableWalk

  /// Makes the tables known to a connection, which sees what is in the database.
  static func register(_ connection: OpaquePointer) throws(EnvironmentFault) {
    for table in [charges, dailyRollups] {
      let source = UnsafeMutablePointer<WalkedTable>.allocate(capacity: 1)
      source.initialize(to: table)
      let code = sqlite3_create_module_v2(connection, table.name, walkModule, source) { source in
        source?.assumingMemoryBound(to: WalkedTable.self).deinitialize(count: 1).deallocate()
      }
      if code != SQLITE_OK { throw databaseFault(connection) }
    }
  }

  /// What of the first column is asked for, as SQLite hands it from the plan to its execution.
  fileprivate struct Plan: OptionSet {
    let rawValue: Int32

    static let from = Plan(rawValue: 1)
    static let through = Plan(rawValue: 2)
    static let falling = Plan(rawValue: 4)
    /// One value, rather than a span.
    static let single = Plan(rawValue: 8)
  }

  private var isByID: Bool { if case .ids = order { true } else { false } }

  /// Finds out which rows a statement asks for, and in what order.
  fileprivate func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>) {
    var (plan, from, through) = (Plan(), Int?.none, Int?.none)
    for place in 0..<Int(info.pointee.nConstraint) {
      let constraint = info.pointee.aConstraint[place]
      if constraint.usable == 0 || !isFirst(constraint.iColumn) { continue }
      switch Int32(constraint.op) {
      case SQLITE_INDEX_CONSTRAINT_EQ:
        (plan, from, through) = ([.single], place, nil)
      case SQLITE_INDEX_CONSTRAINT_GE, SQLITE_INDEX_CONSTRAINT_GT:
        if !plan.contains(.single), from == nil { from = place }
      case SQLITE_INDEX_CONSTRAINT_LE, SQLITE_INDEX_CONSTRAINT_LT:
        if !plan.contains(.single), through == nil { through = place }
      default: break
      }
    }
    var argument: Int32 = 0
    for (place, option) in [(from, Plan.from), (through, .through)] {
      guard let place else { continue }
      argument += 1
      info.pointee.aConstraintUsage[place].argvIndex = argument
      // SQLite looks at the others again, for the end of a span may not belong to it.
      let kind = Int32(info.pointee.aConstraint[place].op)
      let isExact = kind == SQLITE_INDEX_CONSTRAINT_GE || kind == SQLITE_INDEX_CONSTRAINT_LE
      info.pointee.aConstraintUsage[place].omit = isExact ? 1 : 0
      if !plan.contains(.single) { plan.insert(option) }
    }
    takeOrder(info, &plan)
    let isUnique = plan.contains(.single) && isByID
    let rows: Int64 = isUnique ? 1 : 1 << Int64(20 - 2 * argument)
    info.pointee.estimatedRows = rows
    info.pointee.estimatedCost = Double(max(rows, 50))
    if isUnique { info.pointee.idxFlags = SQLITE_INDEX_SCAN_UNIQUE }
    info.pointee.idxNum = plan.rawValue
  }

  /// Tells SQLite where it need not sort.
  private func takeOrder(_ info: UnsafeMutablePointer<sqlite3_index_info>, _ plan: inout Plan) {
    let terms = UnsafeBufferPointer(start: info.pointee.aOrderBy, count: Int(info.pointee.nOrderBy))
    switch order {
    case .ids:
      guard terms.count == 1, let term = terms.first, isFirst(term.iColumn) else { return }
      if term.desc != 0 { plan.insert(.falling) }
    case .columns(let count):
      guard terms.count <= count,
        terms.enumerated().allSatisfy({ Int($1.iColumn) == $0 && $1.desc == 0 })
      else { return }
    }
    info.pointee.orderByConsumed = 1
  }

  private func isFirst(_ column: Int32) -> Bool { column == 0 || column < 0 && isByID }

  /// What the first column is between by the arguments of a plan; nil where there can be none.
  fileprivate static func span(
    _ plan: Plan,
    _ arguments: UnsafeMutableBufferPointer<OpaquePointer?>
  ) -> ClosedRange<Int64>? {
    if arguments.contains(where: { sqlite3_value_type($0) == SQLITE_NULL }) { return nil }
    guard let first = arguments.first, let last = arguments.last else { return .min ... .max }
    let from = plan.isDisjoint(with: [.from, .single]) ? .min : sqlite3_value_int64(first)
    let to = plan.isDisjoint(with: [.through, .single]) ? .max : sqlite3_value_int64(last)
    return from <= to ? from...to : nil
  }
}

// SQLite calls these functions; a table and a cursor are what it passes around.

private struct Table {
  var base: sqlite3_vtab
  let connection: OpaquePointer
  let source: UnsafePointer<WalkedTable>
}

private struct Cursor {
  var base: sqlite3_vtab_cursor
  let connection: OpaquePointer
  let walk: any TableWalk
}

/// Made once: connections refer to it as long as they are open.
nonisolated(unsafe) private let walkModule: UnsafePointer<sqlite3_module> = {
  var module = sqlite3_module()
  module.iVersion = 1
  module.xConnect = { connection, source, _, _, table, _ in
    guard let connection, let source = source?.assumingMemoryBound(to: WalkedTable.self) else {
      return SQLITE_ERROR
    }
    let code = sqlite3_declare_vtab(connection, source.pointee.declaration)
    if code != SQLITE_OK { return code }
    let made = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    made.initialize(to: Table(base: sqlite3_vtab(), connection: connection, source: source))
    table?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }
  module.xBestIndex = { table, info in
    if let info, let table = made(table) { table.pointee.source.pointee.plan(info) }
    return SQLITE_OK
  }
  module.xDisconnect = { table in
    made(table)?.deallocate()
    return SQLITE_OK
  }
  module.xOpen = { table, cursor in
    guard let table = made(table)?.pointee else { return SQLITE_ERROR }
    let made = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
    made.initialize(
      to: Cursor(
        base: sqlite3_vtab_cursor(),
        connection: table.connection,
        walk: table.source.pointee.walk(table.connection)
      )
    )
    cursor?.pointee = UnsafeMutableRawPointer(made)
      .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }
  module.xClose = { cursor in
    at(cursor)?.deinitialize(count: 1).deallocate()
    return SQLITE_OK
  }
  module.xFilter = { cursor, plan, _, count, arguments in
    let plan = WalkedTable.Plan(rawValue: plan)
    let arguments = UnsafeMutableBufferPointer(start: arguments, count: Int(count))
    let span = WalkedTable.span(plan, arguments)
    return answered(cursor) { (walk) throws(EnvironmentFault) in
      try walk.start(span, isFalling: plan.contains(.falling))
    }
  }
  module.xNext = { cursor in
    answered(cursor) { (walk) throws(EnvironmentFault) in try walk.advance() }
  }
  module.xEof = { cursor in at(cursor)?.pointee.walk.isAtEnd == false ? 0 : 1 }
  module.xRowid = { cursor, id in
    id?.pointee = at(cursor)?.pointee.walk.rowID ?? 0
    return SQLITE_OK
  }
  module.xColumn = { cursor, context, column in
    at(cursor)?.pointee.walk.show(column, context)
    return SQLITE_OK
  }
  let memory = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
  memory.initialize(to: module)
  return UnsafePointer(memory)
}()

private func made(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> UnsafeMutablePointer<Table>? {
  UnsafeMutableRawPointer(table)?.assumingMemoryBound(to: Table.self)
}

@inline(__always)
private func at(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<
  Cursor
>? {
  UnsafeMutableRawPointer(cursor)?.assumingMemoryBound(to: Cursor.self)
}

/// Tells SQLite how a step of a walk went, and what was wrong.
@inline(__always)
private func answered(
  _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
  _ step: (any TableWalk) throws(EnvironmentFault) -> Void
) -> Int32 {
  guard let cursor = at(cursor) else { return SQLITE_ERROR }
  do throws(EnvironmentFault) {
    try step(cursor.pointee.walk)
    return SQLITE_OK
  } catch {
    guard let damage = cursor.pointee.walk.damage else {
      return sqlite3_errcode(cursor.pointee.connection)
    }
    let message = Array(damage.utf8CString)
    let memory = sqlite3_malloc(Int32(message.count))?.assumingMemoryBound(to: CChar.self)
    memory?.initialize(from: message, count: message.count)
    sqlite3_free(cursor.pointee.base.pVtab.pointee.zErrMsg)
    cursor.pointee.base.pVtab.pointee.zErrMsg = memory
    return SQLITE_CORRUPT
  }
}
