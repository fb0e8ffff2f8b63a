public import CampaignFiles
public import CreditCore
public import Documents
import Forecasting
import Rating
public import Reports
public import UsageStore

/// Tells what will be spent, and when the credits run out.
public struct ForecastWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    /// Nil for all organisations.
    public var org: String?
    public var zone = Zone.utc
    public var now: Instant
    /// At least a day.
    public var horizon = ForecastWorkflow.usualHorizon
    /// Credits available now; nil for what the latest snapshots say.
    public var balance: Credits?
    public var plan: PlanFile?
    public var billingDay: Int?

    public init(now: Instant) { self.now = now }
  }

  /// 28 days.
  public static let usualHorizon = Span(seconds: 28 * 86_400)
  private static let day: Int64 = 86_400

  private let store: UsageStore
  private let shelf: BookShelf

  /// What is wrong with a horizon of days, or of the steps of a series; nil where nothing is.
  public static func objection(to horizon: Span, of series: SeriesFile? = nil) -> String? {
    let steps = series?.steps(in: horizon) ?? Int(horizon.seconds / day)
    if steps < 1 || horizon.seconds == 0 { return "expected at least a day, such as 28d" }
    let longest = Forecaster.longestHorizon
    return steps > longest ? "expected at most \(longest) steps" : nil
  }

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.store = store
    self.shelf = shelf
  }

  /// Throws ``BadInput`` for a plan that cannot be used or an organisation that nothing is stored
  /// of, and ``EnvironmentFault`` where too few days are.
  public func report(_ question: Question) throws -> ForecastReport {
    if let org = question.org { try ReportWorkflow(store, shelf).requireKnown(org) }
    let period = BillingPeriod(day: question.billingDay, question.zone.local(question.now).date)
    let horizon = Int(question.horizon.seconds / Self.day)
    let accounts = try accounts(question)
    var asked = UsageForecast.Question(of: question.org, now: question.now)
    if let org = question.org, let holder = accounts.first(where: { $0.org == org }) {
      asked.filter.orgs = holder.orgs
    }
    asked.zone = question.zone
    asked.days = max(horizon, period.next.number - question.zone.local(question.now).date.number)
    let usage: UsageForecast
    switch try UsageForecast.answer(asked, in: store) {
    case .known(let known): usage = known
    case .tooShort(let days, let needed):
      let shown = days == 1 ? "1 whole day" : "\(days) whole days"
      throw EnvironmentFault(
        "requests of \(shown) are stored; a forecast needs \(needed), or --series FILE"
      )
    }
    let planned = try question.plan.map { try self.planned($0, usage.first, question) }
    let extra = planned?.steps(asked.days) { Double(usage.first.number + $0) } ?? []
    let balance = question.balance.map { Int128($0.micros) } ?? self.balance(of: accounts)
    func within(_ date: CivilDate?) -> CivilDate? {
      date.flatMap { $0.number < usage.first.number + horizon ? $0 : nil }
    }
    let dates = balance.map { usage.runsOut(balance: Double($0) / 1_000_000, plan: extra) }
    var report = ForecastReport(
      .credits(org: question.org),
      zone: question.zone.name,
      usage.words.forecast(
        usage.forecast,
        balance: balance,
        runsOut: (within(dates?.p10), within(dates?.p50), within(dates?.p90)),
        horizon: horizon
      ) { CivilDate(number: usage.first.number + $0) }
    )
    report.campaigns = planned?.campaigns ?? []
    report.forecast.remarks += planned?.remarks ?? []
    report.periodEnd = try periodEnd(period, usage, extra, accounts, asked.filter, question)
    return report
  }

  /// Forecasts the values of a file.
  ///
  /// Throws ``BadInput`` for a plan that cannot be used.
  public static func report(
    _ series: SeriesFile,
    named name: String,
    _ question: Question,
    _ shelf: BookShelf
  ) throws -> ForecastReport {
    let horizon = series.steps(in: question.horizon)
    guard
      let forecast = Forecaster.forecast(
        series.values,
        step: series.forecastStep,
        horizon: horizon
      )
    else { throw EnvironmentFault("no value of \(name) is known by \(question.now)") }
    let count = series.values.count
    let planned = try question.plan.map { plan in
      try PlannedSpending(
        plan,
        first: series.zone.local(series.start(of: count)).date,
        shelf: shelf,
        defaults: { _ in nil },
        now: question.now
      )
    }
    let extra = planned?.steps(horizon) { series.day(of: count + $0) } ?? []
    let steps = question.balance.map { balance in
      forecast.runOut(balance: balance.approximate, plan: extra)
    }
    func label(_ step: Int?) -> String? { step.map { series.label(of: count + $0 - 1) } }
    var report = ForecastReport(
      .series(name),
      zone: question.zone.name,
      series.words.forecast(
        forecast,
        balance: question.balance.map { Int128($0.micros) },
        runsOut: (label(steps?.p10), label(steps?.p50), label(steps?.p90)),
        horizon: horizon
      ) { series.label(of: count + $0) }
    )
    report.campaigns = planned?.campaigns ?? []
    report.forecast.remarks += planned?.remarks ?? []
    return report
  }

  private func planned(
    _ plan: PlanFile,
    _ first: CivilDate,
    _ question: Question
  ) throws -> PlannedSpending {
    try PlannedSpending(
      plan,
      first: first,
      shelf: shelf,
      defaults: { book in
        try EstimateDefaults(store, org: question.org, by: question.now, book: book)
      },
      now: question.now
    )
  }
}

