import CreditCore

/// The stored charges, looked at in the order of a sorted batch.
///
/// A batch that follows what is stored, or repeats it, is one walk along the table.
final class StoredCharges {
  struct Charge {
    var key: Int64
    var identity: UInt64
    var series: Int32
    var arguments: Bytes
  }

  /// Rows passed over before the walk starts anew at the place that is looked for.
  private static let patience = 12

  private let walk: Statement
  private let point: Statement
  private var isWalking = false
  private var isPastEnd = false
  private var atKey = Int64.min

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    walk = try Statement(
      connection,
      "SELECT id, identity, series, arguments FROM charges WHERE id >= ? ORDER BY id"
    )
    point = try Statement(
      connection,
      "SELECT id, identity, series, arguments FROM charges WHERE id = ?"
    )
  }

  /// Must be called before charges are changed.
  func stop() {
    walk.reset()
    point.reset()
    isWalking = false
    isPastEnd = false
  }

  /// The charge at a place, for places that rise; its arguments are valid until the next look.
  @inline(__always)
  func next(_ key: Int64) throws(EnvironmentFault) -> Charge? {
    if isPastEnd { return nil }
    var passed = 0
    while !isWalking || atKey < key {
      if !isWalking || passed > Self.patience {
        walk.reset()
        walk.bind(1, key)
        isWalking = true
        passed = 0
      }
      guard try walk.step() else {
        isPastEnd = true
        return nil
      }
      atKey = walk.integer(0)
      passed += 1
    }
    return atKey == key ? charge(walk) : nil
  }

  /// The charge at any place; its arguments are valid until the next look.
  func find(_ key: Int64) throws(EnvironmentFault) -> Charge? {
    point.reset()
    point.bind(1, key)
    return try point.step() ? charge(point) : nil
  }

  @inline(__always)
  private func charge(_ statement: Statement) -> Charge {
    Charge(
      key: statement.integer(0),
      identity: UInt64(bitPattern: statement.integer(1)),
      series: seriesNumber(statement.integer(2)),
      arguments: statement.bytes(3)
    )
  }
}
