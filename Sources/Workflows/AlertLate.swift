import Alerting
import CreditCore
import UsageStore

/// Requests that came to be known after the last look, though they are from before it.
final class AlertLate {
  /// What is stored a minute after it happened is not late.
  private static let patience = Span(seconds: 60)
  /// Instants that rules are looked at again for.
  private static let looks: Int64 = 24

  private let orgs: [String: ClosedRange<Instant>]
  /// When it had been looked at last.
  private let seen: Instant
  /// What is known now of instants of then, in their order.
  private let facts: [AlertFacts]

  /// What imports up to number `last` added since a look; nothing where there was none.
  init(_ facts: AlertFacts, since look: AlertLook?, through last: Int64) throws {
    let seen = min(look?.at ?? facts.now, facts.now)
    self.seen = seen
    orgs =
      try look.map {
        try facts.store.lateRequests(
          after: $0.importNumber,
          through: last,
          before: seen.earlier(by: Self.patience),
          nameless: facts.organisations.nameless
        )
      } ?? [:]
    guard let first = orgs.values.map(\.lowerBound).min(),
      let last = orgs.values.map(\.upperBound).max()
    else {
      self.facts = []
      return
    }
    var instants = Set(orgs.values.map(\.upperBound))
    let step = max(1, (seen.microseconds - first.microseconds) / Self.looks)
    for number in 0..<Self.looks {
      instants.insert(Instant(microseconds: first.microseconds + number * step))
    }
    // Periods that are over end with all that they held.
    for day in Self.days(first, last, facts.setting.zone) {
      instants.insert(Instant(microseconds: day.microseconds - 1))
    }
    self.facts = instants.filter { $0 <= seen }.sorted().suffix(Self.limit)
      .map { facts.seen(at: $0) }
  }

  private static let limit = 100

  /// Midnights behind `first`, up to a day behind `last`; the latest ones where there are many.
  private static func days(_ first: Instant, _ last: Instant, _ zone: Zone) -> [Instant] {
    let numbers = zone.local(first).date.number...zone.local(last).date.number
    return numbers.suffix(31).map { zone.start(of: CivilDate(number: $0 + 1)) }
  }

  /// What a rule about requests would have measured, had they been known; each value with the
  /// span in which it held.
  func values(_ rule: AlertRule, of org: String) throws -> [AlertMeasure.Late] {
    guard let sight = rule.condition.sight, let first = facts.first,
      let range = first.organisations.spenders(of: org).compactMap({ orgs[$0] }).first
    else { return [] }
    let end = Instant(microseconds: range.upperBound.microseconds + sight.microseconds)
    var found: [AlertMeasure.Late] = []
    for (place, facts) in facts.enumerated() where range.lowerBound <= facts.now && facts.now <= end
    {
      guard let value = try facts.measure(rule, of: org, isStale: false).value else { continue }
      let next = place + 1 < self.facts.count ? self.facts[place + 1].now : seen
      let until = min(next, Instant(microseconds: facts.now.microseconds + sight.microseconds))
      found.append(AlertMeasure.Late(value: value, from: facts.now, to: max(until, facts.now)))
    }
    return found
  }
}

extension AlertCondition {
  /// How long a request counts; nil where none does.
  var sight: Span? {
    switch self {
    case .budget(let budget):
      switch budget.per {
      case .day: Span(seconds: 86_400)
      case .week: Span(seconds: 7 * 86_400)
      case .month, .period: Span(seconds: 31 * 86_400)
      }
    case .burnRateAbove(_, let window, let other): max(window, other ?? window)
    case .spikeAbove(_, let window), .rateLimitedAbove(_, let window),
      .unpricedAbove(_, let window):
      window
    case .balanceBelow, .runwayBelow, .snapshotOlderThan, .usageOlderThan, .unexplainedAbove: nil
    }
  }
}
