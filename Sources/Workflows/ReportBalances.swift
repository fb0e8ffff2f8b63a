import CreditCore
import Rating
import Reconciliation
import Reports
import UsageStore

// What the provider says of the balance, beside what was rated.
extension ReportWorkflow {
  /// The balance of an organisation as far as snapshots of the period tell.
  struct Account {
    var org: String
    /// Whose requests spend it.
    var orgs: [String]
    var intervals: [BalanceInterval]
    var events: [BalanceEvent]
    var only: Snapshot?
    var tier: String?

    /// From the first snapshot to the last.
    var span: PeriodQuery.BalanceSpan? {
      guard let first = intervals.first, let last = intervals.last else { return nil }
      return PeriodQuery.BalanceSpan(orgs: orgs, after: first.from, through: last.to)
    }
  }

  func accounts(_ question: Question, _ from: Instant, _ to: Instant) throws -> [Account] {
    let holders = try ReconcileWorkflow(store, shelf).holders(question.org)
    let end = min(to, max(question.now, from))
    return try holders.map { holder in
      let snapshots = try store.snapshots(of: holder.org, in: from...end)
      let first = snapshots.map(\.at).min() ?? from
      let timeline = BalanceTimeline(
        snapshots: snapshots,
        ledger: try store.ledger(of: holder.org, after: first, through: end),
        billingDay: question.billingDay
      )
      let readings = snapshots.filter { $0.balance != nil }
      return Account(
        org: holder.org,
        orgs: holder.orgs,
        intervals: timeline.intervals.filter { $0.to > from },
        events: timeline.events.filter { $0.at > from },
        only: readings.max { $0.at < $1.at },
        tier: try store.latestSnapshot(of: holder.org, by: end)?.tier
      )
    }
  }

  func balances(
    _ accounts: [Account],
    _ usage: PeriodUsage,
    _ book: PriceBook
  ) -> [PeriodReport.Balance] {
    accounts.filter { !$0.intervals.isEmpty || $0.only != nil }.map { account in
      let isOwn = usage.orgs.map { org in account.orgs.contains { $0.isSpelled(like: org) } }
      var credits: [Int: Int128] = [:]
      for entry in usage.entries where entry.balanced.credits != 0 && isOwn[entry.org] {
        credits[entry.operation, default: 0] += Int128(entry.balanced.credits)
      }
      return PeriodReport.Balance(
        org: account.org,
        intervals: account.intervals,
        events: account.events,
        rated: credits.map { place, credits in
          let operation = usage.operations[place]
          return (
            operation: operation, title: book.operation(operation)?.title ?? operation,
            credits: credits
          )
        }
        .sorted { ($1.credits, $0.operation) < ($0.credits, $1.operation) },
        only: account.intervals.isEmpty ? account.only : nil
      )
    }
  }
}
