import CreditCore
import Reconciliation
import UsageStore

/// What was rated between the snapshots of an organisation, by operation and basis.
struct IntervalUsage {
  struct Part {
    var operation: String
    var basis: Basis
    var quantity: Int128
    var credits: Int128
  }

  /// One list an interval, in the order of the intervals.
  let parts: [[Part]]

  /// `orgs`: whose requests spend the balance.
  init(
    _ store: UsageStore,
    _ intervals: [BalanceInterval],
    orgs: [String]
  ) throws {
    guard let first = intervals.first, let last = intervals.last else {
      parts = []
      return
    }
    var query = UsageQuery()
    query.filter.orgs = orgs
    // A snapshot shows what happened up to and at its instant.
    query.since = Self.after(first.from)
    query.until = Self.after(last.to)
    query.by = [.operation, .basis]
    let cuts = intervals.map { Self.after($0.from) }
    query.cuts = { _ in cuts }
    var found: [[Part]] = Array(repeating: [], count: intervals.count)
    var places: [Instant: Int] = [:]
    for (place, cut) in cuts.enumerated() { places[cut] = place }
    for group in try store.usage(query).groups {
      guard let start = group.start, let place = places[start],
        case .text(let operation) = group.values[0], case .text(let basis) = group.values[1]
      else { continue }
      found[place].append(
        Part(
          operation: operation,
          basis: Basis(rawValue: basis) ?? .unpriced,
          quantity: group.sums.quantity,
          credits: group.sums.credits
        )
      )
    }
    parts = found
  }

  private static func after(_ instant: Instant) -> Instant {
    Instant(microseconds: instant.microseconds + 1)
  }
}
