public import CreditCore
public import PriceBooks
public import Reports
public import UsageStore

/// Gathers what the pages of the dashboard show.
public struct DashboardWorkflow {
  /// What a team set, and what a service knows.
  public struct Setting: Sendable {
    public var zone = Zone.utc
    /// 1 for Monday to 7 for Sunday.
    public var weekStart = 1
    /// 1 to 28; nil where nobody said.
    public var billingDay: Int?
    public var polling: DashboardValues.Polling = .noKey
    /// After it, a balance counts as old.
    public var staleAfter: Span?
    /// Names of the alert rules that there are.
    public var rules: [String] = []

    public init() {}
  }

  /// What views leave for those that come after them, so that these read only what changed.
  ///
  /// It serves one ``UsageStore`` and one setting.
  public final class Memory: Sendable {
    let days = DayMemory()
    let forecasts = ForecastMemory()

    public init() {}
  }

  /// Days that the chart of the overview looks back on.
  static let days = 28

  let store: UsageStore
  let shelf: BookShelf
  public let setting: Setting
  private let memory: Memory

  public init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ setting: Setting,
    _ memory: Memory = Memory()
  ) {
    (self.store, self.shelf, self.setting, self.memory) = (store, shelf, setting, memory)
  }

  /// What is known now of an organisation, or of all.
  ///
  /// Throws ``EnvironmentFault``; an organisation that nothing is stored of is no fault.
  public func overview(org: String?, now: Instant) throws -> DashboardValues {
    try store.atOneMoment { try values(org, now) }
  }

  private func values(_ org: String?, _ now: Instant) throws -> DashboardValues {
    // To the second, as people read it.
    let now = now.wholeSecond
    let reports = ReportWorkflow(store, shelf)
    let zone = setting.zone
    var report = try reports.recent(
      org: org,
      zone: zone,
      billingDay: setting.billingDay,
      now: now,
      memory.days
    )
    var values = DashboardValues(report: report, alerts: try alerts(org: org, now: now))
    values.firstRequest = try store.firstRequest(of: org)
    values.polling = setting.polling
    values.staleAfter = setting.staleAfter
    values.balance = try balance(org, now)
    if let first = values.firstRequest {
      values.days = try reports.recentDays(Self.days, org: org, zone: zone, now: now, memory.days)
      let newest = try store.newestRequests(by: now, exact: now.earlier(by: Span(seconds: 86_400)))
      values.newestRequest = newest.filter { org == nil || $0.key == org }.values.max()
      values.links = links(first, now)
      if let forecast = try forecast(org, now) {
        report.forecast = SpendForecast(forecast)
        if report.forecast != nil { values.periodEnd = forecast.periodEnd }
        values.report = report
      }
    }
    return values
  }

  /// What all balances come to, with what was rated since; nil without any.
  private func balance(_ org: String?, _ now: Instant) throws -> DashboardValues.Balance? {
    var total: DashboardValues.Balance?
    for holder in try ReconcileWorkflow(store, shelf).holders(org) {
      guard let snapshot = try store.latestSnapshot(of: holder.org, by: now),
        let left = snapshot.balance
      else { continue }
      var query = UsageQuery()
      query.filter.orgs = holder.orgs
      query.since = Instant(microseconds: snapshot.at.microseconds + 1)
      query.until = Instant(microseconds: now.microseconds + 1)
      let since = try store.usage(query).totals
      var sum = total ?? DashboardValues.Balance(credits: 0, at: snapshot.at, holders: 0)
      sum.credits += Int128(left.micros)
      sum.at = min(sum.at, snapshot.at)
      sum.holders += 1
      sum.ratedSince += since.credits
      sum.requestsSince += since.requests
      sum.unpricedSince += since.unpricedRequests
      if let tier = snapshot.tier, !sum.tiers.contains(tier) { sum.tiers.append(tier) }
      total = sum
    }
    return total
  }

  /// Nil where no whole day is known.
  private func forecast(_ org: String?, _ now: Instant) throws -> ForecastReport? {
    let today = setting.zone.local(now).date
    let (zone, memory) = (setting.zone, memory.forecasts)
    guard try memory.history(store, org: org, zone: zone, until: today) != nil else { return nil }
    var question = ForecastWorkflow.Question(now: now)
    (question.org, question.zone, question.billingDay) = (org, zone, setting.billingDay)
    return try ForecastWorkflow(store, shelf, memory).report(question)
  }

  /// Reports that are read most.
  private func links(_ first: Instant, _ now: Instant) -> [DashboardValues.Link] {
    let today = setting.zone.local(now).date
    let week = CalendarPeriod(.weekly, containing: today, weekStart: setting.weekStart)
    let month = CalendarPeriod(.monthly, containing: today)
    let links = [
      DashboardValues.Link(week.previous, title: "Last week"),
      DashboardValues.Link(week, title: "This week so far"),
      DashboardValues.Link(CalendarPeriod(.daily, containing: today).previous, title: "Yesterday"),
      DashboardValues.Link(month.previous, title: "Last month"),
      DashboardValues.Link(month, title: "This month so far"),
    ]
    let start = setting.zone.local(first).date
    return links.filter { $0.period.next > start }
  }

  // MARK: Alerts

  /// Days of messages that are shown.
  private static let historyDays: Int64 = 30

  /// Alerts as the last evaluation left them.
  public func alerts(org: String?, now: Instant) throws -> AlertsValues {
    let stored = try AlertWorkflow.list(store, org: org, now: now)
    var values = AlertsValues(at: now, zone: setting.zone)
    values.rows = stored.rows
    values.silences = try store.silences(endingAfter: now)
      .filter { $0.silence.org == nil || org == nil || $0.silence.org == org }
      .map { AlertsValues.Kept(id: $0.id, $0.silence) }
    (values.queued, values.failed) = (stored.queued, stored.failed)
    let from = now.earlier(by: Span(seconds: Self.historyDays * 86_400))
    let until = Instant(microseconds: now.microseconds + 1)
    values.history = try store.alertMessages(of: org, from: from, until: until).reversed()
    values.rules = setting.rules
    return values
  }
}
