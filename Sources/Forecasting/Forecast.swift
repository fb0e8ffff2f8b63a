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
  public let findings: [Finding]

  let totals: Totals
  let unit: Double

  /// The total through a step, with a plan of extra usage by step laid over it.
  ///
  /// `steps`: 1 to the horizon.
  public func total(through steps: Int, plan: [Double] = []) -> Total {
    let index = min(steps, points.count) - 1
    if index < 0 { return Total(expected: 0, p10: 0, p90: 0) }
    let extra = plan.prefix(steps).reduce(0, +)
    let expected = totals.expected[index] * unit
    let spread = totals.spread[index]
    let (low, high) = (expected * exponential(spread.low), expected * exponential(spread.high))
    return Total(
      expected: expected + extra,
      p10: min(low, high) + extra,
      p90: max(low, high) + extra
    )
  }

  /// The steps by which what is left after the last value is used up; a `plan` is extra usage by
  /// step, such as a campaign, and none beyond its end.
  public func runOut(balance: Double, plan: [Double] = []) -> Steps {
    var extra = 0.0
    var reached: (early: Int?, middle: Int?, late: Int?) = (nil, nil, nil)
    for index in points.indices {
      if index < plan.count { extra += plan[index] }
      let expected = totals.expected[index] * unit
      let spread = totals.spread[index]
      // But for what rounding may have taken.
      func isReached(_ total: Double) -> Bool { total > 0 && total * (1 + 1e-6) >= balance }
      let step = index + 1
      let (low, high) = (expected * exponential(spread.low), expected * exponential(spread.high))
      if reached.early == nil, isReached(max(low, high) + extra) { reached.early = step }
      if reached.middle == nil, isReached(expected + extra) { reached.middle = step }
      if reached.late == nil, isReached(min(low, high) + extra) { reached.late = step }
    }
    return Steps(p10: reached.early, p50: reached.middle, p90: reached.late)
  }

  /// The chance that the total through a step passes an amount: 0 to 1.
  public func chance(ofPassing amount: Double, through steps: Int, plan: [Double] = []) -> Double {
    let index = min(steps, points.count) - 1
    if index < 0 { return 0 }
    let rest = amount - plan.prefix(steps).reduce(0, +)
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
}
