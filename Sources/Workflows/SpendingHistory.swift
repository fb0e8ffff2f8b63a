import CreditCore
import Forecasting
import Reports
import UsageStore

/// Credits spent on each whole day of an organisation's past, as far as requests tell.
struct SpendingHistory: Sendable {
  /// The first whole day: that on which records begin is seldom one.
  let start: CivilDate
  /// Credits by day from `start` on; never missing, for a day without requests spent none.
  let values: [Double]

  /// The day behind the last.
  var end: CivilDate { date(values.count) }

  func date(_ place: Int) -> CivilDate { CivilDate(number: start.number + place) }

  /// The day of a forecast's step, which counts from 1.
  func date(ofStep step: Int?) -> CivilDate? { step.map { date(values.count + $0 - 1) } }

  /// Nil where no whole day lies between the first request and `end`.
  init?(_ store: UsageStore, org: String?, zone: Zone, until end: CivilDate) throws {
    var filter = UsageFilter()
    filter.orgs = org.map { [$0] } ?? []
    try self.init(store, filter, zone: zone, until: end)
  }

  /// Of the requests that a filter takes, from the first of their organisations on.
  init?(_ store: UsageStore, _ filter: UsageFilter, zone: Zone, until end: CivilDate) throws {
    let orgs: [String?] = filter.orgs.isEmpty ? [nil] : filter.orgs
    guard let first = try orgs.compactMap(store.firstRequest).min() else { return nil }
    let known = zone.local(first).date.number + 1
    let start = CivilDate(number: max(known, end.number - Forecaster.longestHistory))
    guard end > start else { return nil }
    var values = Array(repeating: 0.0, count: end.number - start.number)
    func add(_ micros: Double, at instant: Instant) {
      let place = zone.local(instant).date.number - start.number
      if values.indices.contains(place) { values[place] += micros / 1_000_000 }
    }
    let (from, until) = (zone.start(of: start), zone.start(of: end))
    if filter.isOfOrganisations {
      for quarter in try store.quarters(of: filter.orgs, from: from, until: until) {
        add(Double(quarter.credits), at: quarter.start)
      }
    } else {
      var query = UsageQuery()
      (query.filter, query.since, query.until) = (filter, from, until)
      query.cuts = { _ in (start.number..<end.number).map { zone.start(of: CivilDate(number: $0)) }
      }
      for group in try store.usage(query).groups {
        add(Double(group.sums.credits), at: group.start ?? from)
      }
    }
    (self.start, self.values) = (start, values)
  }
}

/// What a forecast rests on, in words.
enum ForecastWords {
  /// The models that matter, heaviest first.
  static func models(of forecast: Forecast) -> String {
    let heavy = forecast.models.filter { $0.weight >= 0.1 }.map(\.name)
    return (heavy.isEmpty ? forecast.models.prefix(1).map(\.name) : heavy).joined(separator: " + ")
  }

  /// What stood out in the past of days; nil for what nobody has to be told.
  static func sentence(_ finding: Finding, in history: SpendingHistory) -> String? {
    if case .missing = finding { return nil }
    return sentence(finding, steps: "days", verb: "spending") { place in
      let date = history.date(place)
      return "\(date.day) \(date.monthWord)"
    } weekday: { phase in
      history.date(phase).weekdayWord
    }
  }

  /// The same of any series; `weekday` is nil where steps are no days.
  static func sentence(
    _ finding: Finding,
    steps: String,
    verb: String = "value",
    date: (Int) -> String,
    weekday: ((Int) -> String)?
  ) -> String? {
    switch finding {
    case .shortHistory(let values):
      return "Only \(values) \(steps) are known: the bands are wide."
    case .missing(let values): return "\(values) of the \(steps) have no value."
    case .intermittent: return "Most \(steps) have no \(verb)."
    case .levelShift(let place, let ratio):
      return "From \(date(place)) on, the level is \(times(ratio)) times what it was."
    case .outliers(let places):
      let shown = places.prefix(3).map(date).joined(separator: ", ")
      return "Far from what was usual: \(shown)\(places.count > 3 ? " and others" : "")."
    case .pattern(let busiest, let share, let quietest, let least):
      guard let weekday else { return nil }
      return "\(weekday(busiest)) takes \(times(share)) times the mean, "
        + "\(weekday(quietest)) \(times(least)) times."
    case .yearly: return "The same weeks a year before were alike."
    }
  }

  private static func times(_ ratio: Double) -> String {
    ExactDecimal(significand: Int128((ratio * 10).rounded()), scale: 1).description
  }
}
