public import CreditCore

/// What is known now: the balance, where credits go, and what comes next.
public struct DashboardValues: Sendable {
  /// What keeps the balance up to date.
  public enum Polling: Sendable, Equatable {
    /// Nobody: there is no key of graph8.
    case noKey
    case every(Span)
    /// The last attempt failed, for a reason.
    case failing(String)
  }

  /// What is left, by the latest snapshots.
  public struct Balance: Sendable {
    /// Of all organisations that are shown, in micro-credits.
    public var credits: Int128
    /// The oldest of the snapshots.
    public var at: Instant
    /// How many organisations' it is.
    public var holders: Int
    /// Rated from requests since, in micro-credits.
    public var ratedSince: Int128
    /// Requests since, and those of them without a price.
    public var requestsSince: Int128
    public var unpricedSince: Int128
    /// As the provider names them.
    public var tiers: [String]

    public init(
      credits: Int128,
      at: Instant,
      holders: Int = 1,
      ratedSince: Int128 = 0,
      requestsSince: Int128 = 0,
      unpricedSince: Int128 = 0,
      tiers: [String] = []
    ) {
      self.credits = credits
      self.at = at
      self.holders = holders
      self.ratedSince = ratedSince
      self.requestsSince = requestsSince
      self.unpricedSince = unpricedSince
      self.tiers = tiers
    }
  }

  /// A report that can be read.
  public struct Link: Sendable {
    public var period: CalendarPeriod
    /// `Last week`.
    public var title: String

    public init(_ period: CalendarPeriod, title: String) {
      self.period = period
      self.title = title
    }
  }

  /// The last seven days, today among them, against the seven before up to the same time.
  public var report: PeriodReport
  /// The last four weeks, today last.
  public var days: [PeriodReport.Day] = []
  /// Nil where no snapshot is stored.
  public var balance: Balance?
  public var polling: Polling = .noKey
  /// After it, a balance counts as old.
  public var staleAfter: Span?
  /// Nil without a forecast.
  public var periodEnd: ForecastReport.PeriodEnd?
  public var alerts: AlertsValues
  public var links: [Link] = []
  /// When the first stored request was made; nil without any.
  public var firstRequest: Instant?
  /// When the newest one was.
  public var newestRequest: Instant?

  public init(report: PeriodReport, alerts: AlertsValues) {
    self.report = report
    self.alerts = alerts
  }

  public var now: Instant { report.asOf }
  public var zone: Zone { report.zone }
}
