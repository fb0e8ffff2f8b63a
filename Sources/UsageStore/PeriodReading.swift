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
  private let series: PeriodSeries

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
      var read = PeriodSeries(by: query.by)
      try read.readOn(connection)
      series = read
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

  /// What requests of a series add up to.
  private struct Sums {
    var amounts = SeriesAmounts()
    var previous = SeriesAmounts()
    var compared = SeriesAmounts()
    var balanced = SeriesAmounts()

    var isEmpty: Bool {
      amounts.requests == 0 && previous.requests == 0 && balanced.requests == 0
    }
  }

  func usage() throws -> PeriodUsage {
    let read = try read(bySeries: true)
    let books = try BookNames(connection).names
    return PeriodUsage(
      entries: entries(read.sums),
      orgs: series.orgs.texts,
      operations: series.operations.texts,
      tagSets: series.tagSets,
      values: series.values.texts.map { query.by.value(ofColumn: $0, books) },
      days: families(read.days),
      books: books,
      requestsRead: read.requests
    )
  }

  /// What days add up to, without a look at what series do.
  func familyDays() throws -> [FamilySums] { families(try read(bySeries: false).days) }

  private struct Read {
    /// By series.
    var sums: [Sums]
    /// By day and kind.
    var days: [SeriesAmounts]
    /// Those that were looked at one by one.
    var requests = 0
  }

  private func read(bySeries isBySeries: Bool) throws -> Read {
    // By the places of organisations: where requests count.
    let holders = series.orgs.texts.map(holder)
    let (marks, kinds) = (series.marks, series.kinds.count)
    var sums = Array(repeating: Sums(), count: isBySeries ? series.entries.count : 0)
    var days = Array(repeating: SeriesAmounts(), count: kinds * query.days.count)
    let requests = StoredRequests(connection, isBrief: true)
    if !time.span.isEmpty {
      try time.read(connection, requests, memory, series: marks.count) {
        number,
        partPlace,
        amounts in
        let mark = marks[number]
        if mark.entry < 0 { return }
        let (holder, part) = (holders[Int(mark.org)], parts[partPlace])
        if holder.isCounted, part.day >= 0 {
          days[part.day * kinds + Int(mark.kind)] += amounts
        }
        if !isBySeries { return }
        let place = Int(mark.entry)
        if let balance = holder.balance, balance.contains(partPlace) {
          sums[place].balanced += amounts
        }
        if !holder.isCounted { return }
        if part.day >= 0 { sums[place].amounts += amounts }
        if part.isPrevious { sums[place].previous += amounts }
        if part.isCompared { sums[place].compared += amounts }
      }
    }
    return Read(sums: sums, days: days, requests: requests.count)
  }

  /// Those with any request, with what these add up to.
  private func entries(_ sums: [Sums]) -> [PeriodUsage.Entry] {
    var entries: [PeriodUsage.Entry] = []
    entries.reserveCapacity(sums.count)
    for (place, sums) in sums.enumerated() where !sums.isEmpty {
      var entry = series.entries[place]
      entry.amounts = sums.amounts
      entry.previous = sums.previous
      entry.compared = sums.compared
      entry.balanced = sums.balanced
      entries.append(entry)
    }
    return entries
  }

  /// By day: what each family adds up to, where it has any requests.
  private func families(_ days: [SeriesAmounts]) -> [FamilySums] {
    let (names, places) = series.families
    let kinds = series.kinds
    return query.days.indices.map { day in
      var sums = Array(repeating: UsageSums(), count: names.count)
      for (place, kind) in kinds.enumerated() {
        sums[places[kind.operation]].add(days[day * kinds.count + place], of: kind.traits)
      }
      return zip(names, sums).map { (family: $0, sums: $1) }.filter { $0.sums.requests != 0 }
    }
  }
}
