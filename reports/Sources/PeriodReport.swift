public import CreditCore
public import Reconciliation

/// Where the credits of a day, a week or a month went.
///
/// Every grouping adds up to the totals exactly.
public struct PeriodReport: Sendable {
  /// Nil for all organisations.
  public var org: String?
  public var period: CalendarPeriod
  public var zone: Zone
  public var from: Instant
  public var to: Instant
  /// What is taken for now.
  public var asOf: Instant
  /// What the rows of ``groups`` have in common.
  public var by: UsageKey

  public var totals = UsageSums()
  public var previous: Previous
  public var days: [Day] = []
  /// By ``by``, the most credits first.
  public var groups: [Group] = []
  public var operations: [Group] = []
  public var tags: [Tag] = []
  public var outcomes: [OutcomeCost] = []
  public var waste = Waste()
  /// One an organisation with snapshots.
  public var balances: [Balance] = []
  public var burn = Burn()
  public var forecast: SpendForecast?
  public var alerts: [Alert] = []
  /// The biggest changes against the period before.
  public var movers: [Mover] = []
  /// How the period differs from what was reported of it.
  public var corrections: [Correction] = []
  /// What else a reader must know.
  public var notes: [String] = []
  /// What a credit costs on the plan of the balance, where there is one plan.
  public var usdPerCredit: ExactDecimal?
  /// `graph8 2026.11`.
  public var book: String

  public init(
    org: String?,
    period: CalendarPeriod,
    zone: Zone,
    from: Instant,
    to: Instant,
    asOf: Instant,
    by: UsageKey,
    previous: Previous,
    book: String
  ) {
    self.org = org
    self.period = period
    self.zone = zone
    self.from = from
    self.to = to
    self.asOf = asOf
    self.by = by
    self.previous = previous
    self.book = book
  }

  /// Whether it goes on.
  public var isOpen: Bool { to > asOf }

  public enum Format: String, Sendable, CaseIterable {
    case table
    case markdown
    case html
    case json
    case csv
  }

  /// The report in a form, ending with a line end; only HTML needs `templates`.
  public func rendered(
    as format: Format,
    templates: Templates = .shipped
  ) throws(EnvironmentFault) -> [UInt8] {
    switch format {
    case .table: Array(table.utf8)
    case .markdown: Array(markdown.utf8)
    case .html: Array(try html(templates).utf8)
    case .json: json
    case .csv: csv
    }
  }
}

extension PeriodReport {
  /// The period before.
  public struct Previous: Sendable {
    public var period: CalendarPeriod
    public var sums = UsageSums()
    /// Up to the time of the period that is as far into it as now is into this one; nil where
    /// this one is over.
    public var compared: UsageSums?

    public init(period: CalendarPeriod) { self.period = period }
  }

  public struct Day: Sendable {
    public var date: CivilDate
    public var start: Instant
    /// Of clocks that are set 23 or 25.
    public var hours: Int
    public var sums: UsageSums
    /// Credits of each family, in micro-credits, by name.
    public var families: [(family: String, credits: Int128)]

    public init(
      date: CivilDate,
      start: Instant,
      hours: Int,
      sums: UsageSums,
      families: [(family: String, credits: Int128)]
    ) {
      self.date = date
      self.start = start
      self.hours = hours
      self.sums = sums
      self.families = families
    }
  }

  /// Requests that are alike.
  public struct Group: Sendable {
    public var value: UsageValue
    /// As people call it.
    public var title: String
    /// What the quantity counts; nil where units differ.
    public var unit: Unit?
    public var sums: UsageSums
    /// Of the period before, as far as it is compared.
    public var previous: UsageSums

    public init(
      value: UsageValue,
      title: String,
      unit: Unit?,
      sums: UsageSums,
      previous: UsageSums
    ) {
      self.value = value
      self.title = title
      self.unit = unit
      self.sums = sums
      self.previous = previous
    }
  }

  /// Requests by the values of a tag, and those without it.
  public struct Tag: Sendable {
    public var name: String
    /// The most credits first; requests without the tag last.
    public var groups: [Group]

    public init(name: String, groups: [Group]) {
      self.name = name
      self.groups = groups
    }
  }

  /// What one of something that credits are spent for cost.
  public struct OutcomeCost: Sendable {
    public var id: String
    /// `booked meeting`.
    public var title: String
    /// In millionths; nil where nothing tells.
    public var count: Int128?
    /// Spent for them, in micro-credits.
    public var credits: Int128
    public var previousCount: Int128?
    public var previousCredits: Int128
    /// Requests that do not tell how many they brought.
    public var untold: Int128
    public var note: String?

    public init(
      id: String,
      title: String,
      count: Int128?,
      credits: Int128,
      previousCount: Int128?,
      previousCredits: Int128,
      untold: Int128,
      note: String?
    ) {
      self.id = id
      self.title = title
      self.count = count
      self.credits = credits
      self.previousCount = previousCount
      self.previousCredits = previousCredits
      self.untold = untold
      self.note = note
    }
  }
}

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
