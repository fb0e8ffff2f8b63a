public import CreditCore
public import Reconciliation

/// What the provider took beside what was rated, interval by interval between snapshots.
public struct ReconcileReport: Sendable {
  /// Credits rated of an operation.
  public struct Rated: Sendable {
    public var operation: String
    public var basis: Basis
    /// In micro-credits.
    public var credits: Int128

    public init(operation: String, basis: Basis, credits: Int128) {
      self.operation = operation
      self.basis = basis
      self.credits = credits
    }
  }

  public struct Row: Sendable {
    public var interval: BalanceInterval
    public var rated: [Rated]

    public init(interval: BalanceInterval, rated: [Rated]) {
      self.interval = interval
      self.rated = rated
    }

    var sums: Sums {
      var sums = Sums()
      sums.left = Int128(interval.spent.micros)
      sums.rated = rated.reduce(0) { $0 + $1.credits }
      sums.ledger = interval.ledger.map { Int128($0.micros) }
      sums.toppedUp = Int128(interval.toppedUp.micros)
      sums.reset = Int128(interval.reset.micros)
      sums.refunded = Int128(interval.refunded.micros)
      sums.adjusted = Int128(interval.adjusted.micros)
      return sums
    }
  }

  public struct Account: Sendable {
    public var org: String
    public var rows: [Row]
    public var events: [BalanceEvent]

    public init(org: String, rows: [Row], events: [BalanceEvent]) {
      self.org = org
      self.rows = rows
      self.events = events
    }
  }

  /// What one unit of an operation can cost, in credits.
  public struct Spread: Sendable {
    public var min: Double
    public var expected: Double
    public var max: Double

    public init(min: Double, expected: Double, max: Double) {
      self.min = min
      self.expected = expected
      self.max = max
    }
  }

  /// Micro-credits.
  struct Sums {
    var left: Int128 = 0
    var rated: Int128 = 0
    /// Nil where the ledger has no rows of use.
    var ledger: Int128?
    var toppedUp: Int128 = 0
    var reset: Int128 = 0
    var refunded: Int128 = 0
    var adjusted: Int128 = 0

    var unexplained: Int128 { left - rated }
    /// What only the ledger has, and what only the requests have.
    var ledgerOnly: Int128? { ledger.map { Swift.max(0, $0 - rated) } }
    var logOnly: Int128? { ledger.map { Swift.max(0, rated - $0) } }

    static func += (sums: inout Sums, other: Sums) {
      sums.left += other.left
      sums.rated += other.rated
      if let ledger = other.ledger { sums.ledger = (sums.ledger ?? 0) + ledger }
      sums.toppedUp += other.toppedUp
      sums.reset += other.reset
      sums.refunded += other.refunded
      sums.adjusted += other.adjusted
    }
  }

  /// An operation whose uncertain rate or quantity could be what is unexplained.
  public struct Suspect: Sendable {
    public var operation: String
    /// Credits rated for it that are uncertain, in micro-credits.
    public var credits: Int128
    /// Times that, it would leave nothing unexplained; nil where it cannot.
    public var factor: Double?
  }

  public var accounts: [Account]
  private let rates: [String: Spread]

  /// `rates`: what a unit can cost, by operation, where that is a range.
  public init(accounts: [Account], rates: [String: Spread]) {
    self.accounts = accounts
    self.rates = rates
  }

  var totals: Sums {
    var sums = Sums()
    for row in accounts.flatMap(\.rows) { sums += row.sums }
    return sums
  }

  /// Credits by operation, the most first.
  var byOperation: [(operation: String, credits: Int128)] {
    var sums: [String: Int128] = [:]
    for rated in accounts.flatMap(\.rows).flatMap(\.rated) {
      sums[rated.operation, default: 0] += rated.credits
    }
    return sums.filter { $0.value != 0 }.map { (operation: $0.key, credits: $0.value) }
      .sorted { ($1.credits, $0.operation) < ($0.credits, $1.operation) }
  }

  /// Operations that could explain the rest, those that could explain all of it first.
  public var suspects: [Suspect] {
    var uncertain: [String: Int128] = [:]
    for rated in accounts.flatMap(\.rows).flatMap(\.rated) where rated.basis != .measured {
      if rated.basis == .assumed || rates[rated.operation] != nil {
        uncertain[rated.operation, default: 0] += rated.credits
      }
    }
    let rest = Double(totals.unexplained)
    if rest == 0 { return [] }
    return uncertain.filter { $0.value > 0 }.map { operation, credits in
      let factor = 1 + rest / Double(credits)
      // A quantity that is assumed can be any number; a price stays within the book's bounds.
      let range =
        rates[operation].map { ($0.min / $0.expected)...($0.max / $0.expected) } ?? 0...100
      return Suspect(
        operation: operation,
        credits: credits,
        factor: range.contains(factor) ? factor : nil
      )
    }.sorted {
      ($0.factor == nil ? 1 : 0, $1.credits, $0.operation)
        < ($1.factor == nil ? 1 : 0, $0.credits, $1.operation)
    }
  }
}
