public import CreditCore

/// What is expected after the last value of a series, how sure that is, and what it rests on.
public struct Forecast: Sendable {
  /// One step ahead, in the unit of the series.
  public struct Point: Sendable, Equatable {
    /// The central forecast, the one with the least absolute error; the mean where most days
    /// have no usage, so that a rare charge is not forecast as none.
    public let expected: Double
    public let p025: Double
    public let p10: Double
    public let p50: Double
    public let p90: Double
    public let p975: Double
  }

  /// A step of the horizon, from 1, with a chance of 10, 50 and 90 % of being reached by it.
  public struct Steps: Sendable, Equatable {
    /// Nil past the horizon.
    public let p10: Int?
    public let p50: Int?
    public let p90: Int?
  }

  /// A total with its range, in the unit of the series.
  public struct Total: Sendable, Equatable {
    public let expected: Double
    public let p10: Double
    public let p90: Double
  }

  /// How the same procedure did at past origins of the series, knowing only what was known then.
  public struct BackTest: Sendable, Equatable {
    /// Origins tried.
    public let origins: Int
    /// Mean absolute error in units of the seasonal naive's error on the past; nil where that is
    /// zero, or no origin could be tried.
    public let mase: Double?
    /// Shares of the values that lay in the bands; nil without an origin.
    public let coverage80: Double?
    public let coverage95: Double?
  }

  /// The steps after the last value; the first is 1.
  public let points: [Point]
  /// The models that were combined, with their weights, heaviest first.
  public let models: [(name: String, weight: Double)]
  public let backTest: BackTest
  public let findings: [Finding]

  let totals: Totals
  let unit: Double

  /// The total through a step, with extra usage by step laid over it, such as a campaign.
  ///
  /// `steps`: 1 to the horizon. `plan`: none beyond its end.
  public func total(through steps: Int, plan: [Bounds<Double>] = []) -> Total {
    let index = min(steps, points.count) - 1
    if index < 0 { return Total(expected: 0, p10: 0, p90: 0) }
    let usage = usage(index)
    let extra = plan.prefix(steps).reduce(Bounds(0.0)) { $0.zip($1, +) }
    return Total(
      expected: usage.expected + extra.expected,
      p10: usage.low + extra.low,
      p90: usage.high + extra.high
    )
  }

  /// The steps by which what is left after the last value is used up, with extra usage by step
  /// laid over it.
  public func runOut(balance: Double, plan: [Bounds<Double>] = []) -> Steps {
    var extra = Bounds(0.0)
    var reached = Bounds<Int?>(nil)
    for index in points.indices {
      if index < plan.count { extra = extra.zip(plan[index], +) }
      let total = usage(index).zip(extra, +)
      let step = index + 1
      // But for what rounding may have taken.
      func isReached(_ total: Double) -> Bool { total > 0 && total * (1 + 1e-6) >= balance }
      if reached.low == nil, isReached(total.high) { reached.low = step }
      if reached.expected == nil, isReached(total.expected) { reached.expected = step }
      if reached.high == nil, isReached(total.low) { reached.high = step }
    }
    return Steps(p10: reached.low, p50: reached.expected, p90: reached.high)
  }

  /// The chance that the total through a step passes an amount: 0 to 1.
  public func chance(
    ofPassing amount: Double,
    through steps: Int,
    plan: [Bounds<Double>] = []
  ) -> Double {
    let index = min(steps, points.count) - 1
    if index < 0 { return 0 }
    let rest = amount - plan.prefix(steps).reduce(0) { $0 + $1.expected }
    let expected = totals.expected[index] * unit
    if rest <= 0 { return 1 }
    if expected <= 0 { return 0 }
    // Two halves of a normal distribution, each as wide as its own side.
    let distance = logarithm(rest / expected)
    let spread = totals.spread[index]
    let side = distance < 0 ? -spread.low : spread.high
    let chance = 1 - normalShare(below: 1.2816 * distance / max(side, 1e-9))
    return min(1, max(0, chance))
  }

  /// What is used through a step, without a plan: 1 in 10 below, expected, 9 in 10 below.
  private func usage(_ index: Int) -> Bounds<Double> {
    let expected = totals.expected[index] * unit
    let spread = totals.spread[index]
    let (low, high) = (expected * exponential(spread.low), expected * exponential(spread.high))
    return Bounds(low: min(low, high), expected: expected, high: max(low, high))
  }
}
