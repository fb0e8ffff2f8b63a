public import CreditCore

/// What the latest snapshot says: the balance as graph8 told it.
public struct BalanceReport: Sendable {
  public var snapshot: Snapshot?

  public init(_ snapshot: Snapshot?) { self.snapshot = snapshot }

  /// Every field is null where nothing is known.
  public var json: [UInt8] {
    var json = JSONWriter(capacity: 160)
    json.object { json in
      json.field("balance", snapshot?.balance)
      json.field("billing_period_used", snapshot?.billingPeriodUsed)
      json.field("tier", snapshot?.tier)
      json.field("at", snapshot?.at)
    }
    return json.finished()
  }
}
