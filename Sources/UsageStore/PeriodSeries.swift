import CreditCore

/// Series as a period adds them up: entries are numbers, and what many of them say is made once.
struct PeriodSeries {
  /// What values are of.
  let by: UsageKey
  /// Without any requests.
  private(set) var entries: [PeriodUsage.Entry] = []
  /// By the numbers of series.
  private(set) var marks: [Mark] = []
  /// Of what series the requests of a day are added up together: their operations and traits.
  private(set) var kinds: [(operation: Int, traits: SeriesTraits)] = []
  private var kindPlaces: [KindKey: Int32] = [:]
  private(set) var orgs = TextPlaces()
  private(set) var operations = TextPlaces()
  private(set) var values = TextPlaces()
  private(set) var tagSets: [[(name: String, value: String)]] = []
  private var tags = TextPlaces()

  /// What a series counts to, by place.
  struct Mark {
    /// -1 where there is no such series.
    var entry: Int32 = -1
    var org: Int32 = 0
    var kind: Int32 = 0
  }

  private struct KindKey: Hashable {
    var operation: Int
    var status: Int64?
    var isReplayed: Bool
    var basis: Basis
  }

  /// Room for entries that is made at once.
  private static let mostRoom = 1 << 16

  init(by: UsageKey) { self.by = by }

  /// Takes in what was stored since: series are added, and never change.
  mutating func readOn(_ connection: OpaquePointer) throws(EnvironmentFault) {
    let statement = try Statement(connection, UsageSQL.fallingSeries(by))
    statement.bind(1, Int64(marks.count - 1))
    var (bases, units) = (Words<Basis>(.unpriced), Words<Unit>(.request))
    while try statement.step() {
      let number = Int(seriesNumber(statement.integer(0)))
      if number == 0 { throw statement.fault("series is damaged") }
      if number >= marks.count {
        marks += repeatElement(Mark(), count: number + 1 - marks.count)
        if entries.isEmpty { entries.reserveCapacity(min(number, Self.mostRoom)) }
      }
      let tags = tags.place(of: statement.bytes(3))
      if tags == tagSets.count { tagSets.append(TagTexts.pairs(self.tags.texts[tags]) ?? []) }
      let org = orgs.place(of: statement.bytes(1))
      let key = KindKey(
        operation: operations.place(of: statement.bytes(2)),
        status: statement.optionalInteger(5),
        isReplayed: statement.integer(6) != 0,
        basis: bases.word(statement.bytes(7))
      )
      let kind = kind(key)
      marks[number] = Mark(
        entry: Int32(truncatingIfNeeded: entries.count),
        org: Int32(truncatingIfNeeded: org),
        kind: kind
      )
      entries.append(
        PeriodUsage.Entry(
          org: org,
          operation: key.operation,
          tags: tags,
          value: values.place(of: statement.bytes(9)),
          book: statement.integer(8),
          unit: units.word(statement.bytes(4)),
          traits: kinds[Int(kind)].traits
        )
      )
    }
  }

  private mutating func kind(_ key: KindKey) -> Int32 {
    if let known = kindPlaces[key] { return known }
    let place = Int32(truncatingIfNeeded: kinds.count)
    kindPlaces[key] = place
    let status = key.status.map { Int($0) }
    let traits = SeriesTraits(status: status, isReplayed: key.isReplayed, basis: key.basis)
    kinds.append((key.operation, traits))
    return place
  }

  /// Names of families, and the places of theirs by the places of operations.
  var families: (names: [String], places: [Int]) {
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

  func value(ofColumn text: String, _ books: [Int64: String]) -> UsageValue {
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
