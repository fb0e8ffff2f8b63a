import CreditCore
import GRDBSQLite

/// Goes through the sums of days, block by block.
final class DailyWalk: TableWalk {
  let connection: OpaquePointer
  private(set) var damage: String?
  private var statement: Statement?
  private(set) var block = DailyBlock()
  private var index = 0
  private(set) var isAtEnd = true

  init(_ connection: OpaquePointer) { self.connection = connection }

  deinit { block.deallocate() }

  /// Goes to the first sum of some days; nil is none.
  func start(_ days: ClosedRange<Int64>?, isFalling: Bool) throws(EnvironmentFault) {
    isAtEnd = true
    guard let days else { return }
    try open(days)
    isAtEnd = try !nextBlock()
  }

  /// Hands the blocks of some days to `body`, in the order of days and series.
  @inline(__always)
  func forEachBlock(
    _ days: ClosedRange<Int64>,
    _ body: (DailyBlock) throws -> Void
  ) throws {
    try open(days)
    defer { statement?.reset() }
    while try nextBlock() { try body(block) }
  }

  private func open(_ days: ClosedRange<Int64>) throws(EnvironmentFault) {
    if statement == nil { statement = try Statement(connection, UsageSQL.days) }
    let ids = DailyBlock.ids(days)
    statement?.reset()
    statement?.bind(1, ids.lowerBound)
    statement?.bind(2, ids.upperBound)
  }

  /// Goes to the next block; false where there is none.
  private func nextBlock() throws(EnvironmentFault) -> Bool {
    index = 0
    guard let statement, try statement.step() else {
      statement?.reset()
      return false
    }
    let id = statement.integer(0)
    if block.read(id, UnsafeRawBufferPointer(statement.bytes(1))) { return true }
    damage = "daily_blocks is damaged at \(id)"
    throw statement.fault("daily_blocks is damaged at \(id)")
  }

  func advance() throws(EnvironmentFault) {
    index += 1
    if index >= block.count { isAtEnd = try !nextBlock() }
  }

  // MARK: As a table

  var rowID: Int64 { block.day << 24 | Int64(block.series(index)) }

  func show(_ column: Int32, _ context: OpaquePointer?) {
    switch column {
    case 0: sqlite3_result_int64(context, block.day)
    case 1: sqlite3_result_int64(context, Int64(block.series(index)))
    case 2: sqlite3_result_int64(context, block.sums(index).requests)
    case 3: sqlite3_result_int64(context, block.sums(index).quantity)
    default: sqlite3_result_int64(context, block.sums(index).credits)
    }
  }
}

extension WalkedTable {
  /// The sums of days, by day and series.
  static let dailyRollups = WalkedTable(
    name: "daily_rollups",
    declaration: """
      CREATE TABLE daily_rollups (
        day INTEGER, series INTEGER, requests INTEGER, quantity INTEGER, credits INTEGER
      )
      """,
    order: .columns(2),
    walk: { DailyWalk($0) }
  )
}
