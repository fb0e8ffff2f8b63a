public import CreditCore
public import Rating
public import Reports
public import UsageStore

/// What a database knows that an estimate starts from.
public struct EstimateDefaults: Sendable {
  /// The latest snapshot of the balance.
  public var snapshot: Snapshot?
  /// The plan that the latest tier names.
  public var plan: String?
  /// How past estimates did.
  public var record: EstimateRecord?
  /// How many organisations have a balance, where nobody said which is meant.
  public var undecided: Int?

  /// As it was known at an instant; of `org`, or of the only organisation that has a balance.
  public init(_ store: UsageStore, org: String?, by now: Instant, book: PriceBook) throws {
    record = EstimateRecord(
      try store.savedEstimates().compactMap { estimate in
        guard let actual = estimate.actual, estimate.compared ?? now <= now else { return nil }
        return (estimate.credits, actual)
      }
    )
    var holder = org
    if org == nil {
      let holders = try store.organisations().filter {
        try store.latestSnapshot(of: $0, by: now) != nil
      }
      if holders.count > 1 { undecided = holders.count }
      holder = holders.count == 1 ? holders[0] : nil
    }
    guard let holder else { return }
    snapshot = try store.latestSnapshot(of: holder, by: now)
    let tier = try store.latestTier(of: holder, by: now)?.lowercased()
    plan = tier.flatMap { book.plan($0)?.id }
  }
}

/// Keeps estimates, and sets them beside what then happened.
public enum EstimateRecordWorkflow {
  /// Keeps an estimate under a name.
  public static func save(
    _ report: EstimateReport,
    as name: String,
    at now: Instant,
    in store: UsageStore
  ) throws {
    let json = try report.rendered(as: .json)
    try store.save(
      SavedEstimate(
        name: name,
        saved: now,
        credits: report.estimate.totals.credits,
        content: String(decoding: json, as: UTF8.self)
      )
    )
  }

  /// Which usage an estimate came to.
  public struct Question: Sendable {
    public var filter = UsageFilter()
    public var since: Instant?
    public var until: Instant?

    public init() {}
  }

  /// Sets an estimate beside the usage that it came to; without a tag or a start, all since it
  /// was kept.
  ///
  /// Throws ``EnvironmentFault`` for a name that no estimate has, and ``BadInput`` for one that
  /// was changed by hand.
  public static func compare(
    _ name: String,
    _ question: Question,
    in store: UsageStore
  ) throws -> ActualReport {
    let all = try store.savedEstimates()
    guard let saved = all.first(where: { $0.name.isSpelled(like: name) }) else {
      let near = nearest(to: name, among: all.map(\.name)).map { "; did you mean \($0)?" } ?? ""
      throw EnvironmentFault("no estimate \"\(printable(name))\" was kept\(near)")
    }
    var query = UsageQuery()
    query.filter = question.filter
    query.since = question.since ?? (question.filter.tags.isEmpty ? saved.saved : nil)
    query.until = question.until
    query.by = [.operation]
    let usage = try store.usage(query)
    var lines = try PlannedOperations.read(saved)
    for group in usage.groups where group.sums.chargedRequests > 0 {
      guard case .text(let operation)? = group.values.first else { continue }
      let place = lines.firstIndex { $0.operation == operation } ?? lines.count
      if place == lines.count {
        if group.sums.credits == 0, group.sums.unpricedRequests == 0 { continue }
        lines.append(ActualReport.Line(operation: operation, unit: group.unit))
      }
      lines[place].actual = group.sums
    }
    return ActualReport(
      name: saved.name,
      saved: saved.saved,
      since: query.since,
      until: query.until,
      tags: question.filter.tags.map { ($0.name, $0.value) },
      credits: saved.credits,
      lines: lines,
      actual: usage.totals
    )
  }

  /// Keeps what an estimated campaign did cost; false where there is no usage to keep.
  public static func keep(
    _ report: ActualReport,
    at now: Instant,
    in store: UsageStore
  ) throws -> Bool {
    guard report.actual.requests > 0 else { return false }
    guard let micros = Int64(exactly: report.actual.credits) else { throw ArithmeticOverflow() }
    try store.keepActual(Credits(micros: micros), of: report.name, at: now)
    return true
  }
}
