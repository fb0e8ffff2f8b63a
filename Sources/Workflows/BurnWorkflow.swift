public import CreditCore
public import PriceBooks
import Reconciliation
public import Reports
public import UsageStore

/// How fast credits go: over several windows, from requests and from snapshots.
public struct BurnWorkflow {
  private let store: UsageStore
  private let reconcile: ReconcileWorkflow

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.store = store
    reconcile = ReconcileWorkflow(store, shelf)
  }

  /// How many operations of a window are named.
  private static let topOperations = 5

  /// - Throws: ``EnvironmentFault``.
  public func report(
    _ windows: [Span],
    org: String?,
    billingDay: Int?,
    now: Instant
  ) throws -> BurnReport {
    let balance = try store.latestSnapshot(of: org, by: now)
    return BurnReport(
      at: now,
      balance: balance,
      windows: try windows.map { try window($0, org, billingDay, now) }
    )
  }

  private func window(
    _ span: Span,
    _ org: String?,
    _ billingDay: Int?,
    _ now: Instant
  ) throws -> BurnReport.Window {
    let from = now.earlier(by: span)
    let answer = try usage(from, now, org)
    let first = try store.firstRequest(of: org)
    // Only a whole window can be compared.
    let isWhole = first.map { $0 <= from.earlier(by: span) } ?? false
    let before = isWhole ? try usage(from.earlier(by: span), from, org).totals.credits : nil
    let operations = answer.groups.map { group in
      BurnReport.Part(name: group.values[0].text, credits: group.sums.credits)
    }
    return BurnReport.Window(
      span: span,
      from: from,
      requests: answer.totals.requests,
      credits: answer.totals.credits,
      unpricedRequests: answer.totals.unpricedRequests,
      before: before,
      history: first.map { $0 > from ? max(0, now.seconds(since: $0)) : span.seconds },
      snapshots: try fromSnapshots(from, now, org, billingDay),
      top: Array(
        operations.filter { $0.credits != 0 }
          .sorted { ($1.credits, $0.name) < ($0.credits, $1.name) }.prefix(Self.topOperations)
      )
    )
  }

  private func usage(_ from: Instant, _ to: Instant, _ org: String?) throws -> UsageAnswer {
    var query = UsageQuery()
    if let org { query.filter.orgs = [org] }
    (query.since, query.until, query.by) = (from, to, [.operation])
    return try store.usage(query)
  }

  /// What the provider's counters say of the intervals that lie in the window.
  private func fromSnapshots(
    _ from: Instant,
    _ now: Instant,
    _ org: String?,
    _ billingDay: Int?
  ) throws -> BurnReport.Counted? {
    guard try store.latestSnapshot(of: org, by: now) != nil else { return nil }
    var question = ReconcileWorkflow.Question(now: now)
    (question.org, question.since, question.billingDay) = (org, from, billingDay)
    var (spent, seconds) = (Int128(0), Int64(0))
    for (holder, _) in try reconcile.balanceHolders(org) {
      let timeline = try reconcile.timeline(of: holder, question)
      let inside = timeline.intervals.filter { $0.from >= from }
      spent += inside.reduce(0) { $0 + Int128($1.spent.micros) }
      seconds = max(seconds, inside.reduce(0) { $0 + $1.to.seconds(since: $1.from) })
    }
    return seconds > 0 ? BurnReport.Counted(spent: spent, seconds: seconds) : nil
  }
}

extension UsageValue {
  /// A text as it stands; empty for any other value.
  var text: String { if case .text(let text) = self { text } else { "" } }
}
