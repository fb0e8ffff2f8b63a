public import CreditCore
import Forecasting
public import Reports
public import UsageStore

/// What will be spent from an instant on, as was known by then: the forecast that rules go by.
public struct UsageForecast: Sendable {
  /// A forecast, or how many whole days are known of those that one needs.
  public enum Answer: Sendable {
    case known(UsageForecast)
    case tooShort(days: Int, needed: Int)
  }

  /// Whole days without which nothing is forecast.
  public static let leastDays = 7

  /// The day that the instant lies in; the first that is forecast, as a whole.
  public let today: CivilDate
  /// Credits spent of it so far.
  public let begun: Double
  private let forecast: Forecast

  /// The forecast of the requests that a filter takes, such as those of an organisation.
  ///
  /// `days`: how far it goes, today among them, 1 to 3,660. Throws ``EnvironmentFault``.
  public static func answer(
    _ filter: UsageFilter,
    at now: Instant,
    days: Int,
    in zone: Zone,
    _ store: UsageStore
  ) throws -> Answer {
    let today = zone.local(now).date
    let history = try SpendingHistory(store, filter, zone: zone, until: today)
    let known = history?.values.count ?? 0
    guard let history, known >= leastDays,
      let forecast = Forecaster.forecast(history.values, horizon: days)
    else { return .tooShort(days: known, needed: leastDays) }
    var query = UsageQuery()
    (query.filter, query.since, query.until) = (filter, zone.start(of: today), now)
    let begun = try store.usage(query).totals.credits
    return .known(
      UsageForecast(today: today, begun: Double(begun) / 1_000_000, forecast: forecast)
    )
  }

  /// By day, today's first.
  public var days: [SpendForecast.Point] {
    forecast.points.enumerated().map { place, point in
      SpendForecast.Point(point, on: CivilDate(number: today.number + place))
    }
  }

  /// The days by which a balance of now, in credits, is gone with a chance of 10, 50 and 90 %; nil
  /// past what is forecast.
  public func runsOut(balance: Double) -> (p10: CivilDate?, p50: CivilDate?, p90: CivilDate?) {
    if balance <= 0 { return (today, today, today) }
    // Of what the first day comes to, a part is spent already.
    let steps = forecast.runOut(balance: balance + begun)
    func date(_ step: Int?) -> CivilDate? { step.map { CivilDate(number: today.number + $0 - 1) } }
    return (date(steps.p10), date(steps.p50), date(steps.p90))
  }

  /// What will be spent from now to the end of a day that is forecast, in credits: 1 in 10 times
  /// less than `low`, 1 in 10 more than `high`.
  public func spending(through date: CivilDate) -> Bounds<Double> {
    let total = forecast.total(through: date.number - today.number + 1)
    return Bounds(low: total.p10, expected: total.expected, high: total.p90)
      .map { max(0, $0 - begun) }
  }

  /// The chance that more than an amount is spent from now to the end of a day: 0 to 1.
  public func chance(ofSpending amount: Double, through date: CivilDate) -> Double {
    forecast.chance(ofPassing: amount + begun, through: date.number - today.number + 1)
  }
}
