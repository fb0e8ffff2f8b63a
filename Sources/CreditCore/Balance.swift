/// What the provider said of an organisation's credits at an instant.
public struct Snapshot: Sendable, Equatable {
  /// Nil when the source names none.
  public var org: String?
  public var at: Instant
  /// Credits available; nil when the provider gave none, which is not zero.
  public var balance: Credits?
  /// Credits used in the billing period so far.
  public var billingPeriodUsed: Credits?
  /// The plan, as the provider names it.
  public var tier: String?

  public init(
    org: String?,
    at: Instant,
    balance: Credits?,
    billingPeriodUsed: Credits? = nil,
    tier: String? = nil
  ) {
    self.org = org
    self.at = at
    self.balance = balance
    self.billingPeriodUsed = billingPeriodUsed
    self.tier = tier
  }
}

/// One row of the provider's own credit ledger.
public struct LedgerEntry: Sendable, Equatable {
  /// Nil when the row has none.
  public var id: String?
  public var org: String?
  public var at: Instant
  /// `usage`, `purchase` and what else the provider names.
  public var type: String?
  /// Below zero for what was spent.
  public var amount: Credits
  public var service: String?
  public var quantity: ExactDecimal?
  public var llmTier: String?
  public var details: String?

  public init(id: String?, org: String?, at: Instant, amount: Credits) {
    self.id = id
    self.org = org
    self.at = at
    self.amount = amount
  }

  /// All that the row says but its id and organisation, as one text: by it equal rows are told.
  public var content: String {
    [
      String(at.microseconds), String(amount.micros), type ?? "", service ?? "",
      quantity?.description ?? "", llmTier ?? "", details ?? "",
    ].joined(separator: "\u{1F}")
  }
}
