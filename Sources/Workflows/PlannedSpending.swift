import CampaignFiles
import CreditCore
import PriceBooks
import Rating
import Reports

/// What campaigns will cost, spread over the days that their requests take.
struct PlannedSpending {
  let files: [String]
  let credits: CreditRange
  let start: CivilDate
  let days: Int
  let unpricedLines: Int

  /// Credits by day, from the first that is forecast.
  struct ByDay {
    let low: [Double]
    let expected: [Double]
    let high: [Double]

    subscript(place: Int) -> (low: Double, expected: Double, high: Double) {
      (low[place], expected[place], high[place])
    }
  }

  /// The part of `count` days from `first` on.
  func byDay(_ count: Int, from first: CivilDate) -> ByDay {
    func spread(_ total: Credits) -> [Double] {
      (0..<count).map { place in
        let day = first.number + place - start.number
        return (0..<days).contains(day) ? total.decimal.approximate / Double(days) : 0
      }
    }
    return ByDay(
      low: spread(credits.low),
      expected: spread(credits.expected),
      high: spread(credits.high)
    )
  }

  var reported: ForecastReport.Plan {
    ForecastReport.Plan(
      files: files,
      credits: credits,
      from: start.description,
      days: days,
      unpricedLines: unpricedLines
    )
  }
}

extension ForecastWorkflow {
  /// Throws ``BadInput`` for a file that cannot be used.
  func plan(_ question: Question, _ today: CivilDate) throws -> PlannedSpending? {
    if question.plans.isEmpty { return nil }
    let book = try shelf.book(at: question.now)
    var estimate = EstimateWorkflow.Question(files: question.plans)
    estimate.defaults = try EstimateDefaults(store, org: question.org, by: question.now, book: book)
    let totals = try EstimateWorkflow(book: book).answer(estimate).estimate.totals
    let days = (totals.duration.approximate / 86_400).rounded(.up)
    return PlannedSpending(
      files: question.plans.map(\.name),
      credits: totals.credits,
      start: question.planStart ?? today,
      days: Int(max(1, min(days, 36_600))),
      unpricedLines: totals.unpricedLines
    )
  }
}
