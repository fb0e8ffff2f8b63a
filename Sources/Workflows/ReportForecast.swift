import CreditCore
import Forecasting
import Reports
import UsageStore

// What credits will be spent after the period, by what was spent up to its end.
extension ReportWorkflow {
  private static let horizon = 28

  func forecast(_ question: Question, _ report: PeriodReport) throws -> SpendForecast? {
    let zone = question.zone
    // Of a day that goes on, less is known than there will be.
    let end = report.isOpen ? zone.local(question.now).date : question.period.next
    guard
      let history = try SpendingHistory(store, org: question.org, zone: zone, until: end),
      history.values.count >= Self.leastForecastDays,
      let forecast = Forecaster.forecast(history.values, horizon: Self.horizon)
    else { return nil }
    let balance = report.closingBalance
    let backTest = Forecaster.backTest(history.values, horizon: Self.horizon)
    let runOut = balance.map { forecast.runOut(balance: Double($0) / 1_000_000) }
    return SpendForecast(
      model: ForecastWords.models(of: forecast),
      points: forecast.points.enumerated().map { place, point in
        SpendForecast.Point(point, on: CivilDate(number: end.number + place))
      },
      balance: balance,
      runsOut: (
        history.date(ofStep: runOut?.p10), history.date(ofStep: runOut?.p50),
        history.date(ofStep: runOut?.p90)
      ),
      mase: backTest.mase,
      coverage80: backTest.coverage80,
      coverage95: backTest.coverage95,
      remarks: forecast.findings.compactMap { ForecastWords.sentence($0, in: history) }
    )
  }
}
