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
  private var entries: [PeriodUsage.Entry] = []
  /// The places of series in `entries`, by their numbers; -1 for what is not asked for.
  private var places: [Int] = []
  private var orgs = TextPlaces()
  private var operations = TextPlaces()
  private var tags = TextPlaces()
  private var values = TextPlaces()
  /// By the places of their organisations: where requests count.
  private var holders: [Holder] = []

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

  /// Room for entries that is made at once.
  private static let mostRoom = 1 << 16

  init(_ connection: OpaquePointer, _ query: PeriodQuery) throws {
    self.connection = connection
    self.query = query
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
    let statement = try Statement(connection, UsageSQL.fallingSeries(query.by))
    var (bases, units) = (Words<Basis>(.unpriced), Words<Unit>(.request))
    while try statement.step() {
      let number = Int(seriesNumber(statement.integer(0)))
      if number == 0 { throw statement.fault("series is damaged") }
      if places.isEmpty {
        places = Array(repeating: -1, count: number + 1)
        entries.reserveCapacity(min(number, Self.mostRoom))
      }
      let org = orgs.place(of: statement.bytes(1))
      if org == holders.count { holders.append(holder(orgs.texts[org])) }
      if !holders[org].isCounted, holders[org].balance == nil { continue }
      places[number] = entries.count
      entries.append(
        PeriodUsage.Entry(
          org: org,
          operation: operations.place(of: statement.bytes(2)),
          tags: tags.place(of: statement.bytes(3)),
          value: values.place(of: statement.bytes(9)),
          book: statement.integer(8),
          unit: units.word(statement.bytes(4)),
          traits: SeriesTraits(
            status: statement.optionalInteger(5).map { Int($0) },
            isReplayed: statement.integer(6) != 0,
            basis: bases.word(statement.bytes(7))
          )
        )
      )
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

  consuming func usage() throws -> PeriodUsage {
    let (families, familyPlaces) = families
    var days = Array(repeating: UsageSums(), count: families.count * query.days.count)
    var entries = entries
    self.entries = []
    let requests = StoredRequests(connection)
    if !time.span.isEmpty {
      try time.read(connection, requests, series: places.count) { number, partPlace, amounts in
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
      $0.amounts.requests == 0 && $0.previous.requests == 0 && $0.balanced.requests == 0
    }
    let books = try BookNames(connection).names
    return PeriodUsage(
      entries: entries,
      orgs: orgs.texts,
      operations: operations.texts,
      tagSets: tags.texts.map { TagTexts.pairs($0) ?? [] },
      values: values.texts.map { query.by.value(ofColumn: $0, books) },
      days: query.days.indices.map { day in
        families.indices.map { (family: families[$0], sums: days[day * families.count + $0]) }
          .filter { $0.sums.requests != 0 }
      },
      books: books,
      requestsRead: requests.count
    )
  }

  /// Names of families, and the places of theirs by the places of operations.
  private var families: (names: [String], places: [Int]) {
    var names: [String] = []
    let places = operations.texts.map { operation in
      let family = Series.family(of: operation)
      if let known = names.firstIndex(of: family) { return known }
      names.append(family)
      return names.count - 1
    }
    return (names, places)
  }
}

/// Words of ours as columns have them; each is read by its bytes once.
private struct Words<Word: RawRepresentable<String>> {
  private var texts = TextPlaces()
  private var words: [Word] = []
  private let unknown: Word

  init(_ unknown: Word) { self.unknown = unknown }

  mutating func word(_ text: Bytes) -> Word {
    let place = texts.place(of: text)
    if place == words.count { words.append(Word(rawValue: texts.texts[place]) ?? unknown) }
    return words[place]
  }
}

extension UsageKey {
  /// The column of series that tells it; nil where a period tells it anyway, or nothing does.
  var periodColumn: String? {
    switch self {
    case .path: "route"
    case .method, .status, .basis, .metering, .unit, .book, .plan: name
    case .org, .operation, .family, .tag, .source, .hour, .day, .week, .month: nil
    }
  }

  fileprivate func value(ofColumn text: String, _ books: [Int64: String]) -> UsageValue {
    switch self {
    case .path, .method: text.isEmpty ? .absent : .text(text)
    case .status: Int(text).map { .number($0) } ?? .absent
    case .book: .text(Int64(text).flatMap { books[$0] } ?? "")
    case .unit: .text((Unit(rawValue: text) ?? .request).rawValue)
    case .basis, .metering, .plan: .text(text)
    case .org, .operation, .family, .tag, .source, .hour, .day, .week, .month: .absent
    }
  }
}