// What the provider says.
extension ForecastWorkflow {
  private struct Account {
    var org: String
    /// Whose requests spend its balance.
    var orgs: [String]
    var snapshot: Snapshot
    var tier: String?
    /// Rated since the snapshot, in micro-credits.
    var since: Int128
  }

  private func accounts(_ question: Question) throws -> [Account] {
    try ReconcileWorkflow(store, shelf).holders(question.org).compactMap { org, orgs in
      guard let snapshot = try store.latestSnapshot(of: org, by: question.now) else { return nil }
      let after = Instant(microseconds: snapshot.at.microseconds + 1)
      return Account(
        org: org,
        orgs: orgs,
        snapshot: snapshot,
        tier: try store.latestTier(of: org, by: question.now)?.lowercased(),
        since: try credits(orgs, from: after, to: question.now)
      )
    }
  }

  private func credits(_ orgs: [String], from: Instant, to: Instant) throws -> Int128 {
    if from >= to { return 0 }
    var query = UsageQuery()
    query.filter.orgs = orgs
    (query.since, query.until) = (from, to)
    return try store.usage(query).totals.credits
  }

  /// The latest balances less what was rated since, in micro-credits; nil without any.
  private func balance(of accounts: [Account]) -> Int128? {
    if accounts.isEmpty { return nil }
    return accounts.reduce(0) { sum, account in
      sum + Int128(account.snapshot.balance?.micros ?? 0) - account.since
    }
  }

  private func periodEnd(
    _ period: BillingPeriod,
    _ usage: UsageForecast,
    _ extra: [Bounds<Double>],
    _ accounts: [Account],
    _ filter: UsageFilter,
    _ question: Question
  ) throws -> ForecastReport.PeriodEnd {
    let from = question.zone.start(of: period.first)
    let last = CivilDate(number: period.next.number - 1)
    var micros: Int128?
    // The provider's counter knows more than logs, where each balance has one of this period.
    if !accounts.isEmpty, question.org != nil || accounts.count == 1 {
      micros = accounts.reduce(Int128?.some(0)) { sum, account in
        guard let sum, let used = account.snapshot.billingPeriodUsed, account.snapshot.at >= from
        else { return nil }
        return sum + Int128(used.micros) + account.since
      }
    }
    let spent = try micros ?? credits(filter.orgs, from: from, to: question.now)
    let used = Double(spent) / 1_000_000
    var end = ForecastReport.PeriodEnd(
      date: last,
      used: used,
      total: usage.spending(through: last, plan: extra).map { used + $0 }
    )
    let tiers = Set(accounts.map(\.tier))
    let book = try shelf.book(near: question.now)
    if tiers.count == 1, let tier = tiers.first ?? nil, let plan = book.plan(tier) {
      end.plan = plan.id
      if let included = plan.included, included.per == "month" {
        let credits = included.credits.approximate * Double(accounts.count)
        end.included = credits
        end.chanceOver = usage.chance(ofSpending: credits - used, through: last, plan: extra)
      }
    }
    return end
  }
}

/// The billing period that a day lies in.
struct BillingPeriod {
  let first: CivilDate
  /// The first day behind it.
  let next: CivilDate

  /// `day`: of the month on which periods start, 1 to 28; nil for the first.
  init(day: Int?, _ date: CivilDate) {
    let offset = (day ?? 1) - 1
    let month = CalendarPeriod(.monthly, containing: CivilDate(number: date.number - offset))
    first = CivilDate(number: month.first.number + offset)
    next = CivilDate(number: month.next.number + offset)
  }
}
