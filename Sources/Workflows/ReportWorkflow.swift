public import CreditCore
public import PriceBooks
import Rating
import Reconciliation
public import Reports
public import UsageStore

/// Tells where the credits of a period went.
public struct ReportWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    public var period: CalendarPeriod
    public var zone = Zone.utc
    public var by = UsageKey.operation
    /// Nil for all organisations.
    public var org: String?
    public var billingDay: Int?
    public var now: Instant
    /// Whether requests are looked at one by one, however many there are.
    public var readsAll = false
    /// Whether what is reported is kept, so that a later change of it can be told.
    public var isKept = true
    /// Whether an organisation that nothing is stored of is a mistake.
    public var requiresKnown = true

    public init(period: CalendarPeriod, now: Instant) {
      self.period = period
      self.now = now
    }
  }

  /// Requests of the period and the one before, up to which they are looked at one by one.
  static let readLimit: Int128 = 150_000

  let store: UsageStore
  let shelf: BookShelf

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.store = store
    self.shelf = shelf
  }

  /// - Throws: ``EnvironmentFault``, or ``BadInput`` for an organisation that nothing is stored of.
  public func report(_ question: Question) throws -> PeriodReport {
    let period = question.period
    if question.requiresKnown, let org = question.org { try requireKnown(org) }
    let days = period.days(in: question.zone)
    let previous = period.previous
    let from = question.zone.start(of: period.first)
    let to = question.zone.start(of: period.next)
    let mark = try store.importMark()
    let accounts = try accounts(question, from, to)
    var query = PeriodQuery(
      previousStart: question.zone.start(of: previous.first),
      days: days.map(\.start),
      end: to
    )
    query.orgs = question.org.map { [$0] } ?? []
    query.by = question.by
    query.balances = accounts.compactMap(\.span)
    let isBegun = from <= question.now
    if isBegun, question.now < to {
      let elapsed = question.now.microseconds - from.microseconds
      query.previousEnd = Instant(microseconds: query.previousStart.microseconds + elapsed)
    }
    let usage = try store.period(query)
    let book = try shelf.book(near: min(to, question.now))
    var report = PeriodReport(
      org: question.org,
      period: period,
      zone: question.zone,
      from: from,
      to: to,
      asOf: question.now,
      by: question.by,
      previous: PeriodReport.Previous(period: previous),
      book: "\(book.provider) \(book.version)"
    )
    let groups = PeriodGroups(usage, book: book)
    groups.fill(&report, days: days)
    report.burn = burn(report, query)
    report.outcomes = try outcomes(groups, query)
    report.waste = try waste(groups, query, readsAll: question.readsAll)
    report.balances = balances(accounts, usage, book)
    report.usdPerCredit = price(accounts, book)
    report.forecast = try forecast(question, report)
    report.alerts = try alerts(question, from, to)
    report.movers = groups.movers(against: report)
    report.corrections = try corrections(question, usage, mark, book, &report.notes, from, to)
    report.notes += try notes(question, report, query) + Self.withoutBalance(usage, accounts)
    return report
  }

  /// Hours and days that went by, as clocks and calendars count them.
  func burn(_ report: PeriodReport, _ query: PeriodQuery) -> PeriodReport.Burn {
    let second: Int64 = 1_000_000
    func hours(_ from: Instant, _ to: Instant) -> ExactDecimal {
      let seconds = max(0, (to.microseconds - from.microseconds) / second)
      let hours = try? ExactDecimal(seconds).divided(by: ExactDecimal(3_600), places: 6)
      return hours ?? .zero
    }
    var burn = PeriodReport.Burn()
    let end = report.from <= report.asOf ? min(report.to, report.asOf) : report.to
    burn.hours = hours(report.from, end)
    burn.days = report.isOpen ? days(burn.hours) : ExactDecimal(query.days.count)
    let before = report.previous.period
    burn.previousHours = hours(query.previousStart, report.from)
    burn.previousDays = ExactDecimal(before.days(in: report.zone).count)
    return burn
  }

  private func days(_ hours: ExactDecimal) -> ExactDecimal {
    (try? hours.divided(by: ExactDecimal(24), places: 6)) ?? .zero
  }

  /// What a credit costs on the plan that the balances are of, where it is one plan.
  func price(_ accounts: [Account], _ book: PriceBook) -> ExactDecimal? {
    let plans = Set(accounts.map { $0.tier?.lowercased() })
    guard plans.count == 1, let plan = plans.first ?? nil else { return nil }
    return book.plan(plan)?.usdPerCredit
  }
}
