import CreditCore
import Reports
import Synchronization

/// What the overview showed last: it takes a while to work out, and people look often.
final class Overviews: Sendable {
  private struct Known {
    var values: DashboardValues
    var changes: Int
    var at: Instant
  }

  /// How long one holds while nothing is stored.
  private static let patience: Int64 = 60_000_000
  private static let limit = 100

  private let known = Mutex<[String?: Known]>([:])

  /// The values of an organisation after so many changes of what is stored, from `make` where they
  /// are not known.
  func values(
    of org: String?,
    changes: Int,
    now: Instant,
    _ make: () throws -> DashboardValues
  ) rethrows -> DashboardValues {
    if let found = known.withLock({ $0[org] }), found.changes == changes,
      (0..<Self.patience).contains(now.microseconds - found.at.microseconds)
    {
      return found.values
    }
    let values = try make()
    known.withLock { known in
      if known.count >= Self.limit { known = [:] }
      known[org] = Known(values: values, changes: changes, at: now)
    }
    return values
  }
}
