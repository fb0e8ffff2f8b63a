public import CreditCore
public import Reconciliation

extension PeriodReport {
  /// What brought nothing, as far as stored requests tell.
  public struct Waste: Sendable {
    /// Requests by the status they failed with, 429 among them.
    public var failed: [(status: Int, requests: Int128)] = []
    /// Requests that the API answered from an earlier one with the same idempotency key.
    public var replayed: Int128 = 0
    /// Charged requests that counted nothing, by operation; nil where they were not looked at.
    public var foundNothing: [Cost]?
    /// Calls that an earlier one of the last days had made already; nil where not looked at.
    public var repeats: [Cost]?
    /// What cannot be told, a sentence each.
    public var untold: [String] = []

    public struct Cost: Sendable {
      public var operation: String
      public var title: String
      public var requests: Int128
      /// In micro-credits.
      public var credits: Int128

      public init(operation: String, title: String, requests: Int128, credits: Int128) {
        self.operation = operation
        self.title = title
        self.requests = requests
        self.credits = credits
      }
    }

    public init() {}
  }

  /// The balance of an organisation from the last snapshot before the period to the last within.
  public struct Balance: Sendable {
    public var org: String
    /// Between snapshots, in order of time.
    public var intervals: [BalanceInterval]
    public var events: [BalanceEvent]
    /// Rated between the first snapshot and the last, in micro-credits, the most first.
    public var rated: [(operation: String, title: String, credits: Int128)]
    /// The only snapshot, where there are no two.
    public var only: Snapshot?

    public init(
      org: String,
      intervals: [BalanceInterval],
      events: [BalanceEvent],
      rated: [(operation: String, title: String, credits: Int128)],
      only: Snapshot?
    ) {
      self.org = org
      self.intervals = intervals
      self.events = events
      self.rated = rated
      self.only = only
    }
  }

  /// Credits per time.
  public struct Burn: Sendable {
    /// Of the period as far as it is over, in hours and days of its calendar.
    public var hours: ExactDecimal = .zero
    public var days: ExactDecimal = .zero
    public var previousHours: ExactDecimal = .zero
    public var previousDays: ExactDecimal = .zero

    public init() {}
  }

  public struct Alert: Sendable {
    public var rule: String
    public var severity: String
    public var state: String
    public var at: Instant
    public var reason: String

    public init(rule: String, severity: String, state: String, at: Instant, reason: String) {
      self.rule = rule
      self.severity = severity
      self.state = state
      self.at = at
      self.reason = reason
    }
  }

  /// A change against the period before.
  public struct Mover: Sendable {
    public var operation: String
    public var title: String
    /// In micro-credits.
    public var credits: Int128
    public var previous: Int128
    /// Why, in a few words each.
    public var causes: [String]

    public init(
      operation: String,
      title: String,
      credits: Int128,
      previous: Int128,
      causes: [String]
    ) {
      self.operation = operation
      self.title = title
      self.credits = credits
      self.previous = previous
      self.causes = causes
    }
  }

  /// A difference to what was reported before.
  public struct Correction: Sendable {
    /// When it was reported otherwise.
    public var reportedAt: Instant
    /// When the change was first reported.
    public var correctedAt: Instant
    public var requests: (was: Int128, now: Int128)
    /// In micro-credits.
    public var credits: (was: Int128, now: Int128)
    public var operations: [(operation: String, title: String, requests: Int128, credits: Int128)]
    /// Why, a sentence each.
    public var reasons: [String]

    public init(
      reportedAt: Instant,
      correctedAt: Instant,
      requests: (was: Int128, now: Int128),
      credits: (was: Int128, now: Int128),
      operations: [(operation: String, title: String, requests: Int128, credits: Int128)],
      reasons: [String]
    ) {
      self.reportedAt = reportedAt
      self.correctedAt = correctedAt
      self.requests = requests
      self.credits = credits
      self.operations = operations
      self.reasons = reasons
    }
  }
}
