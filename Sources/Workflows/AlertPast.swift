import CreditCore
import Forecasting

/// What all evaluations of one day have in common: whole days before it, and what they foretell.
final class AlertPast {
  private struct Question: Hashable {
    var values: [Double]
    var horizon: Int
  }

  private var today: CivilDate?
  private var days: [String: [String: AlertUsage.Days]] = [:]
  private var forecasts: [Question: Forecast] = [:]

  /// Of a selection of requests by organisation, read once.
  func days(
    _ selection: String,
    before today: CivilDate,
    _ read: () throws -> [String: AlertUsage.Days]
  ) rethrows -> [String: AlertUsage.Days] {
    if self.today != today {
      days.removeAll()
      forecasts.removeAll()
      self.today = today
    }
    if let known = days[selection] { return known }
    let found = try read()
    days[selection] = found
    return found
  }

  func forecast(_ values: [Double], horizon: Int) -> Forecast? {
    let question = Question(values: values, horizon: horizon)
    if let known = forecasts[question] { return known }
    let forecast = Forecaster.forecast(values, horizon: horizon)
    forecasts[question] = forecast
    return forecast
  }
}
