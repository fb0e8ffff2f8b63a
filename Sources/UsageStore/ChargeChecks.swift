import CreditCore

/// Goes through all charges once, and compares them with everything that is summed up from them.
final class ChargeChecks {
  private struct Sums: Equatable {
    var requests: Int128 = 0
    var quantity: Int128 = 0
    var credits: Int128 = 0

    mutating func add(_ quantity: Int64?, _ credits: Int64?) {
      requests += 1
      self.quantity += Int128(quantity ?? 0)
      self.credits += Int128(credits ?? 0)
    }

    var words: String { "\(requests) requests, quantity \(quantity), credits \(credits)" }
  }

  private struct SeriesFacts {
    var org: String
    var basis: Basis
    var isCharged: Bool
  }

  /// Rows of sums that are in the order of time, beside what was summed up anew.
  private final class Walk {
    let statement: Statement
    private var isAtRow = false

    init(_ connection: OpaquePointer, _ sql: String) throws {
      statement = try Statement(connection, sql)
      isAtRow = try statement.step()
    }

    /// Hands the rows up to a place in time to `body`, with that place.
    func advance(through place: Int64, _ body: (Int64) -> Void) throws {
      while isAtRow, statement.integer(0) <= place {
        body(statement.integer(0))
        isAtRow = try statement.step()
      }
    }
  }

  private let connection: OpaquePointer
  private(set) var days = CheckOutcome("daily_rollups", "the sums of a day of a series")
  private(set) var quarters = CheckOutcome(
    "quarter_hour_rollups",
    "the sums of a quarter of an hour of an organisation"
  )
  private var total = Sums()
  private var byImport: [Int64: Int] = [:]
  private var series: [Int64: SeriesFacts] = [:]
  private var imports: Set<Int64> = []
  private var daily: [Int64: Sums] = [:]
  private var quarterly: [[UInt8]: Sums] = [:]
  /// Of the second at hand.
  private var places: [(low: Int64, identity: UInt64)] = []
  private var isRead = false

  init(_ connection: OpaquePointer) { self.connection = connection }

  func run(_ outcome: inout CheckOutcome) throws {
    try load()
    let dayWalk = try Walk(
      connection,
      "SELECT day, series, requests, quantity, credits FROM daily_rollups ORDER BY day, series"
    )
    let quarterWalk = try Walk(
      connection,
      "SELECT quarter, org, requests, credits FROM quarter_hour_rollups ORDER BY quarter, org"
    )
    let statement = try Statement(
      connection,
      """
      SELECT id, identity, microsecond, series, quantity, credits, import FROM charges ORDER BY id
      """
    )
    var (second, day, quarter) = (Int64?.none, Int64?.none, Int64?.none)
    while try statement.step() {
      let at = statement.integer(0) >> 31
      if at != second {
        if let second { checkPlaces(of: second, &outcome) }
        second = at
        if floorDivided(at, by: 900) != quarter {
          if let quarter { try finish(quarter: quarter, quarterWalk) }
          quarter = floorDivided(at, by: 900)
        }
        if floorDivided(at, by: 86_400) != day {
          if let day { try finish(day: day, dayWalk) }
          day = floorDivided(at, by: 86_400)
        }
      }
      take(statement, &outcome)
    }
    if let second { checkPlaces(of: second, &outcome) }
    if let quarter { try finish(quarter: quarter, quarterWalk) }
    if let day { try finish(day: day, dayWalk) }
    try finish(quarter: .max, quarterWalk)
    try finish(day: .max, dayWalk)
    isRead = true
  }

  private func load() throws {
    let statement = try Statement(connection, "SELECT \(Series.columns) FROM series")
    while try statement.step() {
      let row = Series(statement)
      series[statement.integer(0)] = SeriesFacts(
        org: row.org,
        basis: row.basis,
        isCharged: row.isCharged
      )
    }
    let importIDs = try Statement(connection, "SELECT id FROM imports")
    while try importIDs.step() { imports.insert(importIDs.integer(0)) }
  }

  // MARK: Charges

  private func take(_ row: Statement, _ outcome: inout CheckOutcome) {
    outcome.rows += 1
    let (quantity, credits) = (row.optionalInteger(4), row.optionalInteger(5))
    total.add(quantity, credits)
    daily[row.integer(3), default: Sums()].add(quantity, credits)
    byImport[row.integer(6), default: 0] += 1
    places.append((row.integer(0) & Self.lowBits, UInt64(bitPattern: row.integer(1))))
    func differs(_ found: String, _ expected: String) {
      outcome.differs("charge \(row.integer(0))", found: found, expected: expected)
    }
    if !(0..<1_000_000).contains(row.integer(2)) {
      differs("microsecond \(row.integer(2))", "0 to 999999")
    }
    if !imports.contains(row.integer(6)) {
      differs("import \(row.integer(6)), which is not there", "one of imports")
    }
    guard let facts = series[row.integer(3)] else {
      return differs("series \(row.integer(3)), which is not there", "one of series")
    }
    quarterly[Array(facts.org.utf8), default: Sums()].add(nil, credits)
    if (credits == nil) != (facts.basis == .unpriced) {
      differs(
        "credits \(row.shown(5)) in a series that is \(facts.basis.rawValue)",
        facts.basis == .unpriced ? "null: unknown is not zero" : "credits"
      )
    }
    if !facts.isCharged, quantity ?? 0 != 0 || credits ?? 0 != 0 {
      differs("quantity \(row.shown(4)), credits \(row.shown(5))", "0, as it is not charged")
    }
  }

