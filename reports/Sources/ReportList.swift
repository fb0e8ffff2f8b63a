public import CreditCore

/// The periods that there are reports of.
public struct ReportList: Sendable {
  public struct Row: Sendable {
    public var period: CalendarPeriod
    /// Whether it goes on.
    public var isOpen: Bool
    public var requests: Int128
    /// In micro-credits.
    public var credits: Int128

    public init(period: CalendarPeriod, isOpen: Bool, requests: Int128, credits: Int128) {
      self.period = period
      self.isOpen = isOpen
      self.requests = requests
      self.credits = credits
    }
  }

  public var zone: Zone
  /// The newest first.
  public var weeks: [Row] = []
  public var months: [Row] = []
  public var days: [Row] = []

  public init(zone: Zone) { self.zone = zone }
}
