import CreditCore
import Rating
import Reports
import UsageStore

/// A period's series, added up by what they have in common.
struct PeriodGroups {
  let usage: PeriodUsage
  let book: PriceBook
  /// The places of entries with requests in either period; an entry is looked at where it lies, as
  /// a copy costs more than most sums.
  let places: [Int]

  init(_ usage: PeriodUsage, book: PriceBook) {
    self.usage = usage
    self.book = book
    places = usage.entries.indices.filter { place in
      usage.entries[place].amounts.requests != 0 || usage.entries[place].compared.requests != 0
    }
  }

  /// Totals, days and groupings.
  ///
  /// `tagGroups`: whether requests are grouped by each tag, rather than only what tags they have.
  func fill(
    _ report: inout PeriodReport,
    days: [(date: CivilDate, start: Instant)],
    tagGroups isGrouped: Bool = true
  ) {
    var compared = UsageSums()
    for place in usage.entries.indices {
      report.totals.add(usage.entries[place].amounts, of: usage.entries[place].series)
      report.previous.sums.add(usage.entries[place].previous, of: usage.entries[place].series)
      compared.add(usage.entries[place].compared, of: usage.entries[place].series)
    }
    if report.isOpen { report.previous.compared = compared }
    for (place, day) in days.enumerated() {
      let end = place + 1 < days.count ? days[place + 1].start : report.to
      var sums = UsageSums()
      for family in usage.days[place] { sums += family.sums }
      report.days.append(
        PeriodReport.Day(
          date: day.date,
          start: day.start,
          hours: Int((end.microseconds - day.start.microseconds) / 3_600_000_000),
          sums: sums,
          families: usage.days[place].filter { $0.sums.credits != 0 }
            .map { (family: $0.family, credits: $0.sums.credits) }
            .sorted { $0.family < $1.family }
        )
      )
    }
    report.operations = groups(by: .operation)
    switch report.by {
    case .operation: report.groups = report.operations
    case .tag(let name): report.groups = tag(name).groups
    default: report.groups = groups(by: report.by)
    }
    report.tags = tagNames(report.by).map { name in
      isGrouped ? tag(name) : PeriodReport.Tag(name: name, groups: [])
    }
  }

  // MARK: Groupings

  private struct Sums {
    var sums = UsageSums()
    var previous = UsageSums()
    private var units: Set<Unit> = []

    mutating func add(_ entry: PeriodUsage.Entry) {
      sums.add(entry.amounts, of: entry.series)
      previous.add(entry.compared, of: entry.series)
      units.insert(entry.series.unit)
    }

    var unit: Unit? { units.count == 1 ? units.first : nil }
  }

  private func groups(by key: UsageKey) -> [PeriodReport.Group] {
    var sums: [UsageValue: Sums] = [:]
    for place in places {
      sums[value(of: key, usage.entries[place].series), default: Sums()].add(usage.entries[place])
    }
    return sorted(sums, by: key)
  }

  private func sorted(
    _ sums: [UsageValue: Sums],
    by key: UsageKey
  ) -> [PeriodReport.Group] {
    let groups = sums.map { value, sums in
      PeriodReport.Group(
        value: value,
        title: title(of: value, key),
        unit: sums.unit,
        sums: sums.sums,
        previous: sums.previous
      )
    }
    return groups.filter { $0.sums.requests != 0 }.sorted { left, right in
      if left.sums.credits != right.sums.credits { return left.sums.credits > right.sums.credits }
      if left.sums.requests != right.sums.requests {
        return left.sums.requests > right.sums.requests
      }
      return left.value < right.value
    }
  }

  func title(of operation: String) -> String {
    if let known = book.operation(operation) { return known.title }
    return operation == "unknown" ? "Calls that the price book does not know" : operation
  }

  private func title(of value: UsageValue, _ key: UsageKey) -> String {
    switch (key, value) {
    case (.operation, .text(let id)): title(of: id)
    case (.tag, .absent): "without the tag"
    case (.path, .absent): "in the background"
    case (.status, .absent): "no status"
    case (_, .absent): "none"
    case (_, .number(let number)): String(number)
    case (_, .text(let text)): text
    }
  }

  private func value(of key: UsageKey, _ series: Series) -> UsageValue {
    switch key {
    case .org: .text(series.org)
    case .operation: .text(series.operation)
    case .family: .text(series.family)
    case .path: series.route.isEmpty ? .absent : .text(series.route)
    case .method: series.method.isEmpty ? .absent : .text(series.method)
    case .status: series.status.map { .number($0) } ?? .absent
    case .basis: .text(series.basis.rawValue)
    case .metering: .text(series.metering.rawValue)
    case .unit: .text(series.unit.rawValue)
    case .book: .text(usage.books[series.book] ?? "")
    case .plan: .text(series.plan)
    case .tag, .source, .hour, .day, .week, .month: .absent
    }
  }

  // MARK: Tags

  /// Names of the tags that requests of the period have, and the one that is asked for.
  private func tagNames(_ key: UsageKey) -> [String] {
    var names: Set<UsageValue> = []
    let present = Set(usage.entries.lazy.filter { $0.amounts.requests != 0 }.map(\.tags))
    for pair in present.flatMap({ usage.tagSets[$0] }) { names.insert(.text(pair.name)) }
    if case .tag(let name) = key { names.insert(.text(name)) }
    return names.sorted().map(\.text)
  }

  private func tag(_ name: String) -> PeriodReport.Tag {
    var sums: [UsageValue: Sums] = [:]
    let values = tagValues(name)
    for place in places {
      sums[values[usage.entries[place].tags], default: Sums()].add(usage.entries[place])
    }
    let groups = sorted(sums, by: .tag(name))
    return PeriodReport.Tag(
      name: name,
      groups: groups.filter { $0.value != .absent } + groups.filter { $0.value == .absent }
    )
  }

  /// The value of a tag, by the places of tags that requests have together.
  func tagValues(_ name: String) -> [UsageValue] {
    usage.tagSets.map { pairs in
      pairs.first { $0.name.isSpelled(like: name) }.map { .text($0.value) } ?? .absent
    }
  }
}
