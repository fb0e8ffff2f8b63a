public import CreditCore
import Synchronization

/// Looks balances up for many who ask at once, in the one process that writes.
public final class BalanceReader: Sendable {
  private let store: UsageStore
  private let reader: QuickReader
  private let known = Mutex<[String?: Known]>([:])

  /// What was found, and when: until something is stored it is not looked up again, but for what
  /// is dated ahead of its time.
  private struct Known {
    var snapshot: Snapshot?
    var commits: Int
    var at: Instant
  }

  private static let patience: Int64 = 1_000_000

  /// Throws ``EnvironmentFault`` where the database cannot be opened once more.
  public init(_ store: UsageStore) throws(EnvironmentFault) {
    self.store = store
    reader = try QuickReader(store.path)
  }

  /// What ``latestSnapshot(of:by:)`` gives where that is known, and waits for no disk.
  public func remembered(of org: String?, by instant: Instant) -> Snapshot?? {
    let commits = store.dayChanges.count
    guard let found = known.withLock({ $0[org] }), found.commits == commits,
      (0..<Self.patience).contains(instant.microseconds - found.at.microseconds)
    else { return nil }
    return .some(found.snapshot)
  }

  /// The latest snapshot of an organisation by then that tells a balance; of any, where `org` is
  /// nil: what ``UsageStore/latestSnapshot(of:by:)`` gives.
  public func latestSnapshot(
    of org: String?,
    by instant: Instant
  ) throws(EnvironmentFault) -> Snapshot? {
    let commits = store.dayChanges.count
    if let found = remembered(of: org, by: instant) { return found }
    let snapshot = try lookUp(org, instant)
    known.withLock { known in
      if known.count > 1_000 { known = [:] }
      known[org] = Known(snapshot: snapshot, commits: commits, at: instant)
    }
    return snapshot
  }

  private func lookUp(_ org: String?, _ instant: Instant) throws(EnvironmentFault) -> Snapshot? {
    let columns = "org, at, balance, billing_period_used, tier"
    let condition = org == nil ? "" : "org = ?2 AND "
    return try reader.first(
      """
      SELECT \(columns) FROM snapshots
      WHERE \(condition)at <= ?1 AND balance IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1
      """,
      bind: { statement in
        statement.bind(1, instant.microseconds)
        if let org { statement.bind(2, org) }
      },
      read: Self.snapshot
    )
  }

  private static func snapshot(_ row: Statement) -> Snapshot {
    Snapshot(
      org: row.text(0),
      at: Instant(microseconds: row.integer(1)),
      balance: row.optionalInteger(2).map { Credits(micros: $0) },
      billingPeriodUsed: row.optionalInteger(3).map { Credits(micros: $0) },
      tier: row.isNull(4) ? nil : row.text(4)
    )
  }
}
