public import CreditCore
import GRDB

/// What stored charges cost under other books.
public struct ReratingRules {
  /// A book that prices usage.
  public struct Book {
    public var provider: String
    public var version: String
    public var effective: Instant
    public var content: String

    public init(provider: String, version: String, effective: Instant, content: String) {
      self.provider = provider
      self.version = version
      self.effective = effective
      self.content = content
    }
  }

  /// What one charge costs.
  public struct Price: Sendable {
    public var metering: Metering
    /// In micro-credits; nil when the book has no price.
    public var credits: Int64?
    public var basis: Basis

    public init(metering: Metering, credits: Int64?, basis: Basis) {
      self.metering = metering
      self.credits = credits
      self.basis = basis
    }
  }

  /// In the order they come into force; not empty.
  public var books: [Book]
  /// The price of a quantity (in millionths) of a series as it was stored, under one of the books.
  public var price: (Series, Int64?, Int) throws -> Price

  public init(
    books: [Book],
    price: @escaping (Series, Int64?, Int) throws -> Price
  ) {
    self.books = books
    self.price = price
  }

  /// The place of the book in force at a time; nil before the first.
  func book(at microseconds: Int64) -> Int? {
    books.lastIndex { $0.effective.microseconds <= microseconds }
  }
}

/// What the charges of an operation cost before and after.
public struct RepricedUsage: Sendable {
  public struct Amount: Sendable, Equatable {
    public var credits: Int128 = 0
    public var unpricedRequests: Int128 = 0

    public init() {}

    mutating func add(_ micros: Int64?) {
      if let micros { credits += Int128(micros) } else { unpricedRequests += 1 }
    }
  }

  public var operation: String
  /// All that are charged.
  public var requests: Int128 = 0
  /// Those whose credits change.
  public var changedRequests: Int128 = 0
  /// Those from before the first of the books, which keep their price.
  public var earlierRequests: Int128 = 0
  public var before = Amount()
  public var after = Amount()

  public init(operation: String) { self.operation = operation }
}

extension UsageStore {
  /// What stored usage would cost under other books; nothing is changed.
  public func repriced(
    _ query: UsageQuery,
    _ rules: ReratingRules
  ) throws -> [RepricedUsage] {
    try reading { connection in
      let repricing = try Repricing(connection, query, rules)
      let statement = try Statement(connection, RepricingSQL.charges)
      let bounds = Repricing.bounds(query)
      statement.bind(1, bounds.lowerBound)
      statement.bind(2, bounds.upperBound)
      while try statement.step() { _ = try repricing.take(statement) }
      return repricing.usage
    }
  }

  /// Throws ``EnvironmentFault`` for a book whose version rated usage with another content.
  public func requireUnchanged(_ books: [ReratingRules.Book]) throws {
    try reading { connection in
      for book in books { _ = try book.find(connection) }
    }
  }

  /// Stores what usage costs under other books, a batch at a time: whatever ends it, each batch is
  /// as it was or as it will be, and the next run goes on.
  ///
  /// Quantities, and credits that were measured, stay as they are.
  public func rerate(
    _ query: UsageQuery,
    _ rules: ReratingRules,
    batchSize: Int = 20_000
  ) throws {
    try naming(path) {
      try pool.writeWithoutTransaction { db in
        forgetWriter()
        defer { dayChanges.noteAll() }
        let writer = try RerateWriter(db, query, rules, batchSize: batchSize)
        try writer.run()
      }
    }
  }
}

extension ReratingRules.Book {
  func find(_ connection: OpaquePointer) throws(EnvironmentFault) -> Int64? {
    try BookTable.find(connection, provider: provider, version: version, content: content)
  }
}

enum RepricingSQL {
  static let charges = """
    SELECT id, microsecond, series, quantity, credits FROM charges
    WHERE id >= ? AND id <= ? ORDER BY id
    """
  static let batch = charges + " LIMIT ?"
}
