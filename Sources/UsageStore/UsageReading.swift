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
    /// The unit that came first, and how many requests have it.
    private let first: Unit
    private var requests: Int64 = 0
    /// How many requests have which other unit.
    private var others: [(unit: Unit, requests: Int64)] = []

    init(first: Unit) { self.first = first }

    /// The unit of all requests; nil where units differ.
    var unit: Unit? {
      if others.isEmpty { return requests != 0 ? first : nil }
      let present = ([(first, requests)] + others).filter { $0.requests != 0 }
      return present.count == 1 ? present.first?.unit : nil
    }

    mutating func add(_ entry: SeriesSelection.Entry, _ amounts: SeriesAmounts) {
      if entry.unit == first {
        requests &+= amounts.requests
      } else if let place = others.firstIndex(where: { $0.unit == entry.unit }) {
        others[place].requests &+= amounts.requests
      } else {
        others.append((entry.unit, amounts.requests))
      }
      sums.add(amounts, of: entry.traits)
    }
  }

  private let connection: OpaquePointer
  private let query: UsageQuery
  let selection: SeriesSelection
  private let requests: StoredRequests
  private let imports: ImportSources?
  private var sources: [String] = []
  private var cells: [(cell: Cell, amounts: Amounts)] = []
  private var places: [Cell: Int] = [:]
  private var time = PartedSpan(span: 0..<0, starts: [])

  /// `known`: the selection of a question that differs in its span only.
  init(
    _ connection: OpaquePointer,
    _ query: UsageQuery,
    _ known: SeriesSelection? = nil
  ) throws {
    self.connection = connection
    self.query = query
    let keys = query.by.filter { !$0.isTime }
    if var known {
      try known.readOn(connection)
      selection = known
    } else {
      selection = try SeriesSelection(connection, query.filter, by: keys)
    }
    let asksImport = query.by.contains(.source) || query.filter.asksImport
    imports = asksImport ? try ImportSources(connection) : nil
    requests = StoredRequests(connection, isBrief: !asksImport && selection.partial.isEmpty)
  }

  func run() throws {
    guard !selection.isEmpty, let held = try PartedSpan.stored(connection) else { return }
    let start = max(query.since?.microseconds ?? .min, held.lowerBound)
    let end = min(query.until?.microseconds ?? .max, held.upperBound)
    if start >= end { return }
    let cuts = query.cuts?(Instant(microseconds: start)..<Instant(microseconds: end)) ?? []
    time = PartedSpan(span: start..<end, starts: cuts.map(\.microseconds))
    if imports != nil { return try readRequests(ofPartial: false) }
    if !selection.partial.isEmpty { try readRequests(ofPartial: true) }
    try readDays()
  }

  // MARK: Reading

  private func readDays() throws {
    try time.read(connection, requests, series: selection.end) { series, part, amounts in
      guard let entry = selection[Int64(series)], !entry.isPartial else { return }
      add(amounts, entry, Cell(part: part, group: entry.group, source: -1))
    }
  }

  private func add(_ amounts: SeriesAmounts, _ entry: SeriesSelection.Entry, _ cell: Cell) {
    let place = places[cell] ?? cells.count
    if place == cells.count {
      cells.append((cell, Amounts(first: entry.unit)))
      places[cell] = place
    }
    cells[place].amounts.add(entry, amounts)
  }

  /// Adds up all requests of the span one by one; or only those of series of which some are taken.
  private func readRequests(ofPartial isOnlyPartial: Bool) throws {
    try requests.forEach(from: time.span.lowerBound, to: time.span.upperBound) { row in
      guard let entry = selection[row.series] else { return }
      if entry.isPartial, let series = selection.partial[row.series] {
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
      add(SeriesAmounts(1, row.quantity ?? 0, row.credits ?? 0), entry, cell)
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
    // Groups are put in order, rather than each of their parts of time.
    var order: [(rank: Int, part: Int, place: Int)] = []
    for place in cells.indices where cells[place].amounts.sums.requests != 0 {
      totals += cells[place].amounts.sums
      let cell = cells[place].cell
      order.append((selection.ranks[cell.group], cell.part, place))
    }
    order.sort { ($0.rank, $0.part, $0.place) < ($1.rank, $1.part, $1.place) }
    var groups = order.map { group(of: cells[$0.place].cell, cells[$0.place].amounts, place) }
    if place != nil { groups.sort(by: Self.precedes) }
    return UsageAnswer(groups: groups, totals: totals, requestsRead: requests.count)
  }

  /// - place: that of the source among values, where it is one of them.
  private func group(of cell: Cell, _ amounts: Amounts, _ place: Int?) -> UsageGroup {
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
