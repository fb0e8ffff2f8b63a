import CreditCore

/// Adds up what a query asks for.
///
/// Time is parted where the span and the rows of the answer start and end. A day with no such
/// place in it comes from its rollups. Of any other day the requests are read, but for those of its
/// longest part: they are what its rollups have besides the others.
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

    mutating func add(
      _ entry: SeriesSelection.Entry,
      _ requests: Int128,
      _ quantity: Int128,
      _ credits: Int128
    ) {
      if let place = units.firstIndex(where: { $0.unit == entry.unit }) {
        units[place].requests += requests
      } else {
        units.append((entry.unit, requests))
      }
      sums.requests += requests
      sums.credits += credits
      if entry.isCharged {
        sums.chargedRequests += requests
        sums.quantity += quantity
      }
      switch entry.basis {
      case .measured: sums.measured += credits
      case .counted: sums.counted += credits
      case .assumed: sums.assumed += credits
      case .unpriced: sums.unpricedRequests += requests
      }
      if entry.isError { sums.errors += requests }
      if entry.isRateLimited { sums.rateLimited += requests }
    }
  }

  /// A part of time, and the part of the answer that it belongs to; none out of the span.
  private struct Segment {
    var start: Int64
    var end: Int64
    var part: Int?
  }

  private static let dayLength: Int64 = 86_400_000_000

  private let connection: OpaquePointer
  private let query: UsageQuery
  private let selection: SeriesSelection
  private let requests: StoredRequests
  private let imports: ImportSources?
  private var sources: [String] = []
  private var cells: [Cell: Amounts] = [:]
  /// In microseconds; half-open.
  private var span: Range<Int64> = 0..<0
  private var starts: [Int64] = []

  init(_ connection: OpaquePointer, _ query: UsageQuery) throws {
    self.connection = connection
    self.query = query
    let keys = query.by.filter { !$0.isTime }
    selection = try SeriesSelection(connection, query.filter, by: keys)
    requests = try StoredRequests(connection)
    let asksSource = query.by.contains(.source) || !query.filter.sources.isEmpty
    imports = asksSource ? try ImportSources(connection) : nil
  }

  func run() throws {
    guard !selection.entries.isEmpty, let held = try Self.span(connection) else { return }
    let start = max(query.since?.microseconds ?? .min, held.lowerBound)
    let end = min(query.until?.microseconds ?? .max, held.upperBound)
    if start >= end { return }
    span = start..<end
    if let cuts = query.cuts {
      starts = cuts(Instant(microseconds: start)..<Instant(microseconds: end)).map(\.microseconds)
    }
    if imports != nil { return try readRequests(ofPartial: false) }
    if selection.hasPartial { try readRequests(ofPartial: true) }
    try readDays()
  }

  /// Whole days, from the first request to the last.
  static func span(_ connection: OpaquePointer) throws -> Range<Int64>? {
    let first = try Statement(connection, UsageSQL.firstCharge)
    let last = try Statement(connection, UsageSQL.lastCharge)
    guard try first.step(), try last.step() else { return nil }
    let from = floorDivided(first.integer(0) >> 31, by: 86_400) * dayLength
    return from..<(floorDivided(last.integer(0) >> 31, by: 86_400) + 1) * dayLength
  }

  // MARK: Parts of time

  /// The part that an instant lies in.
  private func part(at instant: Int64) -> Int {
    if starts.isEmpty { return 0 }
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    return max(low - 1, 0)
  }

  /// The places within days at which something starts or ends, by day.
  private func cutsByDay() -> [Int64: [Int64]] {
    var cuts: [Int64: [Int64]] = [:]
    for place in [span.lowerBound, span.upperBound] + starts
    where place % Self.dayLength != 0 && (span.contains(place) || place == span.upperBound) {
      cuts[floorDivided(place, by: Self.dayLength), default: []].append(place)
    }
    return cuts
  }

  private func segments(of day: Int64, _ cuts: [Int64]) -> [Segment] {
    let places = [day * Self.dayLength] + Set(cuts).sorted() + [(day + 1) * Self.dayLength]
    return zip(places, places.dropFirst()).map { start, end in
      Segment(start: start, end: end, part: span.contains(start) ? part(at: start) : nil)
    }
  }

  // MARK: Reading

  private func readDays() throws {
    let cuts = cutsByDay()
    // By day: the part that all of it counts to, less what its other parts have.
    var remainders: [Int64: Int] = [:]
    for (day, places) in cuts.sorted(by: { $0.key < $1.key }) {
      var segments = segments(of: day, places)
      let longest = segments.indices.max {
        segments[$0].end - segments[$0].start < segments[$1].end - segments[$1].start
      }
      var remainder: Int?
      if let longest, let part = segments[longest].part,
        segments[longest].end - segments[longest].start > Self.dayLength / 2
      {
        remainder = part
        remainders[day] = part
        segments.remove(at: longest)
      }
      for segment in segments where segment.part != nil || remainder != nil {
        try requests.forEach(from: segment.start, to: segment.end) { row in
          if let part = segment.part { add(row, to: part) }
          if let remainder { add(row, to: remainder, sign: -1) }
        }
      }
    }
    let statement = try Statement(connection, UsageSQL.days)
    statement.bind(1, floorDivided(span.lowerBound, by: Self.dayLength))
    statement.bind(2, floorDivided(span.upperBound - 1, by: Self.dayLength))
    var (day, part) = (Int64.min, Int?.none)
    while try statement.step() {
      if statement.integer(0) != day {
        day = statement.integer(0)
        part = cuts[day] == nil ? self.part(at: day * Self.dayLength) : remainders[day]
      }
      guard let part, let entry = selection.entries[statement.integer(1)], entry.partial == nil
      else { continue }
      add(
        Cell(part: part, group: entry.group, source: -1),
        entry,
        requests: Int128(statement.integer(2)),
        quantity: Int128(statement.integer(3)),
        credits: Int128(statement.integer(4))
      )
    }
  }

  /// Adds up all requests of the span one by one; or only those of series of which some are taken.
  private func readRequests(ofPartial isOnlyPartial: Bool) throws {
    try requests.forEach(from: span.lowerBound, to: span.upperBound) { row in
      guard let entry = selection.entries[row.series] else { return }
      if let series = entry.partial {
        guard query.filter.takes(path: series.path(arguments: requests.arguments)) else { return }
      } else if isOnlyPartial {
        return
      }
      var cell = Cell(part: part(at: row.at), group: entry.group, source: -1)
      if let imports {
        let source = imports[row.importID]
        guard query.filter.takes(source: source) else { return }
        if query.by.contains(.source) { cell.source = number(ofSource: source) }
      }
      add(
        cell,
        entry,
        requests: 1,
        quantity: Int128(row.quantity ?? 0),
        credits: Int128(row.credits ?? 0)
      )
    }
  }

  private func number(ofSource source: String) -> Int {
    if let known = sources.firstIndex(where: { $0.utf8.elementsEqual(source.utf8) }) {
      return known
    }
    sources.append(source)
    return sources.count - 1
  }

  private func add(_ row: StoredRequests.Row, to part: Int, sign: Int128 = 1) {
    guard let entry = selection.entries[row.series], entry.partial == nil else { return }
    add(
      Cell(part: part, group: entry.group, source: -1),
      entry,
      requests: sign,
      quantity: sign * Int128(row.quantity ?? 0),
      credits: sign * Int128(row.credits ?? 0)
    )
  }

  private func add(
    _ cell: Cell,
    _ entry: SeriesSelection.Entry,
    requests: Int128,
    quantity: Int128,
    credits: Int128
  ) {
    cells[cell, default: Amounts()].add(entry, requests, quantity, credits)
  }

  // MARK: The answer

  var answer: UsageAnswer {
    var groups: [UsageGroup] = []
    var totals = UsageSums()
    let place = query.by.filter { !$0.isTime }.firstIndex(of: .source)
    for (cell, amounts) in cells where amounts.sums.requests != 0 {
      var values = selection.groups[cell.group]
      if let place, cell.source >= 0 { values[place] = .text(sources[cell.source]) }
      totals += amounts.sums
      groups.append(
        UsageGroup(
          values: values,
          start: query.cuts == nil || starts.isEmpty
            ? nil : Instant(microseconds: starts[cell.part]),
          unit: amounts.unit,
          sums: amounts.sums
        )
      )
    }
    groups.sort { left, right in
      if left.values != right.values { return left.values.lexicographicallyPrecedes(right.values) }
      return (left.start?.microseconds ?? 0) < (right.start?.microseconds ?? 0)
    }
    return UsageAnswer(groups: groups, totals: totals, requestsRead: requests.count)
  }
}
