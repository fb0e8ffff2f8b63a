public import CreditCore

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
    /// What it is called in words.
    public var name: String
    public var sums = UsageSums()
    /// Up to the time of the period that is as far into it as now is into this one; nil where
    /// this one is over.
    public var compared: UsageSums?

    public init(period: CalendarPeriod, name: String? = nil) {
      self.period = period
      self.name = name ?? period.label
    }
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
