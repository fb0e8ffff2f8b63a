import Forecasting
import Reports

extension ForecastPoint {
  /// A step as it is reported, with what is planned for it laid over it.
  init(
    _ point: Forecast.Point,
    on date: Date,
    planned: (low: Double, expected: Double, high: Double) = (0, 0, 0)
  ) {
    self.init(
      date: date,
      expected: point.expected + planned.expected,
      p025: point.p025 + planned.low,
      p10: point.p10 + planned.low,
      p50: point.p50 + planned.expected,
      p90: point.p90 + planned.high,
      p975: point.p975 + planned.high
    )
  }
}
