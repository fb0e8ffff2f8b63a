import CreditCore

/// Adds up what a query asks for.
///
/// Time is parted where the span and the rows of the answer start and end.
final class UsageReading {
  private struct Cell: Hashable {
    var part: Int
    var group: Int
    /// The place in `sources`, or -1.
    var source: Int
  }

  private struct Amounts {
    var sums = UsageSums()
    /// How many requests have which unit.
    private var units: [(unit: Unit, requests: Int128)] = []

    /// The unit of all requests; nil where units differ.
    var unit: Unit? {
      let present = units.filter { $0.requests != 0 }
      return present.count == 1 ? present.first?.unit : nil
    }

    mutating func add(_ entry: SeriesSelection.Entry, _ amounts: SeriesAmounts) {
      let requests = amounts.requests
      if let place = units.firstIndex(where: { $0.unit == entry.unit }) {
        units[place].requests += requests
      } else {
        units.append((entry.unit, requests))
      }
      sums.add(amounts, entry.traits)
    }
  }

  private let connection: OpaquePointer
  private let query: UsageQuery
  private let selection: SeriesSelection
  private let requests: StoredRequests
  private let imports: ImportSources?
  private var sources: [String] = []
  private var cells: [Cell: Amounts] = [:]
  private var time = PartedSpan(span: 0..<0, starts: [])

  init(_ connection: OpaquePointer, _ query: UsageQuery) throws {
    self.connection = connection
    self.query = query
    let keys = query.by.filter { !$0.isTime }
    selection = try SeriesSelection(connection, query.filter, by: keys)
    requests = StoredRequests(connection)
    let asksImport = query.by.contains(.source) || query.filter.asksImport
    imports = asksImport ? try ImportSources(connection) : nil
  }

  func run() throws {
    guard !selection.entries.isEmpty, let held = try PartedSpan.stored(connection) else { return }
    let start = max(query.since?.microseconds ?? .min, held.lowerBound)
    let end = min(query.until?.microseconds ?? .max, held.upperBound)
    if start >= end { return }
    let cuts = query.cuts?(Instant(microseconds: start)..<Instant(microseconds: end)) ?? []
    time = PartedSpan(span: start..<end, starts: cuts.map(\.microseconds))
    if imports != nil { return try readRequests(ofPartial: false) }
    if selection.hasPartial { try readRequests(ofPartial: true) }
    try readDays()
  }

  // MARK: Reading

  private func readDays() throws {
    try time.read(connection, requests) { series, part, requests, quantity, credits in
      guard let entry = selection.entries[series], entry.partial == nil else { return }
      let cell = Cell(part: part, group: entry.group, source: -1)
      cells[cell, default: Amounts()].add(entry, SeriesAmounts(requests, quantity, credits))
    }
  }

  /// Adds up all requests of the span one by one; or only those of series of which some are taken.
  private func readRequests(ofPartial isOnlyPartial: Bool) throws {
    try requests.forEach(from: time.span.lowerBound, to: time.span.upperBound) { row in
      guard let entry = selection.entries[row.series] else { return }
      if let series = entry.partial {
        guard query.filter.takes(path: series.path(arguments: requests.arguments)) else { return }
      } else if isOnlyPartial {
        return
      }
      var cell = Cell(part: time.part(at: row.at), group: entry.group, source: -1)
      if let imports {
        let origin = imports[row.importID]
        guard query.filter.takes(origin) else { return }
        if query.by.contains(.source) { cell.source = number(ofSource: origin.source) }
      }
      let amounts = SeriesAmounts(1, row.quantity ?? 0, row.credits ?? 0)
      cells[cell, default: Amounts()].add(entry, amounts)
    }
  }

  private func number(ofSource source: String) -> Int {
    if let known = sources.firstIndex(where: { $0.isSpelled(like: source) }) {
      return known
    }
    sources.append(source)
    return sources.count - 1
  }

  // MARK: The answer

  var answer: UsageAnswer {
    let place = query.by.filter { !$0.isTime }.firstIndex(of: .source)
    var totals = UsageSums()
    var cells: [Cell] = []
    for (cell, amounts) in self.cells where amounts.sums.requests != 0 {
      totals += amounts.sums
      cells.append(cell)
    }
    // Groups are put in order, rather than each of their parts of time.
    let ranks = selection.ranks
    cells.sort { left, right in
      let (rank, other) = (ranks[left.group], ranks[right.group])
      return rank == other ? left.part < right.part : rank < other
    }
    var groups = cells.map { group(of: $0, place) }
    if place != nil { groups.sort(by: Self.precedes) }
    return UsageAnswer(groups: groups, totals: totals, requestsRead: requests.count)
  }

  /// - place: that of the source among values, where it is one of them.
  private func group(of cell: Cell, _ place: Int?) -> UsageGroup {
    let amounts = cells[cell] ?? Amounts()
    var values = selection.groups[cell.group]
    if let place, cell.source >= 0 { values[place] = .text(sources[cell.source]) }
    return UsageGroup(
      values: values,
      start: time.starts.isEmpty ? nil : Instant(microseconds: time.starts[cell.part]),
      unit: amounts.unit,
      sums: amounts.sums
    )
  }

  private static func precedes(_ left: UsageGroup, _ right: UsageGroup) -> Bool {
    for (left, right) in zip(left.values, right.values) where left != right { return left < right }
    return (left.start?.microseconds ?? 0) < (right.start?.microseconds ?? 0)
  }
}
