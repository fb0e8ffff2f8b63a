import CreditCore
import Forecasting
import Reports
import UsageStore

// What credits will be spent after the period, by what was spent up to its end.
extension ReportWorkflow {
  private static let horizon = 28
  /// Whole days without which nothing is forecast.
  private static let leastDays = 7

  func forecast(_ question: Question, _ report: PeriodReport) throws -> SpendForecast? {
    let zone = question.zone
    // Of a day that goes on, less is known than there will be.
    let end = report.isOpen ? zone.local(question.now).date : question.period.next
    guard let first = try store.firstRequest(of: question.org) else { return nil }
    // The day on which records begin is seldom whole.
    let start = CivilDate(number: zone.local(first).date.number + 1)
    guard end.number - start.number >= Self.leastDays else { return nil }
    var values = Array(repeating: 0.0, count: end.number - start.number)
    let quarters = try store.quarters(
      of: question.org.map { [$0] } ?? [],
      from: zone.start(of: start),
      until: zone.start(of: end)
    )
    for quarter in quarters {
      let place = zone.local(quarter.start).date.number - start.number
      if values.indices.contains(place) { values[place] += Double(quarter.credits) / 1_000_000 }
    }
    guard let forecast = Forecaster.forecast(values, horizon: Self.horizon) else { return nil }
    let balance = report.closingBalance
    let runOut = balance.map { forecast.runOut(balance: Double($0) / 1_000_000) }
    func date(_ step: Int?) -> CivilDate? {
      step.map { CivilDate(number: end.number + $0 - 1) }
    }
    return SpendForecast(
      model: Self.words(forecast.models),
      points: forecast.points.enumerated().map { place, point in
        SpendForecast.Point(
          date: CivilDate(number: end.number + place),
          expected: point.expected,
          p025: point.p025,
          p10: point.p10,
          p50: point.p50,
          p90: point.p90,
          p975: point.p975
        )
      },
      balance: balance,
      runsOut: (date(runOut?.p10), date(runOut?.p50), date(runOut?.p90)),
      mase: forecast.backTest.mase,
      coverage80: forecast.backTest.coverage80,
      coverage95: forecast.backTest.coverage95,
      remarks: forecast.findings.compactMap { Self.words($0, from: start, days: values.count) }
    )
  }

  /// The models that matter, heaviest first.
  private static func words(_ models: [(name: String, weight: Double)]) -> String {
    let heavy = models.filter { $0.weight >= 0.1 }.map(\.name)
    return (heavy.isEmpty ? models.prefix(1).map(\.name) : heavy).joined(separator: " + ")
  }

  private static func words(_ finding: Finding, from start: CivilDate, days: Int) -> String? {
    func date(_ place: Int) -> String {
      let date = CivilDate(number: start.number + place)
      return "\(date.day) \(date.monthWord)"
    }
    func weekday(_ phase: Int) -> String {
      CivilDate(number: start.number + phase).weekdayWord
    }
    func times(_ ratio: Double) -> String {
      ExactDecimal(significand: Int128((ratio * 10).rounded()), scale: 1).description
    }
    switch finding {
    case .shortHistory(let values):
      return "Only \(values) days are known: the bands are wide."
    case .missing: return nil
    case .intermittent: return "Most days have no spending."
    case .levelShift(let place, let ratio):
      return "From \(date(place)) on, the level is \(times(ratio)) times what it was."
    case .outliers(let places):
      let shown = places.prefix(3).map(date).joined(separator: ", ")
      return "Far from what was usual: \(shown)\(places.count > 3 ? " and others" : "")."
    case .pattern(let busiest, let share, let quietest, let least):
      return "\(weekday(busiest)) takes \(times(share)) times the mean, "
        + "\(weekday(quietest)) \(times(least)) times."
    case .yearly: return "The same weeks a year before were alike."
    }
  }
}
