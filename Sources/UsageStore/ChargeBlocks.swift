import CreditCore
import GRDB
import GRDBSQLite

/// The stored charges for those who write: one block of them is open at a time.
///
/// What is changed is in the database once another block is opened, or with ``flush()``.
final class ChargeBlocks {
  private let before: Statement
  private let first: Statement
  private let next: Statement
  private let insertBlock: Statement
  private let updateBlock: Statement
  private let deleteBlock: Statement

  private var block = ChargeBlock()
  /// The ids that belong to the block that is open; none where none is.
  private var ids: ClosedRange<Int64>?
  /// Where the block is stored; nil for one that is not yet.
  private var storedAt: Int64?
  private var isChanged = false

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    before = try Statement(
      connection,
      "SELECT id, entries FROM charge_blocks WHERE id <= ? ORDER BY id DESC LIMIT 1"
    )
    first = try Statement(connection, "SELECT id, entries FROM charge_blocks ORDER BY id LIMIT 1")
    next = try Statement(
      connection,
      "SELECT id FROM charge_blocks WHERE id > ? ORDER BY id LIMIT 1"
    )
    insertBlock = try Statement(connection, "INSERT INTO charge_blocks VALUES (?, ?)")
    updateBlock = try Statement(connection, "UPDATE charge_blocks SET entries = ? WHERE id = ?")
    deleteBlock = try Statement(connection, "DELETE FROM charge_blocks WHERE id = ?")
  }

  deinit { block.deallocate() }

  /// The charge with an id; valid until the next is looked for.
  @inline(__always)
  func find(_ id: Int64) throws(EnvironmentFault) -> UnsafePointer<ChargeRow>? {
    try open(id)
    let place = block.place(of: id)
    return place < block.count && block[place].pointee.id == id
      ? UnsafePointer(block[place]) : nil
  }

  /// What fills the route of a charge; valid as long as the charge.
  @inline(__always)
  func arguments(of row: UnsafePointer<ChargeRow>) -> Bytes { block.text(row.pointee.arguments) }

  /// Adds a charge at a place that is free.
  @inline(__always)
  func insert(_ row: ChargeRow, arguments: Bytes) throws(EnvironmentFault) {
    try open(row.id)
    if block.isFull { try makeRoom(for: row.id) }
    block.insert(row, arguments: arguments, at: block.place(of: row.id))
    isChanged = true
  }

  /// Puts a charge into another series, with other credits and what `change` does to it.
  func update(
    _ id: Int64,
    series: Int64,
    credits: Int64?,
    _ change: (inout ChargeRow) -> Void = { _ in }
  ) throws(EnvironmentFault) {
    guard try find(id) != nil else { return }
    let row = block[block.place(of: id)]
    row.pointee.series = series
    row.pointee.credits = credits
    change(&row.pointee)
    isChanged = true
  }

  /// Takes a charge back.
  func remove(_ id: Int64) throws(EnvironmentFault) {
    guard try find(id) != nil else { return }
    let place = block.place(of: id)
    block.remove(place..<(place + 1))
    isChanged = true
  }

  /// Writes what was changed, as part of the transaction at hand.
  func flush() throws(EnvironmentFault) {
    if isChanged { try write(block.count) }
    isChanged = false
  }

  /// Forgets what was not written.
  func forget() {
    (ids, isChanged) = (nil, false)
    block.clear()
  }

  // MARK: Blocks

  @inline(__always)
  private func open(_ id: Int64) throws(EnvironmentFault) {
    if ids?.contains(id) != true { try load(id) }
  }

  private func load(_ id: Int64) throws(EnvironmentFault) {
    try flush()
    forget()
    before.bind(1, id)
    defer {
      before.reset()
      first.reset()
      next.reset()
    }
    if try before.step() {
      try take(before)
    } else if try first.step() {
      try take(first)
    } else {
      storedAt = nil
      ids = .min ... .max
      return
    }
    let start = storedAt ?? .min
    next.bind(1, start)
    let last = try next.step() ? next.integer(0) - 1 : .max
    // Whatever comes before the first block belongs to it.
    ids = min(start, id)...last
  }

  private func take(_ row: Statement) throws(EnvironmentFault) {
    let id = row.integer(0)
    guard block.read(UnsafeRawBufferPointer(row.bytes(1))), block[0].pointee.id == id else {
      throw row.fault("charge_blocks is damaged at \(id)")
    }
    storedAt = id
  }

  /// Ends a full block before `id` where it goes behind its charges, and in its middle elsewhere.
  private func makeRoom(for id: Int64) throws(EnvironmentFault) {
    guard let ids else { return }
    let isBehind = block.place(of: id) == block.count
    let count = isBehind ? block.count : block.count / 2
    if isChanged || !isBehind { try write(count) }
    block.remove(0..<count)
    let start = isBehind ? id : block[0].pointee.id
    (self.ids, storedAt, isChanged) = (start...ids.upperBound, nil, !isBehind)
    if isBehind { block.clear() } else { try open(id) }
  }

  /// Writes the first charges of the block that is open, which are all that is left of it.
  private func write(_ count: Int) throws(EnvironmentFault) {
    let id = count == 0 ? nil : block[0].pointee.id
    if let storedAt, storedAt != id {
      deleteBlock.bind(1, storedAt)
      try deleteBlock.run()
      self.storedAt = nil
    }
    guard let id else { return }
    let bytes = block.bytes(ofFirst: count)
    if storedAt == id {
      updateBlock.bind(1, blob: bytes)
      updateBlock.bind(2, id)
      return try updateBlock.run()
    }
    insertBlock.bind(1, id)
    insertBlock.bind(2, blob: bytes)
    try insertBlock.run()
    storedAt = id
  }
}

extension ChargeBlocks {
  /// Carries the table of single charges over that the first databases have.
  static func replaceTable(_ db: Database) throws {
    guard let connection = db.sqliteConnection else { return }
    try db.execute(
      sql: """
        -- id is that of the first charge; entries are as ChargeBlock.swift says.
        CREATE TABLE charge_blocks (
          id INTEGER PRIMARY KEY,
          entries BLOB NOT NULL
        ) STRICT
        """
    )
    let blocks = try ChargeBlocks(connection)
    let rows = try Statement(
      connection,
      """
      SELECT id, identity, microsecond, series, quantity, credits, import, arguments FROM charges
      ORDER BY id
      """
    )
    while try rows.step() {
      let row = ChargeRow(
        id: rows.integer(0),
        identity: UInt64(bitPattern: rows.integer(1)),
        microsecond: rows.integer(2),
        series: rows.integer(3),
        quantity: rows.optionalInteger(4),
        credits: rows.optionalInteger(5),
        importID: rows.integer(6),
        arguments: 0..<0
      )
      try blocks.insert(row, arguments: rows.bytes(7))
    }
    try blocks.flush()
    rows.reset()
    try db.execute(sql: "DROP TABLE charges")
  }
}
