import CreditCore
import Reports
import UsageStore

// What credits will be spent after the period, by what was spent up to its end.
extension ReportWorkflow {
  private static let horizon = 28

  func forecast(_ question: Question, _ report: PeriodReport) throws -> SpendForecast? {
    var asked = UsageForecast.Question(of: question.org, now: question.now)
    (asked.zone, asked.days) = (question.zone, Self.horizon)
    // Of a day that goes on, less is known than there will be.
    asked.end = report.isOpen ? question.zone.local(question.now).date : question.period.next
    guard case .known(let usage) = try UsageForecast.answer(asked, in: store) else { return nil }
    let balance = report.closingBalance
    return usage.words.forecast(
      usage.forecast,
      balance: balance,
      runsOut: balance.map { usage.runsOut(balance: Double($0) / 1_000_000) } ?? (nil, nil, nil),
      horizon: Self.horizon
    ) { CivilDate(number: usage.first.number + $0) }
  }
}
