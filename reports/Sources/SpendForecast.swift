public import CreditCore

/// What credits will be spent, day by day, and when the balance is gone.
public struct SpendForecast: Sendable {
  /// Credits of a day.
  public typealias Point = ForecastPoint<CivilDate>

  /// What it is made with, as people call it.
  public var model: String
  /// Rising days, the first after the last one that is known.
  public var points: [Point]
  /// The balance that it starts from, in micro-credits; nil where none is known.
  public var balance: Int128?
  /// Days by which the balance is gone in one, five and nine cases of ten; nil past the horizon.
  public var runsOut: (p10: CivilDate?, p50: CivilDate?, p90: CivilDate?)
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
    runsOut: (p10: CivilDate?, p50: CivilDate?, p90: CivilDate?),
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
}
