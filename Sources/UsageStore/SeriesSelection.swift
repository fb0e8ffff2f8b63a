import CreditCore

/// The series that a filter takes, each with the group that its requests belong to.
struct SeriesSelection {
  struct Entry {
    /// The place of its values in ``groups``.
    var group: Int
    var traits: SeriesTraits
    var unit: Unit
    /// Whether each of its requests must be looked at.
    var isPartial: Bool
  }

  private let filter: UsageFilter
  private let keys: [UsageKey]
  /// By number of series; nil for what is not taken.
  private var entries: [Entry?] = []
  /// Series of which each request must be looked at, by number.
  private(set) var partial: [Int64: Series] = [:]
  /// Different values of what usage is grouped by.
  private(set) var groups: [[UsageValue]] = []
  private var numbers: [[UsageValue]: Int] = [:]
  /// The places of the groups in the order of their values.
  private(set) var ranks: [Int] = []

  init(
    _ connection: OpaquePointer,
    _ filter: UsageFilter,
    by keys: [UsageKey]
  ) throws(EnvironmentFault) {
    (self.filter, self.keys) = (filter, keys)
    try readOn(connection)
  }

  subscript(series: Int64) -> Entry? {
    entries.indices.contains(Int(series)) ? entries[Int(series)] : nil
  }

  var isEmpty: Bool { groups.isEmpty }

  /// Above the numbers of all series.
  var end: Int { entries.count }

  /// Takes in what was stored since: series are added, and never change.
  mutating func readOn(_ connection: OpaquePointer) throws(EnvironmentFault) {
    let books = try BookNames(connection)
    let statement = try Statement(connection, UsageSQL.laterSeries)
    statement.bind(1, Int64(entries.count - 1))
    while try statement.step() {
      let number = Int(seriesNumber(statement.integer(0)))
      if number == 0 { throw statement.fault("series is damaged") }
      entries += repeatElement(nil, count: number + 1 - entries.count)
      let series = Series(statement)
      let extent = filter.extent(of: series)
      if extent == .none { continue }
      let values = keys.map { Self.value($0, of: series, books) }
      let group = numbers[values] ?? groups.count
      if group == groups.count {
        groups.append(values)
        numbers[values] = group
      }
      if extent == .some { partial[Int64(number)] = series }
      entries[number] = Entry(
        group: group,
        traits: series.traits,
        unit: series.unit,
        isPartial: extent == .some
      )
    }
    if ranks.count < groups.count { rank() }
  }

  private mutating func rank() {
    let order = groups.indices.sorted { left, right in
      for (a, b) in zip(groups[left], groups[right]) where a != b { return a < b }
      return false
    }
    ranks = Array(repeating: 0, count: groups.count)
    for (rank, group) in order.enumerated() { ranks[group] = rank }
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
