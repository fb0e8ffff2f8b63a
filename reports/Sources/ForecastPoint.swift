/// A step of a forecast: what is expected, and values below which it stays so often.
///
/// `Date` is what names the step: a day of the calendar, or a date as a file writes it.
public struct ForecastPoint<Date: Sendable & CustomStringConvertible>: Sendable {
  public var date: Date
  public var expected: Double
  public var p025: Double
  public var p10: Double
  public var p50: Double
  public var p90: Double
  public var p975: Double

  public init(
    date: Date,
    expected: Double,
    p025: Double,
    p10: Double,
    p50: Double,
    p90: Double,
    p975: Double
  ) {
    self.date = date
    self.expected = expected
    self.p025 = p025
    self.p10 = p10
    self.p50 = p50
    self.p90 = p90
    self.p975 = p975
  }
}

extension JSONWriter {
  mutating func points<Date>(_ points: [ForecastPoint<Date>]) {
    list(points) { json, point in
      json.object { json in
        json.field("date", point.date.description)
        json.number("expected", point.expected)
        json.number("p2_5", point.p025)
        json.number("p10", point.p10)
        json.number("p50", point.p50)
        json.number("p90", point.p90)
        json.number("p97_5", point.p975)
      }
    }
  }
}
