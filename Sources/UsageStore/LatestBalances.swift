import CreditCore

/// Walks through the index of snapshots from its end, where an organisation's latest come first.
///
/// Few have many behind their latest: those are passed by a new look.
struct LatestBalances {
  private let walk: Statement
  private let latest: Statement
  private let now: Int64
  private var found: [String: NumberedSnapshot] = [:]
  /// Snapshots of one organisation that are read before it is passed by.
  private static let patience = 4

  init(_ connection: OpaquePointer, by now: Instant) throws(EnvironmentFault) {
    walk = try Statement(connection, AlertSQL.balances)
    latest = try Statement(connection, AlertSQL.latestBalance)
    self.now = now.microseconds
  }

  mutating func read() throws(EnvironmentFault) -> [String: NumberedSnapshot] {
    // Every text is less than a blob.
    walk.bind(1, copyOf: [0])
    var (org, count) = (String?.none, 0)
    while try walk.step() {
      if let org, walk.bytes(5).equals(org) {
        count += 1
      } else {
        (org, count) = (walk.text(5), 1)
      }
      guard let org else { continue }
      take(org)
      if count >= Self.patience { try passBy(org) }
    }
    return found
  }

  /// Of two of the same time, the one that was stored later counts.
  private mutating func take(_ org: String) {
    let (id, at) = (walk.integer(0), walk.integer(1))
    if at > now || walk.isNull(2) { return }
    if let known = found[org], known.snapshot.at.microseconds > at || known.id > id { return }
    found[org] = NumberedSnapshot(id: id, snapshot: UsageStore.snapshot(walk, org))
  }

  private mutating func passBy(_ org: String) throws(EnvironmentFault) {
    let isFound = found[org].map { $0.snapshot.at.microseconds > walk.integer(1) } ?? false
    if !isFound {
      latest.bind(1, org)
      latest.bind(2, now)
      if try latest.step() {
        let snapshot = UsageStore.snapshot(latest, org)
        found[org] = NumberedSnapshot(id: latest.integer(0), snapshot: snapshot)
      }
      latest.reset()
    }
    walk.reset()
    walk.bind(1, org)
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Whether they are the bytes of a text.
  fileprivate func equals(_ text: String) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { equals($0) } ?? text.utf8.elementsEqual(self)
  }
}
