public import CreditCore
import Documents
import Forecasting
public import Reports

/// Forecasts a series of a file.
public enum SeriesForecast {
  /// `horizon`: rounded to whole steps, at least one; `balance`: what is left after the last value.
  ///
  /// Throws ``BadInput`` for a file that cannot be used.
  public static func report(
    _ source: SourceText,
    horizon: Span,
    balance: ExactDecimal?
  ) throws(BadInput) -> ForecastReport {
    let series = try DatedSeries(source)
    let count = series.values.count
    let steps = max(1, min(series.step.count(in: horizon), Forecaster.longestHorizon))
    guard
      let forecast = Forecaster.forecast(
        series.values,
        step: series.step.seriesStep,
        horizon: steps
      )
    else {
      let start = SourceMark(source: source, line: 1, column: 1)
      throw BadInput(
        Diagnostic("every value is missing", at: start, expected: "at least one number")
      )
    }
    let backTest = Forecaster.backTest(
      series.values,
      step: series.step.seriesStep,
      horizon: steps
    )
    let runOut = balance.map { forecast.runOut(balance: $0.approximate) }
    func date(_ step: Int?) -> String? { step.map { series.date(count + $0 - 1) } }
    let isDaily = series.step == .days(1)
    return ForecastReport(
      unit: series.title.flatMap { $0.isEmpty ? nil : $0 } ?? "value",
      step: isDaily ? "day" : series.step.words,
      model: ForecastWords.models(of: forecast),
      history: count,
      points: forecast.points.enumerated().map { place, point in
        ForecastReport.Point(point, on: series.date(count + place))
      },
      balance: balance.flatMap { try? Credits(rounding: $0) },
      runsOut: (date(runOut?.p10), date(runOut?.p50), date(runOut?.p90)),
      origins: backTest.origins,
      mase: backTest.mase,
      coverage80: backTest.coverage80,
      coverage95: backTest.coverage95,
      remarks: forecast.findings.compactMap { finding in
        ForecastWords.sentence(
          finding,
          steps: isDaily ? "days" : "values",
          date: series.date,
          weekday: isDaily ? { series.day($0).weekdayWord } : nil
        )
      }
    )
  }
}

extension DatedSeries.Step {
  /// Which pattern is looked for.
  fileprivate var seriesStep: SeriesStep {
    switch self {
    case .seconds(3_600): .hour
    case .days(1): .day
    case .days(7): .week
    case .months(1): .month
    default: .other
    }
  }

  /// How many of its steps a span is, rounded to the nearest.
  fileprivate func count(in span: Span) -> Int {
    let size: Int =
      switch self {
      case .seconds(let count): count
      case .days(let count): count * 86_400
      // A month of a year of 365.2425 days.
      case .months(let count): count * 2_629_746
      }
    return (Int(span.seconds) + size / 2) / size
  }
}
