import CreditCore

/// Adds up a period by series and by day.
struct PeriodReading {
  private let connection: OpaquePointer
  private let query: PeriodQuery
  private let time: PartedSpan
  /// The parts of time between snapshots, for each of the query's.
  private let balances: [Range<Int>]
  /// What each part of time counts to.
  private let parts: [Part]
  /// What is known of days already; nil where nobody remembers.
  private let memory: DaySums?
  private var series: PeriodSeries

  private struct Part {
    var isPrevious = false
    var isCompared = false
    /// -1 for none.
    var day = -1
  }

  private struct Holder {
    /// Whether its requests are asked for, rather than only their balance.
    var isCounted: Bool
    /// The parts of time between the snapshots of the balance that they spend.
    var balance: Range<Int>?
  }

  init(_ connection: OpaquePointer, _ query: PeriodQuery, _ memory: DaySums? = nil) throws {
    self.connection = connection
    self.query = query
    self.memory = memory
    let balances = query.balances.map {
      $0.after.microseconds &+ 1..<max($0.through.microseconds, $0.after.microseconds) &+ 1
    }
    let period = (query.days.first ?? query.end).microseconds..<query.end.microseconds
    let previous = query.previousStart.microseconds..<period.lowerBound
    let compared =
      previous.lowerBound..<min(query.previousEnd?.microseconds ?? .max, previous.upperBound)
    let days = query.days.map(\.microseconds)
    let places = [previous, compared, period] + balances
    let starts = Set(places.flatMap { [$0.lowerBound, $0.upperBound] } + days).sorted()
    parts = starts.map { start in
      Part(
        isPrevious: previous.contains(start),
        isCompared: compared.contains(start),
        day: period.contains(start) ? days.lastIndex { $0 <= start } ?? -1 : -1
      )
    }
    func count(before end: Int64) -> Int { starts.count { $0 < end } }
    self.balances = balances.map { count(before: $0.lowerBound)..<count(before: $0.upperBound) }
    let held = try PartedSpan.stored(connection) ?? 0..<0
    let span = (starts.first ?? 0)..<(starts.last ?? 0)
    time = PartedSpan(span: span.clamped(to: held), starts: starts)
    if let known = memory?.series, known.by == query.by {
      series = known
    } else {
      series = PeriodSeries(by: query.by)
      try series.readOn(connection)
    }
  }

  private func holder(_ org: String) -> Holder {
    let balance = query.balances.firstIndex { balance in
      balance.orgs.contains { $0.isSpelled(like: org) }
    }
    return Holder(
      isCounted: query.orgs.isEmpty || query.orgs.contains { $0.isSpelled(like: org) },
      balance: balance.map { balances[$0] }
    )
  }

  /// `entries`: whether series are asked for, rather than only what days add up to.
  consuming func usage(entries isBySeries: Bool = true) throws -> PeriodUsage {
    let (families, familyPlaces) = series.families
    var days = Array(repeating: UsageSums(), count: families.count * query.days.count)
    // By the places of organisations: where requests count.
    let holders = series.orgs.texts.map(holder)
    var entries = series.entries
    // Where nobody remembers them, they are not copied.
    series.entries = []
    let (places, requests) = (series.places, StoredRequests(connection, isBrief: true))
    if !time.span.isEmpty {
      try time.read(connection, requests, memory, series: places.count) {
        number,
        partPlace,
        amounts in
        let place = places[number]
        if place < 0 { return }
        let (holder, part) = (holders[entries[place].org], parts[partPlace])
        if let balance = holder.balance, balance.contains(partPlace) {
          entries[place].balanced += amounts
        }
        if !holder.isCounted { return }
        if part.day >= 0 {
          entries[place].amounts += amounts
          let family = familyPlaces[entries[place].operation]
          days[part.day * families.count + family].add(amounts, entries[place].traits)
        }
        if part.isPrevious { entries[place].previous += amounts }
        if part.isCompared { entries[place].compared += amounts }
      }
    }
    entries.removeAll {
      !isBySeries
        || $0.amounts.requests == 0 && $0.previous.requests == 0 && $0.balanced.requests == 0
    }
    let books = try BookNames(connection).names
    return PeriodUsage(
      entries: entries,
      orgs: series.orgs.texts,
      operations: series.operations.texts,
      tagSets: series.tagSets,
      values: series.values.texts.map { query.by.value(ofColumn: $0, books) },
      days: query.days.indices.map { day in
        families.indices.map { (family: families[$0], sums: days[day * families.count + $0]) }
          .filter { $0.sums.requests != 0 }
      },
      books: books,
      requestsRead: requests.count
    )
  }
}
