public import CreditCore
public import Forecasting
public import UsageStore

/// What will be spent from the day on that an instant lies in, as was known by then.
public struct UsageForecast: Sendable {
  /// What a person or a rule asks for.
  public struct Question: Sendable {
    /// Which requests are looked at; all where it says nothing.
    public var filter = UsageFilter()
    /// Whose days they are.
    public var zone = Zone.utc
    public var now: Instant
    /// Days that are forecast, the one at hand among them: 1 to ``Forecaster/longestHorizon``.
    public var days = 28
    /// Nil for the day that `now` lies in.
    var end: CivilDate?

    public init(now: Instant) { self.now = now }

    /// The requests that spend an organisation's balance; of all where it is nil.
    public init(of org: String?, now: Instant) {
      self.now = now
      filter.orgs = org.map { [$0] } ?? []
    }
  }

  /// A forecast, or how many whole days are known of those that one needs.
  public enum Answer: Sendable {
    case known(UsageForecast)
    case tooShort(days: Int, needed: Int)
  }

  /// Whole days without which nothing is forecast.
  public static let leastDays = 7

  /// The first day of the past that it rests on, and how many follow.
  public let start: CivilDate
  public let history: Int
  /// The first day that is forecast; it may have begun.
  public let first: CivilDate
  /// Credits spent of that day so far.
  public let begun: Double
  /// By day, in credits; the first day is whole.
  public let forecast: Forecast

  /// Throws ``EnvironmentFault``.
  public static func answer(_ question: Question, in store: UsageStore) throws -> Answer {
    let zone = question.zone
    let end = question.end ?? zone.local(question.now).date
    let orgs = question.filter.orgs
    let firsts =
      try orgs.isEmpty
      ? [store.firstRequest(of: nil)] : orgs.map { try store.firstRequest(of: $0) }
    guard let earliest = firsts.compactMap({ $0 }).min() else {
      return .tooShort(days: 0, needed: leastDays)
    }
    // The day on which records begin is seldom whole.
    let known = zone.local(earliest).date.number + 1
    let start = CivilDate(number: max(known, end.number - Forecaster.longestHistory))
    guard end.number - start.number >= leastDays else {
      return .tooShort(days: max(0, end.number - start.number), needed: leastDays)
    }
    let values = try credits(from: start, to: end, question, store)
    guard let forecast = Forecaster.forecast(values, horizon: question.days) else {
      return .tooShort(days: 0, needed: leastDays)
    }
    var begun = 0.0
    if question.end == nil {
      var query = UsageQuery()
      query.filter = question.filter
      (query.since, query.until) = (zone.start(of: end), question.now)
      begun = Double(try store.usage(query).totals.credits) / 1_000_000
    }
    return .known(
      UsageForecast(
        start: start,
        history: values.count,
        first: end,
        begun: begun,
        forecast: forecast
      )
    )
  }

  /// The days by which a balance of now, in credits, is gone with a chance of 10, 50 and 90 %.
  public func runsOut(
    balance: Double,
    plan: [Bounds<Double>] = []
  ) -> (p10: CivilDate?, p50: CivilDate?, p90: CivilDate?) {
    // Of what the first day comes to, a part is spent already.
    if balance <= 0 { return (first, first, first) }
    let steps = forecast.runOut(balance: balance + begun, plan: plan)
    func date(_ step: Int?) -> CivilDate? { step.map { CivilDate(number: first.number + $0 - 1) } }
    return (date(steps.p10), date(steps.p50), date(steps.p90))
  }

  /// What will be spent from now to the end of a day that is forecast, in credits.
  public func spending(through date: CivilDate, plan: [Bounds<Double>] = []) -> Bounds<Double> {
    let total = forecast.total(through: date.number - first.number + 1, plan: plan)
    return Bounds(low: total.p10, expected: total.expected, high: total.p90)
      .map { max(0, $0 - begun) }
  }

  /// The chance that more than an amount is spent from now to the end of a day: 0 to 1.
  public func chance(
    ofSpending amount: Double,
    through date: CivilDate,
    plan: [Bounds<Double>] = []
  ) -> Double {
    forecast.chance(
      ofPassing: amount + begun,
      through: date.number - first.number + 1,
      plan: plan
    )
  }

  private static func credits(
    from start: CivilDate,
    to end: CivilDate,
    _ question: Question,
    _ store: UsageStore
  ) throws -> [Double] {
    let zone = question.zone
    var values = Array(repeating: 0.0, count: end.number - start.number)
    func add(_ credits: Double, at instant: Instant) {
      let place = zone.local(instant).date.number - start.number
      if values.indices.contains(place) { values[place] += credits / 1_000_000 }
    }
    let (from, until) = (zone.start(of: start), zone.start(of: end))
    if question.filter.isOfOrganisations {
      for quarter in try store.quarters(of: question.filter.orgs, from: from, until: until) {
        add(Double(quarter.credits), at: quarter.start)
      }
      return values
    }
    var query = UsageQuery()
    query.filter = question.filter
    (query.since, query.until) = (from, until)
    query.cuts = { span in
      let first = zone.local(span.lowerBound).date.number
      let last = zone.local(span.upperBound).date.number
      return (first...max(first, last)).map { zone.start(of: CivilDate(number: $0)) }
    }
    for group in try store.usage(query).groups {
      add(Double(group.sums.credits), at: max(group.start ?? from, from))
    }
    return values
  }
}
