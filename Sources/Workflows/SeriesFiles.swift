public import CreditCore
public import Documents
import Forecasting

// What a file of values means to a forecast.
extension SeriesFile {
  /// Steps of a span, at least one; a month counts as its mean.
  func steps(in span: Span) -> Int {
    let seconds: Double =
      switch step {
      case .months(let months): Double(months) * 30.436875 * 86_400
      case .days(let days): Double(days) * 86_400
      case .seconds(let seconds): Double(seconds)
      }
    let steps = Double(span.seconds) / seconds
    if case .months = step { return max(1, Int(steps.rounded())) }
    return max(1, Int(steps))
  }

  var forecastStep: SeriesStep {
    switch step {
    case .months(let months): .months(months)
    case .days(let days): .seconds(days * 86_400)
    case .seconds(let seconds): .seconds(Int(seconds))
    }
  }

  var words: ForecastWords {
    ForecastWords(
      steps: step == .days(1) ? "days" : "steps",
      values: "value",
      date: { label(of: $0) },
      phase: { place in
        step == .days(1) ? zone.local(start(of: place)).date.weekdayWord : nil
      }
    )
  }
}

public enum SeriesFiles {
  /// The series of a file, without what was not over at an instant; `-` is standard input.
  ///
  /// `zone`: of days and of times without an offset. Throws ``BadInput`` with every fault of the
  /// file, and ``EnvironmentFault`` for one that cannot be read.
  public static func read(_ path: String, in zone: Zone?, knownBy: Instant?) throws -> SeriesFile {
    let series = try SeriesReader.series(try Files.read(path), in: zone)
    return knownBy.map { series.known(by: $0) } ?? series
  }
}
