import CreditCore

/// The series that a filter takes, each with the group that its requests belong to.
struct SeriesSelection {
  struct Entry {
    /// The place of its values in ``groups``.
    var group: Int
    var traits: SeriesTraits
    var unit: Unit
    /// The series itself, where each of its requests must be looked at.
    var partial: Series?
  }

  private(set) var entries: [Int64: Entry] = [:]
  /// Different values of what usage is grouped by.
  private(set) var groups: [[UsageValue]] = []
  /// Whether each request of some series must be looked at.
  private(set) var hasPartial = false

  init(
    _ connection: OpaquePointer,
    _ filter: UsageFilter,
    by keys: [UsageKey]
  ) throws(EnvironmentFault) {
    let books = try BookNames(connection)
    var numbers: [[UsageValue]: Int] = [:]
    let statement = try Statement(connection, UsageSQL.series)
    while try statement.step() {
      let series = Series(statement)
      let extent = filter.extent(of: series)
      if extent == .none { continue }
      let values = keys.map { Self.value($0, of: series, books) }
      let group = numbers[values] ?? groups.count
      if group == groups.count {
        groups.append(values)
        numbers[values] = group
      }
      if extent == .some { hasPartial = true }
      entries[statement.integer(0)] = Entry(
        group: group,
        traits: SeriesTraits(series),
        unit: series.unit,
        partial: extent == .some ? series : nil
      )
    }
  }

  /// The places of the groups in the order of their values.
  var ranks: [Int] {
    let order = groups.indices.sorted { left, right in
      for (a, b) in zip(groups[left], groups[right]) where a != b { return a < b }
      return false
    }
    var ranks = Array(repeating: 0, count: groups.count)
    for (rank, group) in order.enumerated() { ranks[group] = rank }
    return ranks
  }

  private static func value(_ key: UsageKey, of series: Series, _ books: BookNames) -> UsageValue {
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
    case .book: .text(books[series.book])
    case .plan: .text(series.plan)
    case .tag(let name): TagTexts.value(name, in: series.tags).map { .text($0) } ?? .absent
    case .source, .hour, .day, .week, .month: .absent
    }
  }
}

/// Names of price books, by their numbers.
struct BookNames {
  private(set) var names: [Int64: String] = [:]

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    let statement = try Statement(connection, UsageSQL.books)
    while try statement.step() {
      names[statement.integer(0)] = statement.text(1) + " " + statement.text(2)
    }
  }

  /// `graph8 2026.11`.
  subscript(number: Int64) -> String { names[number] ?? "missing book \(number)" }
}

/// Where imports came from, by their numbers.
struct ImportSources {
  struct Origin {
    var source: String
    var started: Instant
  }

  private var origins: [Int64: Origin] = [:]

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    let statement = try Statement(connection, UsageSQL.imports)
    while try statement.step() {
      origins[statement.integer(0)] = Origin(
        source: statement.text(1),
        started: Instant(microseconds: statement.integer(2))
      )
    }
  }

  subscript(number: Int64) -> Origin {
    origins[number] ?? Origin(source: "", started: Instant(microseconds: 0))
  }
}
