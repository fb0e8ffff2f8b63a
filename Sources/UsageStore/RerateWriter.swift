import CreditCore
import GRDB

/// Stores other prices, a batch of charges with their rollups in one transaction.
final class RerateWriter {
  private struct Sums {
    var requests: Int64 = 0
    var quantity: Int128 = 0
    var credits: Int128 = 0
  }

  private struct DayKey: Hashable {
    var day: Int64
    var series: Int32
  }

  private struct QuarterKey: Hashable {
    var quarter: Int64
    /// Of which the organisation is.
    var series: Int64
  }

  private let db: Database
  private let rules: ReratingRules
  private let batchSize: Int
  private let bounds: ClosedRange<Int64>
  private let repricing: Repricing
  private let series: SeriesTable
  private let select: Statement
  private let charges: ChargeBlocks
  private let days: DailyBlocks
  private let addQuarter: Statement
  private let addTotal: Statement
  private var daily: [DayKey: Sums] = [:]
  private var quarterly: [QuarterKey: Int128] = [:]

  init(
    _ db: Database,
    _ query: UsageQuery,
    _ rules: ReratingRules,
    batchSize: Int
  ) throws {
    guard let connection = db.sqliteConnection else {
      throw EnvironmentFault("the database is closed")
    }
    self.db = db
    self.rules = rules
    self.batchSize = batchSize
    bounds = Repricing.bounds(query)
    repricing = try Repricing(connection, query, rules)
    series = try SeriesTable(connection, try IdentityHash(of: connection))
    select = try Statement(connection, RepricingSQL.batch)
    charges = try ChargeBlocks(connection)
    days = try DailyBlocks(connection)
    addQuarter = try Statement(
      connection,
      """
      UPDATE quarter_hour_rollups SET credits = credits + ?
      WHERE quarter = ? AND org = (SELECT org FROM series WHERE id = ?)
      """
    )
    addTotal = try Statement(connection, "UPDATE totals SET credits = credits + ?")
  }

  func run() throws {
    try inTransaction { try registerBooks() }
    var next = bounds.lowerBound
    while next <= bounds.upperBound {
      let (changes, last) = try batch(from: next)
      if !changes.isEmpty { try inTransaction { try store(changes) } }
      guard let last, last < bounds.upperBound else { return }
      next = last + 1
    }
  }

  private func inTransaction(_ body: () throws -> Void) throws {
    try db.execute(sql: "BEGIN IMMEDIATE")
    do {
      try body()
      try db.execute(sql: "COMMIT")
    } catch {
      try? db.execute(sql: "ROLLBACK")
      throw error
    }
  }

  private func registerBooks() throws {
    guard let connection = db.sqliteConnection else { return }
    repricing.bookNumbers = try rules.books.map { book in
      if let known = try book.find(connection) { return known }
      try db.execute(
        sql: "INSERT INTO books (provider, version, effective, content) VALUES (?, ?, ?, ?)",
        arguments: [book.provider, book.version, book.effective.microseconds, book.content]
      )
      return db.lastInsertedRowID
    }
  }

  /// The charges of a batch that change, and the last that was looked at.
  private func batch(from place: Int64) throws -> (changes: [Repricing.Change], last: Int64?) {
    select.bind(1, place)
    select.bind(2, bounds.upperBound)
    select.bind(3, Int64(batchSize))
    defer { select.reset() }
    var changes: [Repricing.Change] = []
    var last: Int64?
    while try select.step() {
      last = select.integer(0)
      if let change = try repricing.take(select) { changes.append(change) }
    }
    return (changes, last)
  }

  private func store(_ changes: [Repricing.Change]) throws {
    daily.removeAll(keepingCapacity: true)
    quarterly.removeAll(keepingCapacity: true)
    var total: Int128 = 0
    for change in changes {
      var number = seriesNumber(change.base)
      if let series = repricing.series(of: change) {
        number = try self.series.number(of: series)
      }
      try charges.update(change.id, series: Int64(number), credits: change.price.credits)
      let second = change.id >> 31
      let (before, after) = (Int128(change.before ?? 0), Int128(change.price.credits ?? 0))
      let day = floorDivided(second, by: 86_400)
      let quantity = Int128(change.quantity)
      add(DayKey(day: day, series: seriesNumber(change.series)), -1, -quantity, -before)
      add(DayKey(day: day, series: number), 1, quantity, after)
      let quarter = QuarterKey(quarter: floorDivided(second, by: 900), series: change.base)
      quarterly[quarter, default: 0] += after - before
      total += after - before
    }
    try charges.flush()
    try storeSums(total)
  }

  private func add(_ key: DayKey, _ requests: Int64, _ quantity: Int128, _ credits: Int128) {
    daily[key, default: Sums()].requests += requests
    daily[key, default: Sums()].quantity += quantity
    daily[key, default: Sums()].credits += credits
  }

  private func storeSums(_ total: Int128) throws {
    var moved = try daily.map { key, sums in
      let (quantity, credits) = (try Self.held(sums.quantity), try Self.held(sums.credits))
      let amounts = SeriesAmounts(sums.requests, quantity, credits)
      return DailySum(day: key.day, series: key.series, sums: amounts)
    }
    try days.add(&moved)
    for (key, credits) in quarterly where credits != 0 {
      addQuarter.bind(1, try Self.held(credits))
      addQuarter.bind(2, key.quarter)
      addQuarter.bind(3, key.series)
      try addQuarter.run()
    }
    addTotal.bind(1, try Self.held(total))
    try addTotal.run()
  }

  private static func held(_ sum: Int128) throws(ArithmeticOverflow) -> Int64 {
    guard let held = Int64(exactly: sum) else { throw ArithmeticOverflow() }
    return held
  }
}
