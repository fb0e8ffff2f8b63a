public import CreditCore

/// When somebody is to be told, and whom.
public struct AlertRule: Sendable, Equatable {
  public var name: String
  public var condition: AlertCondition
  public var severity: AlertMessage.Severity = .warning
  /// How long the condition must hold before it fires.
  public var hold = Span(seconds: 0)
  /// How far beyond its threshold a value must be before the alert resolves, in percent of it.
  public var release = ExactDecimal(10)
  /// How often a firing alert is told again; nil for never.
  public var repeatEvery: Span?
  /// Names of destinations.
  public var sendTo: [String] = []
  /// Organisations it is for; all where it is empty.
  public var orgs: [String] = []

  public init(name: String, condition: AlertCondition) {
    self.name = name
    self.condition = condition
  }

  /// How often an alert of a severity is told again, where the rule does not say.
  public static func usualRepeat(_ severity: AlertMessage.Severity) -> Span {
    Span(seconds: (severity == .critical ? 4 : 24) * 3_600)
  }

  public func applies(to org: String) -> Bool {
    orgs.isEmpty || orgs.contains { $0.isSpelled(like: org) }
  }
}

/// What a rule watches.
public enum AlertCondition: Sendable, Equatable {
  case balanceBelow(AlertLimit)
  /// The time until the balance reaches zero, at a percentile of the forecast.
  case runwayBelow(Span, RunwayPercentile)
  case budget(Budget)
  /// Credits of a window, and perhaps of a second one, against the usual for that weekday and hour.
  case burnRateAbove(ExactDecimal, window: Span, and: Span?)
  /// Credits of a window against the mean of the seven days before.
  case spikeAbove(ExactDecimal, window: Span)
  /// In percent of all requests.
  case rateLimitedAbove(ExactDecimal, window: Span)
  case snapshotOlderThan(Span)
  case usageOlderThan(Span)
  /// What requests do not explain, in percent of what left the balance.
  case unexplainedAbove(ExactDecimal, window: Span)
  /// Requests without a published price.
  case unpricedAbove(AlertLimit, window: Span)
}

/// An amount, or a share of something in percent.
public enum AlertLimit: Sendable, Equatable {
  case amount(ExactDecimal)
  case percent(ExactDecimal)
}

public enum RunwayPercentile: String, Sendable, CaseIterable {
  case p10, p50, p90
}

/// Credits that may be spent in a period.
public struct Budget: Sendable, Equatable {
  public enum Period: String, Sendable, CaseIterable {
    case day, week, month
    /// The billing period.
    case period
  }

  public var credits: ExactDecimal
  public var per: Period
  /// Levels in percent of the budget, rising.
  public var levels: [ExactDecimal]
  /// Levels that what is forecast for the end of the period is compared with.
  public var forecastLevels: [ExactDecimal] = []
  /// With `*` for any characters.
  public var operation: String?
  public var family: String?
  public var tags: [Tag] = []

  public struct Tag: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(credits: ExactDecimal, per: Period, levels: [ExactDecimal]) {
    self.credits = credits
    self.per = per
    self.levels = levels
  }
}

/// The rules of a team, and where their messages go.
public struct AlertPlan: Sendable, Equatable {
  /// In the order written.
  public var destinations: [Destination] = []
  /// Where a message goes that its destination never took, by the destination's name.
  public var fallbacks: [String: String] = [:]
  public var rules: [AlertRule] = []

  public init() {}
}

extension AlertCondition {
  /// Whether it is about how much is left: of such alerts only the gravest is told.
  public var isAboutBalance: Bool {
    switch self {
    case .balanceBelow, .runwayBelow: true
    default: false
    }
  }

  /// Whether it needs a balance that is not too old.
  var needsBalance: Bool {
    switch self {
    case .balanceBelow, .runwayBelow, .unexplainedAbove: true
    default: false
    }
  }

  /// Whether a low value is what is feared.
  var isFloor: Bool {
    switch self {
    case .balanceBelow, .runwayBelow: true
    default: false
    }
  }

  /// Whether a value exactly at the threshold fires.
  var includesThreshold: Bool {
    switch self {
    case .balanceBelow, .budget: true
    default: false
    }
  }

  /// `credits`, `percent`, `minutes`, `days`, `times` or `requests`.
  public var unit: String {
    switch self {
    case .balanceBelow, .budget: "credits"
    case .runwayBelow: "days"
    case .burnRateAbove, .spikeAbove: "times"
    case .rateLimitedAbove, .unexplainedAbove, .unpricedAbove(.percent, _): "percent"
    case .snapshotOlderThan, .usageOlderThan: "minutes"
    case .unpricedAbove(.amount, _): "requests"
    }
  }
}
