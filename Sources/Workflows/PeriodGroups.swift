import CreditCore
import Rating
import Reports
import UsageStore

/// A period's series, added up by what they have in common.
struct PeriodGroups {
  let usage: PeriodUsage
  let book: PriceBook
  /// By the places of operations.
  let operations: [Sums]
  /// By the places of tags that requests have together.
  let tagSets: [Sums]

  init(_ usage: PeriodUsage, book: PriceBook) {
    self.usage = usage
    self.book = book
    operations = usage.sums(usage.operations.count) { $0.operation }
    tagSets = usage.sums(usage.tagSets.count) { $0.tags }
  }

  /// Totals, days and groupings.
  func fill(_ report: inout PeriodReport, days: [(date: CivilDate, start: Instant)]) {
    for entry in usage.entries { report.previous.sums.add(entry.previous, of: entry.traits) }
    report.totals = operations.reduce(into: UsageSums()) { $0 += $1.sums }
    if report.isOpen {
      report.previous.compared = operations.reduce(into: UsageSums()) { $0 += $1.previous }
    }
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
    report.tags = tagNames(report.by).map(tag)
  }

  // MARK: Groupings

  /// What series add up to.
  struct Sums {
    var sums = UsageSums()
    /// Up to where it is compared.
    var previous = UsageSums()
    private(set) var unit: Unit?
    private var hasUnits = false

    /// Of series without requests in either period nothing counts, nor does their unit.
    fileprivate mutating func add(_ entry: PeriodUsage.Entry) {
      if entry.amounts.requests == 0, entry.compared.requests == 0 { return }
      sums.add(entry.amounts, of: entry.traits)
      previous.add(entry.compared, of: entry.traits)
      add(unit: entry.unit)
    }

    static func += (left: inout Sums, right: Sums) {
      if !right.hasUnits { return }
      left.sums += right.sums
      left.previous += right.previous
      left.add(unit: right.unit)
    }

    /// The unit is that of all of them; nil where units differ.
    private mutating func add(unit other: Unit?) {
      if !hasUnits { unit = other } else if unit != other { unit = nil }
      hasUnits = true
    }
  }

  /// What requests of operations add up to; their names may have stars.
  func sums(of names: [String]) -> Sums {
    let names = names.map { Wildcard($0) }
    return zip(usage.operations, operations).reduce(into: Sums()) { sums, operation in
      if names.contains(where: { $0.matches(operation.0) }) { sums += operation.1 }
    }
  }

  private func groups(by key: UsageKey) -> [PeriodReport.Group] {
    switch key {
    case .operation: sorted(usage.operations.map { .text($0) }, operations, by: key)
    case .family:
      sorted(usage.operations.map { .text(Series.family(of: $0)) }, operations, by: key)
    case .tag(let name): sorted(tagValues(name), tagSets, by: key)
    case .org:
      sorted(usage.orgs.map { .text($0) }, usage.sums(usage.orgs.count) { $0.org }, by: key)
    default: sorted(usage.values, usage.sums(usage.values.count) { $0.value }, by: key)
    }
  }

  /// Adds up what has one value.
  private func sorted(
    _ values: [UsageValue],
    _ parts: [Sums],
    by key: UsageKey
  ) -> [PeriodReport.Group] {
    var sums: [UsageValue: Sums] = [:]
    for (value, part) in zip(values, parts) { sums[value, default: Sums()] += part }
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

  // MARK: Tags

  /// Names of the tags that requests of the period have, and the one that is asked for.
  private func tagNames(_ key: UsageKey) -> [String] {
    var names: Set<UsageValue> = []
    for (pairs, part) in zip(usage.tagSets, tagSets) where part.sums.requests != 0 {
      for pair in pairs { names.insert(.text(pair.name)) }
    }
    if case .tag(let name) = key { names.insert(.text(name)) }
    return names.sorted().map(\.text)
  }

  private func tag(_ name: String) -> PeriodReport.Tag {
    let groups = groups(by: .tag(name))
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

extension PeriodUsage {
  /// Sums by a number that series have, which is below `count`.
  @inline(__always)
  fileprivate func sums(_ count: Int, _ number: (Entry) -> Int) -> [PeriodGroups.Sums] {
    var sums = Array(repeating: PeriodGroups.Sums(), count: count)
    for entry in entries { sums[number(entry)].add(entry) }
    return sums
  }
}
