import Alerting
import CreditCore
import PriceBooks
import Rating
import Reconciliation
import UsageStore

/// What rules ask of the database, measured at an instant.
struct AlertFacts {
  let store: UsageStore
  let shelf: BookShelf
  let setting: AlertSetting
  let now: Instant
  /// The end of what is looked at, which is not part of it.
  let end: Instant
  let organisations: AlertOrganisations
  let usage: AlertUsage
  /// What the evaluation before this one saw.
  let watches: [String: AlertWatch]

  init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ setting: AlertSetting,
    _ watches: [String: AlertWatch],
    _ past: AlertPast = AlertPast(),
    now: Instant
  ) throws {
    (self.store, self.shelf, self.setting, self.now) = (store, shelf, setting, now)
    self.watches = watches
    // What happened at this very instant has happened.
    end = Instant(microseconds: now.microseconds &+ 1)
    organisations = try AlertOrganisations(store, only: setting.org, by: now)
    usage = AlertUsage(store, organisations, setting.zone, past, now)
  }

  private init(_ facts: AlertFacts, now: Instant) {
    (store, shelf, setting) = (facts.store, facts.shelf, facts.setting)
    (organisations, watches) = (facts.organisations, facts.watches)
    self.now = now
    end = Instant(microseconds: now.microseconds &+ 1)
    usage = AlertUsage(store, organisations, setting.zone, AlertPast(), now)
  }

  /// What is known now of requests by an instant that has passed.
  func seen(at now: Instant) -> AlertFacts { AlertFacts(self, now: now) }

  func balance(of org: String) -> Snapshot? { organisations.balances[org]?.snapshot }

  /// `isStale`: whether the balance is too old to be relied on.
  func measure(_ rule: AlertRule, of org: String, isStale: Bool) throws -> AlertMeasure {
    switch rule.condition {
    case .balanceBelow(let limit): return try balance(limit, of: org, isStale: isStale)
    case .runwayBelow(let span, let percentile):
      return try runway(span, percentile, of: org, isStale: isStale)
    case .budget(let budget): return try measure(budget, of: org)
    case .burnRateAbove(_, let window, let other):
      let one = try burn(window, of: org)
      guard let other else { return one }
      let two = try burn(other, of: org)
      // Both windows must exceed the factor, so that the smaller one decides.
      guard let first = one.value, let second = two.value else {
        return one.value == nil ? one : two
      }
      return first < second ? one : two
    case .spikeAbove(_, let window): return try spike(window, of: org)
    case .rateLimitedAbove(_, let window):
      let sums = try self.window(window, of: org)
      return try share(sums.rateLimited, of: sums, org)
    case .unpricedAbove(.percent, let window):
      let sums = try self.window(window, of: org)
      return try share(sums.unpricedRequests, of: sums, org)
    case .unpricedAbove(.amount, let window):
      let sums = try self.window(window, of: org)
      return try usageMeasure(ExactDecimal(sums.unpricedRequests), org)
    case .unexplainedAbove(_, let window): return try unexplained(window, of: org)
    case .snapshotOlderThan: return age(of: balance(of: org)?.at, "no balance is known")
    case .usageOlderThan: return age(of: try usage.newest(of: org), "no request is known")
    }
  }

  func window(_ span: Span, of org: String) throws -> UsageSums {
    try usage.sums(of: org, from: end.earlier(by: span), to: end)
  }

  func usageMeasure(_ value: ExactDecimal?, _ org: String) throws -> AlertMeasure {
    var measure = AlertMeasure(value: value)
    measure.asOf = try usage.newest(of: org)
    return measure
  }

  /// In percent; of no requests, none are throttled.
  private func share(_ part: Int128, of sums: UsageSums, _ org: String) throws -> AlertMeasure {
    if sums.requests == 0 {
      let isKnown = try usage.newest(of: org) != nil
      return try usageMeasure(isKnown ? .zero : nil, org)
    }
    return try usageMeasure(Self.ratio(part * 100, sums.requests), org)
  }

  /// At six decimals, as thresholds have at most, and rounded up: what is above one stays above it.
  static func ratio(_ part: Int128, _ whole: Int128) -> ExactDecimal {
    let (quotient, rest) = (part * 1_000_000).quotientAndRemainder(dividingBy: whole)
    return ExactDecimal(significand: quotient + (rest > 0 ? 1 : 0), scale: 6).normalized
  }

  private func age(of instant: Instant?, _ unknown: String) -> AlertMeasure {
    var measure = AlertMeasure()
    measure.asOf = instant
    guard let instant else {
      measure.note = unknown
      return measure
    }
    let micros = max(0, now.microseconds - instant.microseconds)
    measure.value = Self.ratio(Int128(micros), 60_000_000)
    return measure
  }

  /// A snapshot shows what happened up to and at its instant.
  private static func after(_ instant: Instant) -> Instant {
    Instant(microseconds: instant.microseconds &+ 1)
  }

  // MARK: The balance

  private func balance(
    _ limit: AlertLimit,
    of org: String,
    isStale: Bool
  ) throws -> AlertMeasure {
    var measure = AlertMeasure()
    guard let known = organisations.balances[org], let balance = known.snapshot.balance else {
      measure.note = "no balance is known; creditmeter sync or snapshot add stores one"
      return measure
    }
    measure.value = balance.decimal
    measure.asOf = known.snapshot.at
    if case .percent = limit {
      measure.base = try base(of: org, known.snapshot)
      if measure.base == nil { measure.note = "what the period includes is not known" }
    }
    if isStale {
      measure.isEstimated = true
      measure.value = try left(of: org, known.snapshot).decimal
    }
    measure.late = try late(of: org, known.snapshot)
    return measure
  }

  /// Balances that came to be known after the last evaluation, though it knew a later one.
  func late(of org: String, _ latest: Snapshot) throws -> [AlertMeasure.Late] {
    guard let watch = watches[org], let seen = watch.at,
      watch.snapshot < organisations.lastSnapshot
    else { return [] }
    return try store.lateSnapshots(of: org, after: watch.snapshot, before: min(seen, latest.at))
      .compactMap { snapshot, next in
        guard let balance = snapshot.balance, snapshot.at < latest.at else { return nil }
        return AlertMeasure.Late(value: balance.decimal, from: snapshot.at, to: next)
      }
  }

  /// The balance without what requests took since it was told.
  private func left(of org: String, _ snapshot: Snapshot) throws -> Credits {
    let spent = try usage.sums(of: org, from: Self.after(snapshot.at), to: end).credits
    let balance = snapshot.balance ?? .zero
    return Credits(micros: Int64(clamping: Int128(balance.micros) - spent))
  }

  /// Credits that the plan includes each month, and those topped up in the period.
  private func base(of org: String, _ snapshot: Snapshot) throws -> ExactDecimal? {
    let (first, _) = setting.zone.local(now).date.billingPeriod(day: setting.billingDay ?? 1)
    var question = ReconcileWorkflow.Question(now: now)
    question.since = setting.zone.start(of: first)
    question.billingDay = setting.billingDay
    let timeline = try ReconcileWorkflow(store, shelf).timeline(of: org, question)
    let start = setting.zone.start(of: first)
    var base = ExactDecimal.zero
    for interval in timeline.intervals where interval.to > start {
      base = try base + interval.toppedUp.decimal
    }
    let tier = try snapshot.tier ?? store.latestTier(of: org, by: now)
    let plan = try tier.flatMap { try shelf.book(at: now).plan($0.lowercased()) }
    if let included = plan?.included, included.per == "month" {
      base = try base + included.credits
    }
    if !base.isZero { return base }
    guard let balance = snapshot.balance, let used = snapshot.billingPeriodUsed else { return nil }
    let all = try balance + used
    return all.micros > 0 ? all.decimal : nil
  }

  private func runway(
    _ span: Span,
    _ percentile: RunwayPercentile,
    of org: String,
    isStale: Bool
  ) throws -> AlertMeasure {
    var measure = AlertMeasure()
    measure.isEstimated = isStale
    guard let snapshot = balance(of: org), let balance = snapshot.balance else {
      measure.note = "no balance is known"
      return measure
    }
    measure.asOf = snapshot.at
    let runway = try AlertRunway(self, org)
    guard let runway else {
      let known = try usage.days(of: org)?.whole.count ?? 0
      measure.note = "not enough history: \(known) whole days are known, and it needs 3"
      return measure
    }
    if balance.micros <= 0 {
      measure.value = .zero
    } else {
      let left = try left(of: org, snapshot)
      (measure.value, measure.note) = runway.days(left, snapshot.at, within: span, percentile)
    }
    return measure
  }
}
