public import CreditCore
public import PriceBooks
public import Rating
public import Reports
public import UsageStore

/// Prices stored usage again under other books.
public enum RerateWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    public var orgs: [String] = []
    public var since: Instant?
    public var until: Instant?

    public init() {}

    var query: UsageQuery {
      var query = UsageQuery()
      query.filter.orgs = orgs
      query.since = since
      query.until = until
      return query
    }
  }

  /// What usage cost, and what it costs under the books of a shelf; nothing is changed.
  public static func compare(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ question: Question
  ) throws -> RerateReport {
    let rules = try rules(store, shelf)
    try store.requireUnchanged(rules.books)
    return RerateReport(
      books: shelf.books.map { ($0.provider, $0.version, $0.effective) },
      since: question.since,
      until: question.until,
      lines: try store.repriced(question.query, rules).map(RerateReport.Line.init)
    )
  }

  /// What usage costs under one book, whenever it is in force, beside what it costs under another.
  public static func compare(
    _ store: UsageStore,
    under old: PriceBook,
    _ new: PriceBook,
    _ question: Question
  ) throws -> [RerateReport.Line] {
    func amounts(_ book: PriceBook) throws -> [RerateReport.Line] {
      let edition = ReratingRules.Book(
        provider: book.provider,
        version: book.version,
        effective: Instant(microseconds: .min),
        content: ""
      )
      let rules = try rules(store, [edition], [book])
      return try store.repriced(question.query, rules).map(RerateReport.Line.init)
    }
    // Both are about the same operations.
    return zip(try amounts(old), try amounts(new)).map { before, after in
      var line = after
      line.before = before.after
      return line
    }
  }

  /// Stores what usage costs under the books of a shelf, and gives what changes.
  ///
  /// Throws ``EnvironmentFault`` where the sum of all credits could not be held.
  public static func apply(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ question: Question
  ) throws -> RerateReport {
    var report = try compare(store, shelf, question)
    let held = try store.usage(UsageQuery()).totals.credits
    let totals = report.totals
    if Int64(exactly: held - totals.before.credits + totals.after.credits) == nil {
      throw EnvironmentFault("the sum of all credits would be too large to be held exactly")
    }
    try store.rerate(question.query, try rules(store, shelf))
    report.isApplied = true
    return report
  }

  private static func rules(_ store: UsageStore, _ shelf: BookShelf) throws -> ReratingRules {
    let editions = shelf.editions.map { edition in
      ReratingRules.Book(
        provider: edition.book.provider,
        version: edition.book.version,
        effective: edition.book.effective,
        content: edition.content
      )
    }
    return try rules(store, editions, shelf.books)
  }

  private static func rules(
    _ store: UsageStore,
    _ editions: [ReratingRules.Book],
    _ books: [PriceBook]
  ) throws -> ReratingRules {
    let originals = OriginalBooks(try store.books())
    return ReratingRules(books: editions) { series, micros, place in
      let quantity = micros.map { ExactDecimal(significand: Int128($0), scale: Credits.places) }
      let use = RatedUse(
        operation: series.operation,
        unit: series.unit,
        quantity: quantity,
        isKnown: originals.knows(quantity, of: series)
      )
      let price = try books[place].reprice(use, plan: series.plan)
      return ReratingRules.Price(
        metering: price.metering,
        credits: price.credits?.micros,
        basis: price.basis
      )
    }
  }
}

extension RerateReport.Line {
  init(_ usage: RepricedUsage) {
    self.init(
      operation: usage.operation,
      requests: usage.requests,
      changedRequests: usage.changedRequests,
      earlierRequests: usage.earlierRequests,
      before: RerateReport.Amount(usage.before),
      after: RerateReport.Amount(usage.after)
    )
  }
}

extension RerateReport.Amount {
  init(_ amount: RepricedUsage.Amount) {
    self.init(credits: amount.credits, unpricedRequests: amount.unpricedRequests)
  }
}

/// The books that usage was rated with when it was stored, read once they are asked for.
private final class OriginalBooks {
  private let stored: [Int64: StoredBook]
  private var books: [Int64: PriceBook?] = [:]

  init(_ stored: [StoredBook]) {
    self.stored = Dictionary(stored.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the quantity was told by the request.
  func knows(_ quantity: ExactDecimal?, of series: Series) -> Bool {
    if series.basis == .counted { return true }
    return self[series.book]?.knows(
      quantity,
      of: series.operation,
      plan: series.plan,
      basis: series.basis
    ) ?? false
  }

  private subscript(number: Int64) -> PriceBook? {
    if let known = books[number] { return known }
    let book = stored[number].flatMap { edition in
      try? BookShelf.book(
        SourceText(name: edition.version, bytes: Array(edition.content.utf8))
      )
    }
    books[number] = book
    return book
  }
}
