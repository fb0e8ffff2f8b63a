import Alerting
import CreditCore
import UsageStore

/// Usage of all organisations, asked once for each span and selection.
final class AlertUsage {
  private struct Span: Hashable {
    var selection: String
    var from: Instant
    var to: Instant
  }

  private let store: UsageStore
  private let organisations: AlertOrganisations
  private let zone: Zone
  private let today: CivilDate
  private let now: Instant
  let past: AlertPast
  private var sums: [Span: [String: UsageSums]] = [:]
  /// By selection.
  private var memories: [String: UsageMemory] = [:]
  private var newest: [String: Instant]?
  /// The longest past that a forecast looks at.
  private static let longestHistory = 182

  init(
    _ store: UsageStore,
    _ organisations: AlertOrganisations,
    _ zone: Zone,
    _ past: AlertPast,
    _ now: Instant
  ) {
    (self.store, self.organisations, self.zone, self.now) = (store, organisations, zone, now)
    self.past = past
    today = zone.local(now).date
  }

  /// What an organisation's requests of a span add up to.
  func sums(
    of org: String,
    from: Instant,
    to: Instant,
    budget: Budget? = nil
  ) throws -> UsageSums {
    let span = Span(selection: Self.selection(budget), from: from, to: to)
    let all = try sums[span] ?? read(span, budget)
    return organisations.spenders(of: org).reduce(into: UsageSums()) { total, spender in
      if let part = all[spender] { total += part }
    }
  }

  private func read(_ span: Span, _ budget: Budget?) throws -> [String: UsageSums] {
    var query = UsageQuery()
    query.filter = Self.filter(budget)
    (query.since, query.until, query.by) = (span.from, span.to, [.org])
    var found: [String: UsageSums] = [:]
    if span.from < span.to {
      let groups = try store.usage(query, memory(budget)).groups
      found.reserveCapacity(groups.count)
      for group in groups { found[group.values[0].text] = group.sums }
    }
    sums[span] = found
    return found
  }

  private func memory(_ budget: Budget?) -> UsageMemory {
    let selection = Self.selection(budget)
    if let known = memories[selection] { return known }
    let memory = UsageMemory()
    memories[selection] = memory
    return memory
  }

  /// Credits of an organisation by whole days up to today.
  struct Days {
    /// The first day with requests.
    var first: CivilDate
    /// By day from `first` on, today left out.
    var values: [Double]

    init(first: CivilDate, values: [Double]) { (self.first, self.values) = (first, values) }

    init(first: CivilDate, before today: CivilDate) {
      let count = max(0, today.number - first.number)
      self.init(first: first, values: Array(repeating: 0, count: count))
    }

    mutating func add(_ value: Double, on date: CivilDate) {
      let place = date.number - first.number
      if values.indices.contains(place) { values[place] += value }
    }

    /// Without the day on which records begin, which is seldom whole.
    var whole: [Double] { Array(values.dropFirst()) }
  }

  /// The first day with requests of an organisation.
  func firstDay(of org: String) throws -> CivilDate? {
    let all = try days(nil)
    return organisations.spenders(of: org).lazy.compactMap { all[$0]?.first }.min()
  }

  private func days(_ budget: Budget?) throws -> [String: Days] {
    try past.days(Self.selection(budget), before: today) { try read(budget) }
  }

  func days(of org: String, budget: Budget? = nil) throws -> Days? {
    let all = try days(budget)
    let parts = organisations.spenders(of: org).compactMap { all[$0] }
    guard let first = parts.map(\.first).min() else { return nil }
    var values = Array(repeating: 0.0, count: max(0, today.number - first.number))
    for part in parts {
      for (place, value) in part.values.enumerated() {
        values[part.first.number - first.number + place] += value
      }
    }
    return Days(first: first, values: values)
  }

  private func read(_ budget: Budget?) throws -> [String: Days] {
    let earliest = CivilDate(number: today.number - Self.longestHistory)
    let (zone, last) = (zone, today.number)
    var query = UsageQuery()
    query.filter = Self.filter(budget)
    query.by = [.org]
    query.since = zone.start(of: earliest)
    query.until = zone.start(of: today)
    query.cuts = { span in
      let first = zone.local(span.lowerBound).date.number
      return (first...max(first, last)).map { zone.start(of: CivilDate(number: $0)) }
    }
    var found: [String: Days] = [:]
    for group in try store.usage(query, memory(budget)).groups {
      guard let start = group.start else { continue }
      let date = zone.local(start).date
      let credits = ExactDecimal(significand: group.sums.credits, scale: Credits.places)
      found[group.values[0].text, default: Days(first: date, before: today)]
        .add(credits.approximate, on: date)
    }
    return found
  }

  /// When an organisation's newest request was.
  func newest(of org: String) throws -> Instant? {
    if newest == nil {
      let exact = Instant(microseconds: now.microseconds - 7 * 86_400_000_000)
      newest = try store.newestRequests(by: now, exact: exact)
    }
    return organisations.spenders(of: org).lazy.compactMap { self.newest?[$0] }.max()
  }

  private static func selection(_ budget: Budget?) -> String {
    guard let budget, budget.operation != nil || budget.family != nil || !budget.tags.isEmpty else {
      return ""
    }
    let tags = budget.tags.map { "\($0.name)\u{1F}\($0.value)" }
    return ([budget.operation ?? "", budget.family ?? ""] + tags).joined(separator: "\u{1E}")
  }

  private static func filter(_ budget: Budget?) -> UsageFilter {
    var filter = UsageFilter()
    guard let budget else { return filter }
    filter.operations = budget.operation.map { [Wildcard($0)] } ?? []
    filter.families = budget.family.map { [Wildcard($0)] } ?? []
    filter.tags = budget.tags.map { UsageFilter.Tag(name: $0.name, value: $0.value) }
    return filter
  }
}
