import CreditCore
import Reports
import Synchronization
import UsageStore
import Workflows

/// What the overview showed last: it takes a while to work out, and people look often.
final class Overviews: Sendable {
  /// What makes the next one cheap, where something is new.
  let memory = DashboardWorkflow.Memory()

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

extension ServiceDesk {
  /// How often days that nobody looks at are read.
  private static let overviewPause: Int64 = 600_000_000
  /// Organisations whose overviews are worked out before somebody asks.
  private static let overviewsAhead = 50

  /// Works overviews out at the start, so that nobody waits for it, and now and then one of them,
  /// so that the next view finds the last days read.
  var overviewTask: BackgroundTask {
    let state = OverviewState()
    return BackgroundTask(name: "overview") { now in
      let next = state.due.load(ordering: .relaxed)
      if now.microseconds < next, next - now.microseconds <= Self.overviewPause {
        return BackgroundStep(next: Instant(microseconds: next))
      }
      let orgs: [String?] = self.access == nil ? [nil] : try self.store.organisations()
      for org in orgs.prefix(next == .min ? Self.overviewsAhead : 1)
      where !self.background.isStopping {
        _ = try self.overview(of: org, now: now)
      }
      let after = now.microseconds + Self.overviewPause
      state.due.store(after, ordering: .relaxed)
      return BackgroundStep(next: Instant(microseconds: after))
    }
  }
}

private final class OverviewState: Sendable {
  /// In microseconds since 1970.
  let due = Atomic<Int64>(.min)
}
