import CreditCore

/// Goes through the charges of a span of ids, block by block.
final class ChargeWalk {
  let connection: OpaquePointer
  /// A block that is none.
  private(set) var damaged: Int64?
  private var statement: Statement?
  private var isFalling = false
  private var block = ChargeBlock()
  private var place = 0
  private var ids: ClosedRange<Int64> = 0...0
  private(set) var isAtEnd = true

  init(_ connection: OpaquePointer) { self.connection = connection }

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
      guard block.read(UnsafeRawBufferPointer(statement.bytes(1))) else {
        let place = statement.integer(0)
        damaged = place
        throw statement.fault("charge_blocks is damaged at \(place)")
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
}
