public import CreditCore

/// What is expected of the coming days, when the balance is gone, and how good such forecasts were.
public struct ForecastReport: Sendable {
  /// A step, dated as the series writes its dates.
  public typealias Point = ForecastPoint<String>

  /// The end of the billing period, against what the plan includes.
  ///
  /// Amounts are credits.
  public struct PeriodEnd: Sendable {
    public var from: CivilDate
    /// The first day of the next period.
    public var to: CivilDate
    /// Used so far, in micro-credits.
    public var used: Int128
    /// Used by the end of the period.
    public var expected: Double
    public var p10: Double
    public var p90: Double
    /// Nil where the plan includes none by the month.
    public var included: ExactDecimal?
    /// The chance that more is used than is included: 0 to 1.
    public var chance: Double?

    public init(
      from: CivilDate,
      to: CivilDate,
      used: Int128,
      expected: Double,
      p10: Double,
      p90: Double,
      included: ExactDecimal?,
      chance: Double?
    ) {
      self.from = from
      self.to = to
      self.used = used
      self.expected = expected
      self.p10 = p10
      self.p90 = p90
      self.included = included
      self.chance = chance
    }
  }

  /// Campaigns that were laid over the forecast.
  public struct Plan: Sendable {
    public var files: [String]
    public var credits: CreditRange
    public var from: String
    /// Over which they are spread.
    public var days: Int
    /// Lines without a price, which no number has.
    public var unpricedLines: Int

    public init(
      files: [String],
      credits: CreditRange,
      from: String,
      days: Int,
      unpricedLines: Int
    ) {
      self.files = files
      self.credits = credits
      self.from = from
      self.days = days
      self.unpricedLines = unpricedLines
    }
  }

  /// Nil for all organisations, and for a series of a file.
  public var org: String?
  /// `credits`, or what a file calls its value.
  public var unit: String
  /// `day`, `15 minutes`: the length of a step.
  public var step: String
  public var model: String
  /// Values that it rests on, missing ones included.
  public var history: Int
  public var points: [Point]
  /// What is left at the start of the first step; nil where nobody knows.
  public var balance: Credits?
  /// Steps by which it is gone in one, five and nine cases of ten; nil past the horizon.
  public var runsOut: (p10: String?, p50: String?, p90: String?)
  public var periodEnd: PeriodEnd?
  public var plan: Plan?
  /// Past origins that the back-test tried.
  public var origins: Int
  /// Errors on the series' own past; nil where it is too short.
  public var mase: Double?
  public var coverage80: Double?
  public var coverage95: Double?
  public var remarks: [String]

  public init(
    org: String? = nil,
    unit: String,
    step: String,
    model: String,
    history: Int,
    points: [Point],
    balance: Credits? = nil,
    runsOut: (p10: String?, p50: String?, p90: String?) = (nil, nil, nil),
    periodEnd: PeriodEnd? = nil,
    plan: Plan? = nil,
    origins: Int,
    mase: Double?,
    coverage80: Double?,
    coverage95: Double?,
    remarks: [String] = []
  ) {
    self.org = org
    self.unit = unit
    self.step = step
    self.model = model
    self.history = history
    self.points = points
    self.balance = balance
    self.runsOut = runsOut
    self.periodEnd = periodEnd
    self.plan = plan
    self.origins = origins
    self.mase = mase
    self.coverage80 = coverage80
    self.coverage95 = coverage95
    self.remarks = remarks
  }
}
