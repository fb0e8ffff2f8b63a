import CreditCore
import GRDBSQLite

/// `charges`, as a table that SQL can read: the charges of all blocks, by their ids.
///
///     CREATE TABLE charges (
///       id INTEGER PRIMARY KEY, identity INTEGER, microsecond INTEGER, series INTEGER,
///       quantity INTEGER, credits INTEGER, import INTEGER, arguments TEXT
///     )
///
/// A span of ids, and their order, cost no more than the blocks that they are in.
enum ChargeTable {
  /// Makes the table known to a connection, which sees what is in the database.
  static func register(_ connection: OpaquePointer) throws(EnvironmentFault) {
    let code = sqlite3_create_module_v2(connection, "charges", chargeModule, nil, nil)
    if code != SQLITE_OK { throw databaseFault(connection) }
  }

  fileprivate static let declaration = """
    CREATE TABLE charges (
      id INTEGER, identity INTEGER, microsecond INTEGER, series INTEGER, quantity INTEGER,
      credits INTEGER, import INTEGER, arguments TEXT
    )
    """

  /// What of the ids is asked for, as SQLite hands it from the plan to its execution.
  fileprivate struct Plan: OptionSet {
    let rawValue: Int32

    static let from = Plan(rawValue: 1)
    static let through = Plan(rawValue: 2)
    static let falling = Plan(rawValue: 4)
    /// One id, rather than a span.
    static let single = Plan(rawValue: 8)
  }

  /// Finds out which ids a statement asks for, and in what order.
  fileprivate static func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>) {
    var (plan, from, through) = (Plan(), Int?.none, Int?.none)
    for place in 0..<Int(info.pointee.nConstraint) {
      let constraint = info.pointee.aConstraint[place]
      if constraint.usable == 0 || constraint.iColumn > 0 { continue }
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
    if info.pointee.nOrderBy == 1, let order = info.pointee.aOrderBy?[0], order.iColumn <= 0 {
      info.pointee.orderByConsumed = 1
      if order.desc != 0 { plan.insert(.falling) }
    }
    let rows: Int64 = plan.contains(.single) ? 1 : 1 << Int64(20 - 2 * argument)
    info.pointee.estimatedRows = rows
    info.pointee.estimatedCost = Double(max(rows, 50))
    if plan.contains(.single) { info.pointee.idxFlags = SQLITE_INDEX_SCAN_UNIQUE }
    info.pointee.idxNum = plan.rawValue
  }

  /// The ids between the arguments of a plan; nil where there can be none.
  fileprivate static func ids(
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

extension ChargeWalk {
  /// Hands a column of the charge at hand to SQLite.
  @inline(__always)
  fileprivate func show(_ column: Int32, _ context: OpaquePointer?) {
    switch column {
    case 0: sqlite3_result_int64(context, row.pointee.id)
    case 1: sqlite3_result_int64(context, Int64(bitPattern: row.pointee.identity))
    case 2: sqlite3_result_int64(context, row.pointee.microsecond)
    case 3: sqlite3_result_int64(context, row.pointee.series)
    case 4: if let quantity = row.pointee.quantity { sqlite3_result_int64(context, quantity) }
    case 5: if let credits = row.pointee.credits { sqlite3_result_int64(context, credits) }
    case 6: sqlite3_result_int64(context, row.pointee.importID)
    default:
      let text = arguments
      guard let base = text.baseAddress else { return }
      base.withMemoryRebound(to: CChar.self, capacity: text.count) {
        sqlite3_result_text(context, $0, Int32(text.count), nil)
      }
    }
  }
}

// SQLite calls these functions; a table and a cursor are what it passes around.

private struct Table {
  var base: sqlite3_vtab
  let connection: OpaquePointer
}

private struct Cursor {
  var base: sqlite3_vtab_cursor
  let walk: ChargeWalk
}

/// Made once: connections refer to it as long as they are open.
nonisolated(unsafe) private let chargeModule: UnsafePointer<sqlite3_module> = {
  var module = sqlite3_module()
  module.iVersion = 1
  module.xConnect = { connection, _, _, _, table, _ in
    guard let connection else { return SQLITE_ERROR }
    let code = sqlite3_declare_vtab(connection, ChargeTable.declaration)
    if code != SQLITE_OK { return code }
    let made = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    made.initialize(to: Table(base: sqlite3_vtab(), connection: connection))
    table?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }
  module.xBestIndex = { _, info in
    if let info { ChargeTable.plan(info) }
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
    let walk = ChargeWalk(table.pointee.connection)
    made.initialize(to: Cursor(base: sqlite3_vtab_cursor(), walk: walk))
    cursor?.pointee = UnsafeMutableRawPointer(made)
      .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }
  module.xClose = { cursor in
    at(cursor)?.deinitialize(count: 1).deallocate()
    return SQLITE_OK
  }
  module.xFilter = { cursor, plan, _, count, arguments in
    let plan = ChargeTable.Plan(rawValue: plan)
    let arguments = UnsafeMutableBufferPointer(start: arguments, count: Int(count))
    let ids = ChargeTable.ids(plan, arguments)
    return answered(cursor) { (walk) throws(EnvironmentFault) in
      try walk.start(ids, isFalling: plan.contains(.falling))
    }
  }
  module.xNext = { cursor in
    answered(cursor) { (walk) throws(EnvironmentFault) in try walk.advance() }
  }
  module.xEof = { cursor in at(cursor)?.pointee.walk.isAtEnd == false ? 0 : 1 }
  module.xRowid = { cursor, id in
    id?.pointee = at(cursor)?.pointee.walk.row.pointee.id ?? 0
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
  _ step: (ChargeWalk) throws(EnvironmentFault) -> Void
) -> Int32 {
  guard let walk = at(cursor)?.pointee.walk else { return SQLITE_ERROR }
  do throws(EnvironmentFault) {
    try step(walk)
    return SQLITE_OK
  } catch {
    guard let damaged = walk.damaged else { return sqlite3_errcode(walk.connection) }
    let message = Array("charge_blocks is damaged at \(damaged)".utf8CString)
    let memory = sqlite3_malloc(Int32(message.count))?.assumingMemoryBound(to: CChar.self)
    memory?.initialize(from: message, count: message.count)
    sqlite3_free(cursor?.pointee.pVtab.pointee.zErrMsg)
    cursor?.pointee.pVtab.pointee.zErrMsg = memory
    return SQLITE_CORRUPT
  }
}
