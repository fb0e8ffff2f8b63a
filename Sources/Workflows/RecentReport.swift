import CreditCore
import PriceBooks
import Rating
import Reports
import UsageStore

// What a dashboard shows of the last days.
extension ReportWorkflow {
  /// Whole days without which nothing is forecast.
  static let leastForecastDays = 7

  /// The last seven days, today among them, against the seven before up to the same time.
  ///
  /// It is a weekly report without what takes a look at single requests, and nothing of it is kept.
  func recent(
    org: String?,
    zone: Zone,
    billingDay: Int?,
    now: Instant,
    _ memory: DayMemory
  ) throws -> PeriodReport {
    let today = zone.local(now).date
    let period = CalendarPeriod(.weekly, containing: today, weekStart: today.weekday % 7 + 1)
    var question = Question(period: period, now: now)
    (question.org, question.zone, question.billingDay) = (org, zone, billingDay)
    let (from, to) = (zone.start(of: period.first), zone.start(of: period.next))
    let accounts = try accounts(question, from, to)
    let days = period.days(in: zone)
    var query = PeriodQuery(
      previousStart: zone.start(of: period.previous.first),
      days: days.map(\.start),
      end: to
    )
    query.orgs = org.map { [$0] } ?? []
    query.balances = accounts.compactMap(\.span)
    let elapsed = now.microseconds - from.microseconds
    query.previousEnd = Instant(microseconds: query.previousStart.microseconds + elapsed)
    let usage = try store.period(query, memory)
    let book = try shelf.book(near: now)
    var report = PeriodReport(
      org: org,
      period: period,
      zone: zone,
      from: from,
      to: to,
      asOf: now,
      by: .operation,
      previous: PeriodReport.Previous(period: period.previous, name: "the 7 days before"),
      book: "\(book.provider) \(book.version)"
    )
    let groups = PeriodGroups(usage, book: book)
    groups.fill(&report, days: days)
    report.burn = burn(report, query)
    report.balances = balances(accounts, usage, book)
    report.usdPerCredit = price(accounts, book)
    report.movers = groups.movers(against: report)
    report.notes = Self.withoutBalance(usage, accounts)
    return report
  }

  /// So many days up to now, today last, by family.
  func recentDays(
    _ count: Int,
    org: String?,
    zone: Zone,
    now: Instant,
    _ memory: DayMemory
  ) throws -> [PeriodReport.Day] {
    let today = zone.local(now).date
    let dates = (today.number - count + 1...today.number).map { CivilDate(number: $0) }
    let starts = dates.map { zone.start(of: $0) }
    let end = zone.start(of: CivilDate(number: today.number + 1))
    var query = PeriodQuery(previousStart: starts[0], days: starts, end: end)
    query.orgs = org.map { [$0] } ?? []
    let families = try store.familyDays(query, memory)
    return dates.enumerated().map { place, date in
      let next = place + 1 < count ? starts[place + 1] : end
      var sums = UsageSums()
      for family in families[place] { sums += family.sums }
      return PeriodReport.Day(
        date: date,
        start: starts[place],
        hours: Int((next.microseconds - starts[place].microseconds) / 3_600_000_000),
        sums: sums,
        families: families[place].filter { $0.sums.credits != 0 }
          .map { (family: $0.family, credits: $0.sums.credits) }
          .sorted { $0.family < $1.family }
      )
    }
  }
}

extension SpendForecast {
  /// A forecast of credits by day, as a report has it; nil where it rests on too few days.
  init?(_ forecast: ForecastReport) {
    guard forecast.history >= ReportWorkflow.leastForecastDays else { return nil }
    func date(_ text: String?) -> CivilDate? { text.flatMap(CivilDate.init) }
    self.init(
      model: forecast.model,
      points: forecast.points.compactMap { point in
        date(point.date).map { date in
          Point(
            date: date,
            expected: point.expected,
            p025: point.p025,
            p10: point.p10,
            p50: point.p50,
            p90: point.p90,
            p975: point.p975
          )
        }
      },
      balance: forecast.balance.map { Int128($0.micros) },
      runsOut: (
        date(forecast.runsOut.p10), date(forecast.runsOut.p50), date(forecast.runsOut.p90)
      ),
      mase: forecast.mase,
      coverage80: forecast.coverage80,
      coverage95: forecast.coverage95,
      remarks: forecast.remarks
    )
  }
}
