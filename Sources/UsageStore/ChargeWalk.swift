import CreditCore
import GRDBSQLite

/// Goes through the charges of a span of ids, block by block.
final class ChargeWalk: TableWalk {
  let connection: OpaquePointer
  private(set) var damage: String?
  private var statement: Statement?
  private var isFalling = false
  private var block = ChargeBlock()
  private var place = 0
  private var ids: ClosedRange<Int64> = 0...0
  private(set) var isAtEnd = true

  /// Whether charges are without identities, imports and what fills routes.
  private let isBrief: Bool

  init(_ connection: OpaquePointer, isBrief: Bool = false) {
    (self.connection, self.isBrief) = (connection, isBrief)
  }

  deinit { block.deallocate() }

  /// Goes to the first charge of a span, or the last one; nil is none.
  func start(_ ids: ClosedRange<Int64>?, isFalling: Bool = false) throws(EnvironmentFault) {
    isAtEnd = true
    guard let ids else { return }
    self.ids = ids
    if statement == nil || isFalling != self.isFalling {
      statement = try Statement(
        connection,
        """
        SELECT id, entries FROM charge_blocks WHERE id <= ?2
          AND id >= coalesce((SELECT max(id) FROM charge_blocks WHERE id <= ?1), ?1)
        ORDER BY id \(isFalling ? "DESC" : "")
        """
      )
    }
    self.isFalling = isFalling
    statement?.reset()
    statement?.bind(1, ids.lowerBound)
    statement?.bind(2, ids.upperBound)
    isAtEnd = false
    try nextBlock()
  }

  /// Goes to the next charge; only where one is at hand.
  @inline(__always)
  func advance() throws(EnvironmentFault) {
    place += isFalling ? -1 : 1
    if place < 0 || place >= block.count { return try nextBlock() }
    isAtEnd = !ids.contains(row.pointee.id)
  }

  /// Goes to the next charge of the span in the blocks that are left.
  private func nextBlock() throws(EnvironmentFault) {
    while let statement, try statement.step() {
      let bytes = UnsafeRawBufferPointer(statement.bytes(1))
      let isRead = isBrief ? block.read(bytes, isBrief: true) : block.read(bytes)
      guard isRead else {
        damage = "charge_blocks is damaged at \(statement.integer(0))"
        throw statement.fault("charge_blocks is damaged at \(statement.integer(0))")
      }
      if isFalling {
        place = block.place(of: ids.upperBound)
        if place == block.count || row.pointee.id > ids.upperBound { place -= 1 }
      } else {
        place = block.place(of: ids.lowerBound)
      }
      if place < 0 || place >= block.count { continue }
      isAtEnd = !ids.contains(row.pointee.id)
      return
    }
    statement?.reset()
    isAtEnd = true
  }

  /// Lets go of the database before the end of the span.
  func end() { statement?.reset() }

  /// The charge at hand.
  @inline(__always)
  var row: UnsafeMutablePointer<ChargeRow> { block[place] }

  /// What fills the route of the charge at hand; valid until the next.
  @inline(__always)
  var arguments: Bytes { block.text(row.pointee.arguments) }

  // MARK: As a table

  var rowID: Int64 { row.pointee.id }

  func show(_ column: Int32, _ context: OpaquePointer?) {
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

extension WalkedTable {
  /// The charges of all blocks, by their ids.
  static let charges = WalkedTable(
    name: "charges",
    declaration: """
      CREATE TABLE charges (
        id INTEGER, identity INTEGER, microsecond INTEGER, series INTEGER, quantity INTEGER,
        credits INTEGER, import INTEGER, arguments TEXT
      )
      """,
    order: .ids,
    walk: { ChargeWalk($0) }
  )
}
