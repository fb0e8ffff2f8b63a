import Alerting
import CreditCore
import Forecasting

/// How long a balance lasts by the days that are known.
struct AlertRunway {
  private let facts: AlertFacts
  private let values: [Double]
  private let today: CivilDate
  private let spentToday: Double

  /// Nil where fewer than three whole days are known.
  init?(_ facts: AlertFacts, _ org: String) throws {
    guard let days = try facts.usage.days(of: org), days.whole.count >= 3 else { return nil }
    self.facts = facts
    values = days.whole
    let zone = facts.setting.zone
    today = zone.local(facts.now).date
    let start = zone.start(of: today)
    let sums = try facts.usage.sums(of: org, from: start, to: facts.end)
    spentToday = Double(sums.credits) / 1_000_000
  }

  /// Days until what is left now is used up, and a word about them.
  ///
  /// Where it lasts far beyond `span`, a bound will do.
  func days(
    _ left: Credits,
    _ at: Instant,
    within span: Span,
    _ percentile: RunwayPercentile
  ) -> (ExactDecimal, String) {
    let balance = left.approximate
    let asked = Double(span.seconds) / 86_400
    let dearest = values.max() ?? 0
    if dearest <= 0 || balance > dearest * (asked + 1) * 3 {
      let bound = dearest > 0 ? min(balance / dearest, 9_999) : 9_999
      return (Self.decimal(bound), "at the pace of the dearest day that is known")
    }
    let horizon = min(Forecaster.longestHorizon, max(28, Int(asked * 2) + 2))
    guard let forecast = facts.usage.past.forecast(values, horizon: horizon) else {
      return (Self.decimal(balance / dearest), "at the pace of the dearest day that is known")
    }
    let steps = forecast.runOut(balance: balance + spentToday)
    let step: Int?
    switch percentile {
    case .p10: step = steps.p10
    case .p50: step = steps.p50
    case .p90: step = steps.p90
    }
    guard let step else { return (ExactDecimal(horizon), "not within \(horizon) days") }
    let zone = facts.setting.zone
    let date = CivilDate(number: today.number + step - 1)
    let seconds = max(0, zone.start(of: date).seconds(since: facts.now))
    // Down to a hundredth of a day: what is below a threshold stays below it.
    let days = ExactDecimal(significand: Int128(seconds) * 100 / 86_400, scale: 2)
    return (days.normalized, "credits run out on \(date)")
  }

  private static func decimal(_ days: Double) -> ExactDecimal {
    ExactDecimal(significand: Int128((days * 100).rounded()), scale: 2).normalized
  }
}
