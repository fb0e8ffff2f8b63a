public import CreditCore

/// What credits will be spent, day by day, and when the balance is gone.
public typealias SpendForecast = SeriesForecast<CivilDate>

/// What is to come of a series, step by step, and when an amount is used up.
public struct SeriesForecast<Date: Sendable & CustomStringConvertible>: Sendable {
  /// What one step comes to: what is expected, and values below which it stays so often.
  public struct Point: Sendable {
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

  /// What it is made with, as people call it.
  public var model: String
  /// Rising dates, the first after the last one that is known.
  public var points: [Point]
  /// The balance that it starts from, in micro-credits; nil where none is known.
  public var balance: Int128?
  /// Dates by which the balance is gone in one, five and nine cases of ten; nil past the horizon.
  public var runsOut: (p10: Date?, p50: Date?, p90: Date?)
  /// Errors on the organisation's own past; nil where it is too short.
  public var mase: Double?
  public var coverage80: Double?
  public var coverage95: Double?
  /// What is said beside it: a short history, a level that changed.
  public var remarks: [String]

  public init(
    model: String,
    points: [Point],
    balance: Int128?,
    runsOut: (p10: Date?, p50: Date?, p90: Date?),
    mase: Double?,
    coverage80: Double?,
    coverage95: Double?,
    remarks: [String] = []
  ) {
    self.model = model
    self.points = points
    self.balance = balance
    self.runsOut = runsOut
    self.mase = mase
    self.coverage80 = coverage80
    self.coverage95 = coverage95
    self.remarks = remarks
  }

  /// The same with dates as texts.
  var labelled: SeriesForecast<String> {
    SeriesForecast<String>(
      model: model,
      points: points.map { point in
        SeriesForecast<String>.Point(
          date: point.date.description,
          expected: point.expected,
          p025: point.p025,
          p10: point.p10,
          p50: point.p50,
          p90: point.p90,
          p975: point.p975
        )
      },
      balance: balance,
      runsOut: (runsOut.p10?.description, runsOut.p50?.description, runsOut.p90?.description),
      mase: mase,
      coverage80: coverage80,
      coverage95: coverage95,
      remarks: remarks
    )
  }
}
