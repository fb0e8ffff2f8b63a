public import CreditCore

/// What credits will be spent, day by day, and when the balance is gone.
public struct SpendForecast: Sendable {
  /// Credits of one day: what is expected, and values below which it stays so often.
  public struct Point: Sendable {
    public var date: CivilDate
    public var expected: Double
    public var p025: Double
    public var p10: Double
    public var p50: Double
    public var p90: Double
    public var p975: Double

    public init(
      date: CivilDate,
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
