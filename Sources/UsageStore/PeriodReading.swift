import CreditCore

/// Adds up a period by series and by day.
struct PeriodReading {
  private let connection: OpaquePointer
  private let query: PeriodQuery
  /// What is known of days already; nil where nobody remembers.
  private let memory: DaySums?
  /// By their numbers; nil for what is not asked for.
  private var series: [Series?] = []
  private let time: PartedSpan
  /// The parts of time between snapshots, for each of the query's.
  private let balances: [Range<Int>]
  /// What each part of time counts to.
  private let parts: [Part]

  private struct Part {
    var isPrevious = false
    var isCompared = false
    /// -1 for none.
    var day = -1
  }

  /// Where requests of a series count.
  private struct Place {
    var family: Int
    var traits: SeriesTraits
    /// Whether they are asked for, rather than only their balance.
    var isCounted: Bool
    /// The parts of time between the snapshots of the balance that they spend.
    var balance: Range<Int>
  }

  /// Sums of one series.
  private struct Cell {
    var amounts = SeriesAmounts()
    var previous = SeriesAmounts()
    var compared = SeriesAmounts()
    var balanced = SeriesAmounts()
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
    try readSeries()
  }

  private mutating func readSeries() throws(EnvironmentFault) {
    if let memory {
      series = memory.series.map { series in
        series.flatMap { isCounted($0) || balance(of: $0) != nil ? $0 : nil }
      }
      return
    }
    let statement = try Statement(connection, UsageSQL.series)
    while try statement.step() {
      let number = Int(statement.integer(0))
      if number >= series.count {
        series += Array(repeating: nil, count: number + 1 - series.count)
      }
      let found = Series(statement)
      if isCounted(found) || balance(of: found) != nil { series[number] = found }
    }
  }

  private func isCounted(_ series: Series) -> Bool {
    query.orgs.isEmpty || query.orgs.contains { $0.isSpelled(like: series.org) }
  }

  /// The place of the balance that its requests spend.
  private func balance(of series: Series) -> Int? {
    query.balances.firstIndex { balance in
      balance.orgs.contains { $0.isSpelled(like: series.org) }
    }
  }

  /// `entries`: whether series are asked for, rather than only what days add up to.
  func usage(entries isBySeries: Bool = true) throws -> PeriodUsage {
    var usage = PeriodUsage()
    let (names, places) = families
    var days = Array(repeating: UsageSums(), count: names.count * query.days.count)
    var cells = Array(repeating: Cell(), count: series.count)
    let requests = StoredRequests(connection)
    if !time.span.isEmpty {
      try time.read(connection, requests, memory) { number, place, requests, quantity, credits in
        let number = Int(number)
        guard number < places.count, let facts = places[number] else { return }
        let part = parts[place]
        if facts.balance.contains(place) {
          cells[number].balanced.add(requests, quantity, credits)
        }
        guard facts.isCounted else { return }
        if part.day >= 0 {
          cells[number].amounts.add(requests, quantity, credits)
          let amounts = SeriesAmounts(requests, quantity, credits)
          days[part.day * names.count + facts.family].add(amounts, facts.traits)
        }
        if part.isPrevious { cells[number].previous.add(requests, quantity, credits) }
        if part.isCompared { cells[number].compared.add(requests, quantity, credits) }
      }
    }
    var tagNumbers: [UsageValue: Int] = [:]
    if isBySeries { usage.entries.reserveCapacity(series.count) }
    for (number, cell) in cells.enumerated() where isBySeries {
      guard let facts = series[number],
        cell.amounts.requests != 0 || cell.previous.requests != 0 || cell.balanced.requests != 0
      else { continue }
      let tags = tagNumbers[.text(facts.tags)] ?? usage.tagSets.count
      if tags == usage.tagSets.count {
        usage.tagSets.append(facts.tagPairs)
        tagNumbers[.text(facts.tags)] = tags
      }
      usage.entries.append(
        PeriodUsage.Entry(
          series: facts,
          tags: tags,
          amounts: cell.amounts,
          previous: cell.previous,
          compared: cell.compared,
          balanced: cell.balanced
        )
      )
    }
    usage.days = query.days.indices.map { day in
      names.indices.map { (family: names[$0], sums: days[day * names.count + $0]) }
        .filter { $0.sums.requests != 0 }
    }
    usage.books = try BookNames(connection).names
    usage.requestsRead = requests.count
    return usage
  }

  /// Names of families, and what decides where each series' requests count; by their numbers.
  private var families: (names: [String], places: [Place?]) {
    var names = memory?.familyNames ?? []
    var numbers: [String: Int] = [:]
    func family(_ number: Int, _ series: Series) -> Int {
      if let memory { return memory.families[number] }
      let place = numbers[series.family] ?? names.count
      if place == names.count {
        names.append(series.family)
        numbers[series.family] = place
      }
      return place
    }
    let places = series.enumerated().map { number, series -> Place? in
      guard let series else { return nil }
      return Place(
        family: family(number, series),
        traits: SeriesTraits(series),
        isCounted: isCounted(series),
        balance: balance(of: series).map { balances[$0] } ?? 0..<0
      )
    }
    return (names, places)
  }
}
