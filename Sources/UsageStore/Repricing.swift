import CreditCore

/// Prices stored charges one by one, and adds up what they cost before and after.
///
/// Charges of one series and quantity cost the same under a book, and are priced once.
final class Repricing {
  struct Change {
    var id: Int64
    var series: Int64
    var quantity: Int64
    var before: Int64?
    /// Of the series' base.
    var base: Int64
    var book: Int
    var price: ReratingRules.Price
  }

  private struct Entry {
    var series: Series
    /// The series that its requests were stored in, and its number.
    var base: Series
    var baseNumber: Int64
  }

  private struct PriceKey: Hashable {
    var base: Int64
    var quantity: Int64?
    var book: Int
  }

  /// Prices held in memory.
  private static let memoryLimit = 200_000

  private let rules: ReratingRules
  private let span: (from: Int64, to: Int64)
  private var entries: [Int64: Entry] = [:]
  private var prices: [PriceKey: ReratingRules.Price] = [:]
  private var byOperation: [String: RepricedUsage] = [:]

  init(_ connection: OpaquePointer, _ query: UsageQuery, _ rules: ReratingRules) throws {
    self.rules = rules
    span = (query.since?.microseconds ?? .min, query.until?.microseconds ?? .max)
    var all: [Int64: Series] = [:]
    let statement = try Statement(connection, UsageSQL.series)
    while try statement.step() { all[statement.integer(0)] = Series(statement) }
    for (number, series) in all where query.filter.extent(of: series) == .all && series.isCharged {
      let baseNumber = series.origin ?? number
      guard let base = all[baseNumber] else {
        throw EnvironmentFault(
          "series \(number) comes from series \(baseNumber), which is not there; see db check"
        )
      }
      entries[number] = Entry(series: series, base: base, baseNumber: baseNumber)
    }
  }

  /// The places that charges of the span can have.
  static func bounds(_ query: UsageQuery) -> ClosedRange<Int64> {
    let from = query.since?.microseconds ?? .min
    let to = max(query.until?.microseconds ?? .max, from)
    let first = StoredRequests.firstID(ofSecond: floorDivided(from, by: 1_000_000))
    return first...max(first, StoredRequests.lastID(ofSecond: floorDivided(to, by: 1_000_000)))
  }

  /// Prices the charge that a statement stands at; nil where it stays as it is.
  func take(_ row: Statement) throws -> Change? {
    let at = (row.integer(0) >> 31) * 1_000_000 &+ row.integer(1)
    guard at >= span.from, at < span.to, let entry = entries[row.integer(2)] else { return nil }
    let (quantity, before) = (row.optionalInteger(3), row.optionalInteger(4))
    // What was measured stands; so does what was stored with credits and without a quantity.
    let isFixed =
      entry.series.basis == .measured || quantity == nil && entry.base.basis != .unpriced
    guard let book = rules.book(at: at), !isFixed else {
      add(entry.series.operation, before, before, isEarlier: !isFixed)
      return nil
    }
    let price = try self.price(entry, quantity, book)
    add(entry.series.operation, before, price.credits)
    if isSame(entry, price, book), price.credits == before { return nil }
    return Change(
      id: row.integer(0),
      series: row.integer(2),
      quantity: quantity ?? 0,
      before: before,
      base: entry.baseNumber,
      book: book,
      price: price
    )
  }

  private func price(
    _ entry: Entry,
    _ quantity: Int64?,
    _ book: Int
  ) throws -> ReratingRules.Price {
    let key = PriceKey(base: entry.baseNumber, quantity: quantity, book: book)
    if let known = prices[key] { return known }
    if prices.count >= Self.memoryLimit { prices.removeAll(keepingCapacity: true) }
    let price = try rules.price(entry.base, quantity, book)
    prices[key] = price
    return price
  }

  private func add(
    _ operation: String,
    _ before: Int64?,
    _ after: Int64?,
    isEarlier: Bool = false
  ) {
    byOperation[operation, default: RepricedUsage(operation: operation)]
      .add(before, after, isEarlier: isEarlier)
  }

  /// Numbers of the rules' books in the database, once they are known.
  var bookNumbers: [Int64] = []

  /// Whether a series is already what a price makes of it.
  private func isSame(_ entry: Entry, _ price: ReratingRules.Price, _ book: Int) -> Bool {
    book < bookNumbers.count && entry.series == series(entry, price, book)
  }

  /// The series of charges with a price.
  private func series(_ entry: Entry, _ price: ReratingRules.Price, _ book: Int) -> Series {
    var series = entry.base
    series.metering = price.metering
    series.basis = price.basis
    series.book = bookNumbers[book]
    if series != entry.base { series.origin = entry.baseNumber }
    return series
  }

  /// The series that a charge changes to; nil for the one that it was stored in.
  func series(of change: Change) -> Series? {
    guard let entry = entries[change.series] else { return nil }
    let series = series(entry, change.price, change.book)
    return series.origin == nil ? nil : series
  }

  /// By operation, sorted.
  var usage: [RepricedUsage] {
    byOperation.values.sorted { $0.operation.isSpelled(before: $1.operation) }
  }
}

extension RepricedUsage {
  fileprivate mutating func add(_ before: Int64?, _ after: Int64?, isEarlier: Bool) {
    requests += 1
    if isEarlier { earlierRequests += 1 }
    if before != after { changedRequests += 1 }
    self.before.add(before)
    self.after.add(after)
  }
}