  private static let lowBits: Int64 = 1 << 31 - 1

  /// A charge lies where its identity says, or behind others that lie there.
  private func checkPlaces(of second: Int64, _ outcome: inout CheckOutcome) {
    defer { places.removeAll(keepingCapacity: true) }
    let taken = places.count > 1 ? Set(places.map(\.low)) : []
    var seen: Set<UInt64> = []
    for (low, identity) in places {
      if places.count > 1, !seen.insert(identity).inserted {
        outcome.differs(
          "charge \(second << 31 | low)",
          found: "a request that another charge of the second is of",
          expected: "every request once"
        )
      }
      var place = Int64(identity >> 33)
      while place != low, taken.contains(place) { place = nextChargeKey(place) & Self.lowBits }
      if place == low { continue }
      outcome.differs(
        "charge \(second << 31 | low)",
        found: "identity \(identity) at \(low)",
        expected: "it at \(place)"
      )
    }
  }

  // MARK: What is summed up from them

  private func finish(day: Int64, _ walk: Walk) throws {
    try walk.advance(through: day) { place in
      let series = walk.statement.integer(1)
      let found = Sums(
        requests: Int128(walk.statement.integer(2)),
        quantity: Int128(walk.statement.integer(3)),
        credits: Int128(walk.statement.integer(4))
      )
      let expected = place == day ? daily.removeValue(forKey: series) ?? Sums() : Sums()
      days.compare("day \(Self.date(place)), series \(series)", found.words, expected.words)
    }
    for (series, sums) in daily.sorted(by: { $0.key < $1.key }) {
      days.compare("day \(Self.date(day)), series \(series)", "no row", sums.words)
    }
    daily.removeAll(keepingCapacity: true)
  }

  private func finish(quarter: Int64, _ walk: Walk) throws {
    func words(_ sums: Sums) -> String { "\(sums.requests) requests, credits \(sums.credits)" }
    func name(_ place: Int64, _ org: [UInt8]) -> String {
      let start = Instant(
        microseconds: place.multipliedReportingOverflow(by: 900_000_000).partialValue
      )
      return "\(start), org \"\(printable(String(decoding: org, as: UTF8.self)))\""
    }
    try walk.advance(through: quarter) { place in
      let org = Array(walk.statement.bytes(1))
      let found = Sums(
        requests: Int128(walk.statement.integer(2)),
        credits: Int128(walk.statement.integer(3))
      )
      let expected = place == quarter ? quarterly.removeValue(forKey: org) ?? Sums() : Sums()
      quarters.compare(name(place, org), words(found), words(expected))
    }
    for (org, sums) in quarterly.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      quarters.compare(name(quarter, org), "no row", words(sums))
    }
    quarterly.removeAll(keepingCapacity: true)
  }

  private static func date(_ day: Int64) -> String {
    (-1_000_000..<1_000_000).contains(day) ? CivilDate(number: Int(day)).description : "\(day)"
  }

  func totals(_ outcome: inout CheckOutcome) throws {
    guard isRead else { throw EnvironmentFault("the charges could not be read") }
    let statement = try Statement(connection, "SELECT requests, quantity, credits FROM totals")
    var found = "no row"
    if try statement.step() {
      found =
        Sums(
          requests: Int128(statement.integer(0)),
          quantity: Int128(statement.integer(1)),
          credits: Int128(statement.integer(2))
        ).words
    }
    outcome.compare("the row", found, total.words)
  }

  func imports(_ outcome: inout CheckOutcome) throws {
    guard isRead else { throw EnvironmentFault("the charges could not be read") }
    let statement = try Statement(
      connection,
      """
      SELECT id, read, accepted, duplicates, updated, rejected,
        (SELECT count(*) FROM rejects WHERE rejects.import = imports.id)
      FROM imports ORDER BY id
      """
    )
    while try statement.step() {
      outcome.rows += 1
      let place = "import \(statement.integer(0))"
      let parts = (2...5).map { Int128(statement.integer($0)) }
      let read = Int128(statement.integer(1))
      if read != parts.reduce(0, +) || parts.contains(where: { $0 < 0 }) {
        outcome.differs(
          place,
          found: "\(read) read",
          expected: parts.map(String.init).joined(separator: " + ")
        )
      }
      let charges = byImport[statement.integer(0)] ?? 0
      if Int128(charges) > parts[0] {
        outcome.differs(
          place,
          found: "\(parts[0]) accepted",
          expected: "\(charges) at least, as there are charges"
        )
      }
      if Int128(statement.integer(6)) > parts[3] {
        outcome.differs(
          place,
          found: "\(parts[3]) rejected",
          expected: "\(statement.integer(6)) at least, as rejects are kept"
        )
      }
    }
  }
}

extension CheckOutcome {
  /// Counts a row, and whether it is as it should be.
  mutating func compare(_ place: String, _ found: String, _ expected: String) {
    rows += 1
    if found != expected { differs(place, found: found, expected: expected) }
  }
}
