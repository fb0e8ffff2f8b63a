import CampaignFiles
public import CreditCore
import Documents
import Forecasting
public import PriceBooks
import Rating
public import Reports
public import UsageStore

/// What credits will be spent, and when they run out.
public struct ForecastWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    /// Nil for all organisations.
    public var org: String?
    public var zone = Zone.utc
    /// At least a step; 28 days unless somebody asks for others.
    public var horizon = Span(seconds: 28 * 86_400)
    /// What is left now; nil for what snapshots say.
    public var balance: Credits?
    /// Campaign files that are laid over the forecast.
    public var plans: [SourceText] = []
    /// The day on which they start; nil for the first that is forecast.
    public var planStart: CivilDate?
    /// 1 to 28; nil where nobody said.
    public var billingDay: Int?
    public var now: Instant

    public init(now: Instant) { self.now = now }
  }

  /// The longest horizon, in steps.
  public static let longestHorizon = Forecaster.longestHorizon

  let store: UsageStore
  let shelf: BookShelf
  private let memory: ForecastMemory

  public init(_ store: UsageStore, _ shelf: BookShelf) {
    self.init(store, shelf, ForecastMemory())
  }

  init(_ store: UsageStore, _ shelf: BookShelf, _ memory: ForecastMemory) {
    (self.store, self.shelf, self.memory) = (store, shelf, memory)
  }

  /// The forecast of credits by day.
  ///
  /// Throws ``EnvironmentFault`` where no whole day is known, and ``BadInput`` for a plan that
  /// cannot be used.
  public func report(_ question: Question) throws -> ForecastReport {
    let zone = question.zone
    // Of the day that goes on, less is known than there will be.
    let today = zone.local(question.now).date
    let history = try memory.history(store, org: question.org, zone: zone, until: today)
    let days = max(1, Int(question.horizon.seconds / 86_400))
    guard let history, let forecast = memory.forecast(history.values, horizon: days) else {
      throw try notEnough(question, today)
    }
    let plan = try plan(question, today)
    let balance = try balance(question, from: zone.start(of: today))
    let extra = plan?.byDay(days, from: today)
    let runOut = balance.map { balance in
      let credits = balance.decimal.approximate
      return (
        p10: forecast.runOut(balance: credits, plan: extra?.high ?? []).p10,
        p50: forecast.runOut(balance: credits, plan: extra?.expected ?? []).p50,
        p90: forecast.runOut(balance: credits, plan: extra?.low ?? []).p90
      )
    }
    let backTest = memory.backTest(history.values, horizon: days)
    func date(_ step: Int?) -> String? { history.date(ofStep: step)?.description }
    return ForecastReport(
      org: question.org,
      unit: "credits",
      step: "day",
      model: ForecastWords.models(of: forecast),
      history: history.values.count,
      points: forecast.points.enumerated().map { place, point in
        ForecastReport.Point(
          point,
          on: history.date(history.values.count + place).description,
          planned: extra?[place] ?? (0, 0, 0)
        )
      },
      balance: balance,
      runsOut: (date(runOut?.p10), date(runOut?.p50), date(runOut?.p90)),
      periodEnd: try periodEnd(question, history, today, plan),
      plan: plan?.reported,
      origins: backTest.origins,
      mase: backTest.mase,
      coverage80: backTest.coverage80,
      coverage95: backTest.coverage95,
      remarks: forecast.findings.compactMap { ForecastWords.sentence($0, in: history) }
    )
  }

  private func notEnough(_ question: Question, _ today: CivilDate) throws -> EnvironmentFault {
    let whose = question.org.map { " of \(printable($0))" } ?? ""
    guard let first = try store.firstRequest(of: question.org) else {
      return EnvironmentFault(
        "there are no requests\(whose) to forecast from; ingest a log first",
        isAbsence: true
      )
    }
    return EnvironmentFault(
      "not enough history\(whose): requests begin at \(first), and a forecast needs a whole day"
        + " before \(today)",
      isAbsence: true
    )
  }

  /// What is left at the start of the first day: the balance, with what was spent between.
  private func balance(_ question: Question, from start: Instant) throws -> Credits? {
    if let balance = question.balance {
      return try balance + spent(question.org, start, question.now)
    }
    var total: Credits?
    for holder in try ReconcileWorkflow(store, shelf).holders(question.org) {
      guard let snapshot = try store.latestSnapshot(of: holder.org, by: question.now),
        let balance = snapshot.balance
      else { continue }
      var left = balance
      for org in holder.orgs {
        if snapshot.at < start {
          left = try left - spent(org, snapshot.at, start)
        } else {
          left = try left + spent(org, start, snapshot.at)
        }
      }
      total = try (total ?? .zero) + left
    }
    return total
  }

  /// Credits of a span, to the quarter of an hour.
  private func spent(_ org: String?, _ from: Instant, _ to: Instant) throws -> Credits {
    let orgs = org.map { [$0] } ?? []
    let micros = try memory.credits(store, of: orgs, from: from, until: to)
    guard let micros = Int64(exactly: micros) else { throw ArithmeticOverflow() }
    return Credits(micros: micros)
  }

  // MARK: The billing period

  private func periodEnd(
    _ question: Question,
    _ history: SpendingHistory,
    _ today: CivilDate,
    _ plan: PlannedSpending?
  ) throws -> ForecastReport.PeriodEnd? {
    let (from, to) = today.billingPeriod(day: question.billingDay ?? 1)
    let steps = to.number - today.number
    guard let forecast = memory.forecast(history.values, horizon: steps) else { return nil }
    let start = question.zone.start(of: from)
    let used = try used(question, since: start, until: question.zone.start(of: today))
    let extra = plan?.byDay(steps, from: today).expected ?? []
    let rest = forecast.total(through: steps, plan: extra)
    let credits = Double(used) / 1_000_000
    let included = try included(question)
    return ForecastReport.PeriodEnd(
      from: from,
      to: to,
      used: used,
      expected: credits + rest.expected,
      p10: credits + rest.p10,
      p90: credits + rest.p90,
      included: included,
      chance: included.map {
        forecast.chance(ofPassing: $0.approximate - credits, through: steps, plan: extra)
      }
    )
  }

  /// Used in the period before today, by requests, in micro-credits.
  private func used(
    _ question: Question,
    since start: Instant,
    until end: Instant
  ) throws -> Int128 {
    let orgs = question.org.map { [$0] } ?? []
    return try memory.credits(store, of: orgs, from: start, until: end)
  }

  /// What the plans of the organisations include each month; nil where they include none.
  private func included(_ question: Question) throws -> ExactDecimal? {
    let book = try shelf.book(at: question.now)
    var total: ExactDecimal?
    for holder in try ReconcileWorkflow(store, shelf).holders(question.org) {
      let tier = try store.latestTier(of: holder.org, by: question.now)?.lowercased()
      guard let included = tier.flatMap({ book.plan($0) })?.included, included.per == "month" else {
        continue
      }
      total = try (total ?? .zero) + included.credits
    }
    return total
  }
}

extension CivilDate {
  /// The billing period that a day lies in, from the day that billing starts on.
  func billingPeriod(day: Int) -> (from: CivilDate, to: CivilDate) {
    let month = CalendarPeriod(.monthly, containing: self)
    let start = CivilDate(number: month.first.number + day - 1)
    let next = CivilDate(number: month.next.number + day - 1)
    if start <= self { return (start, next) }
    return (CivilDate(number: month.previous.first.number + day - 1), start)
  }
}
