public import CreditCore

/// What an estimate must meet before a campaign may start.
public struct Gate: Sendable {
  /// The most it may cost; a cost equal to it passes.
  public var maxCredits: Credits?
  /// Which case `maxCredits` is compared with.
  public var bound: Bound
  /// Whether the balance must cover the high case.
  public var requiresCovered: Bool
  public var allowsUnpriced: Bool

  public init(
    maxCredits: Credits? = nil,
    bound: Bound = .expected,
    requiresCovered: Bool = false,
    allowsUnpriced: Bool = false
  ) {
    self.maxCredits = maxCredits
    self.bound = bound
    self.requiresCovered = requiresCovered
    self.allowsUnpriced = allowsUnpriced
  }

  /// Why the estimate does not pass; empty when it does.
  public func objections(to estimate: Estimate) -> [String] {
    var objections: [String] = []
    if let maxCredits {
      let cost = estimate.totals.credits[bound]
      if cost > maxCredits {
        objections.append(
          "the \(bound.rawValue) cost of \(cost.decimal.grouped()) credits is above the "
            + "\(maxCredits.decimal.grouped()) allowed"
        )
      }
    }
    if requiresCovered {
      switch estimate.balance.covered {
      case .yes: break
      case .unknown: objections.append("no balance is known, so nothing shows that it is covered")
      case .maybe, .no:
        let before = estimate.balance.before ?? .zero
        objections.append(
          "a balance of \(before.decimal.grouped()) does not cover the high cost of "
            + "\(estimate.totals.credits.high.decimal.grouped()) credits"
        )
      }
    }
    let isAsked = maxCredits != nil || requiresCovered
    if isAsked, !allowsUnpriced, estimate.totals.unpricedLines > 0 {
      let count = estimate.totals.unpricedLines
      objections.append("\(count) \(count == 1 ? "line has" : "lines have") no known price")
    }
    return objections
  }
}
