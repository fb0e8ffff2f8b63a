public import CreditCore
public import PriceBooks
import Rating
import Reconciliation
public import Reports
public import UsageStore

/// Stored usage and top-ups as rows of FOCUS, a day of an operation each.
public struct FocusWorkflow {
  public struct Question: Sendable {
    public var org: String?
    public var since: Instant?
    public var until: Instant?
    /// The day of the month, 1 to 28, on which billing periods start.
    public var billingDay = 1
    /// What came to be known later than this of billing periods that had ended by then is a
    /// correction; nil where nothing was reported yet.
    public var closedAt: Instant?
    public var now: Instant

    public init(now: Instant) { self.now = now }
  }

  private let store: UsageStore
  private let shelf: BookShelf

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.store = store
    self.shelf = shelf
  }

  /// - Throws: ``EnvironmentFault``, or ``ArithmeticOverflow`` for sums past what can be held.
  public func export(_ question: Question) throws -> FocusExport {
    var export = FocusExport(provider: shelf.books.last?.provider ?? "")
    export.rows = try usageRows(question, &export) + purchaseRows(question)
    export.rows.sort { $0.precedes($1) }
    return export
  }

  private func usageRows(
    _ question: Question,
    _ export: inout FocusExport
  ) throws -> [FocusRow] {
    let tagNames = try store.tagNames()
    var query = UsageQuery()
    if let org = question.org { query.filter.orgs = [org] }
    (query.since, query.until) = (question.since, question.until ?? question.now)
    query.by = [.org, .operation, .unit, .basis, .plan, .book] + tagNames.map(UsageKey.tag)
    query.cuts = { UsagePeriods.starts(of: [.day], in: .utc, $0) }
    var rows: [FocusRow] = []
    for isCorrection in question.closedAt == nil ? [false] : [false, true] {
      for group in try groups(query, question, areCorrections: isCorrection) {
        if group.values[3].text == Basis.unpriced.rawValue {
          export.unpricedRequests += group.sums.unpricedRequests
        } else if group.sums.credits > 0, let start = group.start {
          rows.append(row(group, start, tagNames, question, isCorrection: isCorrection))
        }
      }
    }
    return rows
  }

  /// What was known when a period closed, with what the open period has; or what came later.
  private func groups(
    _ query: UsageQuery,
    _ question: Question,
    areCorrections: Bool
  ) throws -> [UsageGroup] {
    guard let closedAt = question.closedAt else { return try store.usage(query).groups }
    let open = FocusPeriod(containing: closedAt, day: question.billingDay).start
    var closed = query
    closed.until = min(query.until ?? open, open)
    if areCorrections {
      closed.filter.importedAfter = closedAt
      return try store.usage(closed).groups
    }
    closed.filter.importedBy = closedAt
    var current = query
    current.since = max(query.since ?? open, open)
    return try store.usage(closed).groups + store.usage(current).groups
  }

  private func row(
    _ group: UsageGroup,
    _ start: Instant,
    _ tagNames: [String],
    _ question: Question,
    isCorrection: Bool
  ) -> FocusRow {
    let (operation, plan) = (group.values[1].text, group.values[4].text)
    let book = book(named: group.values[5].text, at: start)
    let known = book?.operation(operation)
    let rate = known?.rate(on: plan)
    var row = FocusRow(
      org: group.values[0].text,
      start: start,
      end: Instant(microseconds: start.microseconds + 86_400_000_000),
      period: FocusPeriod(containing: start, day: question.billingDay),
      credits: ExactDecimal(significand: group.sums.credits, scale: Credits.places)
    )
    row.isCorrection = isCorrection
    row.operation = operation
    row.title = known?.title ?? operation
    row.family = known?.family ?? String(operation.prefix { $0 != "." })
    row.unit = group.unit
    row.quantity = ExactDecimal(significand: group.sums.quantity, scale: Credits.places)
    row.requests = ExactDecimal(significand: group.sums.chargedRequests, scale: 0)
    row.basis = Basis(rawValue: group.values[3].text) ?? .assumed
    row.confidence = rate?.provenance.confidence
    row.plan = plan
    row.book = group.values[5].text
    row.usdPerCredit = book?.plan(plan)?.usdPerCredit
    if let price = rate?.price, row.basis != .measured {
      row.setBlock(price: price.bounds.expected, size: rate?.per ?? .one)
    }
    row.tags = zip(tagNames, group.values.dropFirst(6)).compactMap { name, value in
      if case .text(let text) = value { (name, text) } else { nil }
    }
    return row
  }

  /// A book by provider and version as the store names it, else the one in force then.
  private func book(named name: String, at instant: Instant) -> PriceBook? {
    shelf.books.first { "\($0.provider) \($0.version)" == name }
      ?? shelf.books.last { $0.effective <= instant } ?? shelf.books.first
  }

  /// Top-ups and what a new billing period brings, at the plan's price of a credit.
  private func purchaseRows(_ question: Question) throws -> [FocusRow] {
    var reconciled = ReconcileWorkflow.Question(now: question.now)
    (reconciled.since, reconciled.until) = (question.since, question.until)
    reconciled.billingDay = question.billingDay
    guard try store.latestSnapshot(of: question.org, by: .distantFuture) != nil else { return [] }
    let reconcile = ReconcileWorkflow(store, shelf)
    var rows: [FocusRow] = []
    for (org, _) in try reconcile.balanceHolders(question.org) {
      let timeline = try reconcile.timeline(of: org, reconciled)
      for interval in timeline.intervals {
        for (credits, isRecurring) in [(interval.toppedUp, false), (interval.reset, true)]
        where credits > .zero {
          rows.append(try purchase(credits, org, interval, question, isRecurring: isRecurring))
        }
      }
    }
    return rows
  }

  private func purchase(
    _ credits: Credits,
    _ org: String,
    _ interval: BalanceInterval,
    _ question: Question,
    isRecurring: Bool
  ) throws -> FocusRow {
    let plan =
      try store.latestTier(of: org, by: interval.to)?.lowercased() ?? PriceBook.defaultPlan
    let period = FocusPeriod(containing: interval.to, day: question.billingDay)
    var row = FocusRow(
      org: org,
      start: isRecurring ? period.start : interval.to,
      end: period.end,
      period: period,
      credits: credits.decimal
    )
    row.isPurchase = true
    row.isRecurring = isRecurring
    row.plan = plan
    let book = shelf.books.last { $0.effective <= interval.to } ?? shelf.books.first
    row.usdPerCredit = book?.plan(plan)?.usdPerCredit
    row.title = isRecurring ? "Credits of the plan" : "Credits bought"
    return row
  }
}
