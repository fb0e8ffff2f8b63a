public import CreditCore
public import PriceBooks
import Rating
import Reconciliation
public import Reports
public import UsageStore

/// Sets what graph8 took beside what was rated from requests, between snapshots.
public struct ReconcileWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    /// Nil for every organisation that has snapshots.
    public var org: String?
    public var since: Instant?
    public var until: Instant?
    public var billingDay: Int?
    public var now: Instant

    public init(now: Instant) { self.now = now }
  }

  private let store: UsageStore
  private let shelf: BookShelf

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.store = store
    self.shelf = shelf
  }

  /// - Throws: ``BadInput``, or ``EnvironmentFault`` where there are no snapshots.
  public func report(_ question: Question) throws -> ReconcileReport {
    var accounts: [ReconcileReport.Account] = []
    for (org, orgs) in try balanceHolders(question.org) {
      let timeline = try timeline(of: org, question)
      let usage = try IntervalUsage(store, timeline.intervals, orgs: orgs)
      accounts.append(
        ReconcileReport.Account(
          org: org,
          rows: zip(timeline.intervals, usage.parts).map { interval, parts in
            ReconcileReport.Row(
              interval: interval,
              rated: parts.map {
                ReconcileReport.Rated(operation: $0.operation, basis: $0.basis, credits: $0.credits)
              }
            )
          },
          events: timeline.events
        )
      )
    }
    return ReconcileReport(accounts: accounts, rates: rates(at: question.now))
  }

  func timeline(of org: String, _ question: Question) throws -> BalanceTimeline {
    let from = question.since ?? Instant(microseconds: 0)
    let to = min(question.until ?? question.now, question.now)
    if from > to { return BalanceTimeline(snapshots: []) }
    let snapshots = try store.snapshots(of: org, in: from...to)
    let first = snapshots.map(\.at).min() ?? from
    return BalanceTimeline(
      snapshots: snapshots,
      ledger: try store.ledger(of: org, after: first, through: to),
      billingDay: question.billingDay
    )
  }

  /// Organisations with snapshots, each with those whose requests spend its balance: requests
  /// that name no organisation are of the only one with a balance.
  func balanceHolders(_ asked: String?) throws -> [(org: String, orgs: [String])] {
    let holders = try holders(asked)
    if !holders.isEmpty { return holders }
    let what =
      asked.map { "is no balance of \(printable($0))" } ?? "are no balances to reconcile with"
    throw EnvironmentFault("there \(what); ingest snapshots, or creditmeter snapshot add")
  }

  /// The same, where there may be none.
  func holders(_ asked: String?) throws -> [(org: String, orgs: [String])] {
    let all = try store.organisations()
    let holders = try all.filter { try store.latestSnapshot(of: $0, by: .distantFuture) != nil }
    let chosen = holders.filter { org in asked.map { $0.isSpelled(like: org) } ?? true }
    return chosen.map { org in
      if holders.count > 1 || org.isEmpty { return (org, [org]) }
      return (org, all.contains("") ? [org, ""] : [org])
    }
  }

  /// What a unit can cost, by operation, where that is a range.
  private func rates(at now: Instant) -> [String: ReconcileReport.Spread] {
    guard let book = shelf.books.last(where: { $0.effective <= now }) ?? shelf.books.last else {
      return [:]
    }
    var spreads: [String: ReconcileReport.Spread] = [:]
    for operation in book.operations {
      guard let price = operation.rate.price, price.min < price.max else { continue }
      spreads[operation.id] = ReconcileReport.Spread(
        min: price.min.approximate,
        expected: price.bounds.expected.approximate,
        max: price.max.approximate
      )
    }
    return spreads
  }
}

extension Instant {
  /// Later than anything that is stored.
  static let distantFuture = Instant(microseconds: .max / 2)
}
