import CreditCore
import Forecasting
import Reports

/// Says what a forecast rests on.
struct ForecastWords {
  /// What its steps are called: days.
  var steps = "days"
  /// What its values are called: spending.
  var values = "spending"
  /// The date of a value of the past, by its place.
  var date: (Int) -> String
  /// The name of a place of the cycle; nil where it has none.
  var phase: (Int) -> String?

  func forecast<Date>(
    _ forecast: Forecast,
    balance: Int128?,
    runsOut: (p10: Date?, p50: Date?, p90: Date?),
    horizon: Int,
    label: (Int) -> Date
  ) -> SeriesForecast<Date> {
    SeriesForecast(
      model: Self.words(forecast.models),
      points: forecast.points.prefix(horizon).enumerated().map { place, point in
        SeriesForecast<Date>.Point(
          date: label(place),
          expected: point.expected,
          p025: point.p025,
          p10: point.p10,
          p50: point.p50,
          p90: point.p90,
          p975: point.p975
        )
      },
      balance: balance,
      runsOut: runsOut,
      mase: forecast.backTest.mase,
      coverage80: forecast.backTest.coverage80,
      coverage95: forecast.backTest.coverage95,
      remarks: forecast.findings.compactMap(words)
    )
  }

  /// The models that matter, heaviest first.
  private static func words(_ models: [(name: String, weight: Double)]) -> String {
    let heavy = models.filter { $0.weight >= 0.1 }.map(\.name)
    return (heavy.isEmpty ? models.prefix(1).map(\.name) : heavy).joined(separator: " + ")
  }

  private func words(_ finding: Finding) -> String? {
    func times(_ ratio: Double) -> String {
      ExactDecimal(significand: Int128((ratio * 10).rounded()), scale: 1).description
    }
    switch finding {
    case .shortHistory(let count):
      let known = count == 1 ? "1 value is" : "\(count) \(steps) are"
      return "Only \(known) known: the bands are wide."
    case .missing(let count):
      return count == 1 ? "1 value is missing." : "\(count) values are missing."
    case .intermittent: return "Most \(steps) have no \(values)."
    case .levelShift(let place, let ratio):
      return "From \(date(place)) on, the level is \(times(ratio)) times what it was."
    case .outliers(let places):
      let shown = places.prefix(3).map(date).joined(separator: ", ")
      return "Far from what was usual: \(shown)\(places.count > 3 ? " and others" : "")."
    case .pattern(let busiest, let share, let quietest, let least):
      guard let high = phase(busiest), let low = phase(quietest) else { return nil }
      return "\(high) takes \(times(share)) times the mean, \(low) \(times(least)) times."
    case .yearly: return "The same weeks a year before were alike."
    }
  }
}

extension UsageForecast {
  var words: ForecastWords {
    let start = start
    return ForecastWords(
      date: { place in
        let date = CivilDate(number: start.number + place)
        return "\(date.day) \(date.monthWord)"
      },
      phase: { CivilDate(number: start.number + $0).weekdayWord }
    )
  }
}
