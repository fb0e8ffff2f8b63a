public import CreditCore
public import Rating

/// A campaign as somebody types it, and what it would cost.
public struct EstimateForm: Sendable {
  /// The campaign file, as it was sent.
  public var text: String
  /// The plan that overrides the file's; empty for none.
  public var plan = ""
  /// The balance that overrides the file's, as it was sent; empty for none.
  public var balance = ""
  public var plans: [Plan] = []
  public var report: EstimateReport?
  /// Why there is no report, in reading order.
  public var faults: [Diagnostic] = []
  public var zone = Zone.utc

  public init(text: String) { self.text = text }
}
