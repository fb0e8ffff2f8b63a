import CampaignFiles
import CreditCore
import Rating
import Reports
import UsageStore

/// Campaigns of a plan with what they cost, laid over the steps of a forecast.
struct PlannedSpending {
  private(set) var campaigns: [ForecastReport.Campaign] = []
  private(set) var remarks: [String] = []

  /// Prices a plan; `first` is the day on which campaigns without one start, and those that end
  /// before it are left out.
  ///
  /// Throws ``BadInput`` for a campaign file that cannot be used, and ``EnvironmentFault`` for one
  /// that cannot be read.
  init(
    _ plan: PlanFile,
    first: CivilDate,
    shelf: BookShelf,
    defaults: (PriceBook) throws -> EstimateDefaults?,
    now: Instant
  ) throws {
    for (place, entry) in plan.entries.enumerated() {
      let starts = entry.starts ?? first
      var name = entry.name ?? "campaign \(place + 1)"
      if starts.number + entry.days <= first.number {
        remarks.append("\(name) of the plan is over.")
        continue
      }
      let credits: QuantityRange
      switch entry.cost {
      case .credits(let range): credits = range
      case .file, .itself:
        var source = plan.source
        if case .file(let path, _) = entry.cost { source = try Files.read(path) }
        let book = try shelf.book(at: now)
        var question = EstimateWorkflow.Question(files: [source])
        question.defaults = try defaults(book)
        let estimate = try EstimateWorkflow(book: book).answer(question).estimate
        name = entry.name ?? estimate.name
        credits = estimate.totals.credits.map(\.decimal)
        let unpriced = estimate.totals.unpricedLines
        if unpriced > 0 {
          let lines = unpriced == 1 ? "1 line has" : "\(unpriced) lines have"
          remarks.append("\(name): \(lines) no known price and count as nothing.")
        }
      }
      campaigns.append(
        ForecastReport.Campaign(
          name: name,
          starts: starts,
          days: entry.days,
          credits: credits.map(\.approximate)
        )
      )
    }
  }

  /// What they spend in each step; `start` tells where steps start, in days since 1970-01-01.
  func steps(_ count: Int, start: (Int) -> Double) -> [Bounds<Double>] {
    if campaigns.isEmpty { return [] }
    let starts = (0...count).map(start)
    return zip(starts, starts.dropFirst()).map { from, to in
      campaigns.reduce(Bounds(0.0)) { sum, campaign in
        let begin = Double(campaign.starts.number)
        let end = begin + Double(campaign.days)
        let share = max(0, min(to, end) - max(from, begin)) / Double(campaign.days)
        return sum.zip(campaign.credits) { $0 + share * $1 }
      }
    }
  }
}
