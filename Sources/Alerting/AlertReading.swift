public import CreditCore

/// What is known of an organisation for one rule, at an instant.
public struct AlertMeasure: Sendable {
  /// The balance, credits used, a share, an age, a factor; nil where it is not known.
  public var value: ExactDecimal?
  /// What 100 % is: included and topped-up credits.
  public var base: ExactDecimal?
  /// What is forecast for the end of a budget's period.
  public var forecast: ExactDecimal?
  /// The newest that it rests on.
  public var asOf: Instant?
  /// Names the period that it is of, where a new one may fire again.
  public var period = ""
  /// What a person needs to know beside the numbers; empty, or a sentence.
  public var note = ""
  /// Whether the value is worked out from older data: it may fire, and resolves nothing.
  public var isEstimated = false
  /// Values that came to be known after the last evaluation, though they are from before it.
  public var late: [Late] = []

  /// A value, and the span in which it held.
  public struct Late: Sendable {
    public var value: ExactDecimal
    public var from: Instant
    public var to: Instant

    public init(value: ExactDecimal, from: Instant, to: Instant) {
      self.value = value
      self.from = from
      self.to = to
    }
  }

  public init(value: ExactDecimal? = nil) { self.value = value }
}

/// A measure beside one threshold of its rule.
public struct AlertReading: Sendable {
  public enum Side: Sendable {
    /// The condition holds.
    case breached
    /// It does not, but an alert that fires does not resolve yet.
    case band
    case clear
    case unknown
  }

  /// `50%`, `forecast 100%`, or empty.
  public var level: String
  public var value: ExactDecimal?
  public var threshold: ExactDecimal?
  public var side: Side
  /// Of the late values, the span in which they breached.
  public var lateBreach: (from: Instant, to: Instant, value: ExactDecimal)?
}

extension AlertRule {
  /// Every threshold of the rule beside what is measured, the gravest last.
  public func readings(_ measure: AlertMeasure) -> [AlertReading] {
    switch condition {
    case .balanceBelow(let limit):
      return [reading("", measure.value, Self.threshold(limit, of: measure.base), measure)]
    case .runwayBelow(let span, _):
      return [reading("", measure.value, Self.days(span), measure)]
    case .budget(let budget):
      return budget.levels.map { level in
        reading("\(level)%", measure.value, Self.share(level, of: budget.credits), measure)
      }
        + budget.forecastLevels.map { level in
          // What came late is what was spent, not what was foretold.
          var measure = measure
          measure.late = []
          let line = Self.share(level, of: budget.credits)
          return reading("forecast \(level)%", measure.forecast, line, measure)
        }
    case .burnRateAbove(let factor, _, _), .spikeAbove(let factor, _):
      return [reading("", measure.value, factor, measure)]
    case .rateLimitedAbove(let percent, _), .unexplainedAbove(let percent, _):
      return [reading("", measure.value, percent, measure)]
    case .unpricedAbove(.amount(let number), _), .unpricedAbove(.percent(let number), _):
      return [reading("", measure.value, number, measure)]
    case .snapshotOlderThan(let span), .usageOlderThan(let span):
      return [reading("", measure.value, Self.minutes(span), measure)]
    }
  }

  private static func threshold(_ limit: AlertLimit, of base: ExactDecimal?) -> ExactDecimal? {
    switch limit {
    case .amount(let amount): amount
    case .percent(let percent): base.flatMap { share(percent, of: $0) }
    }
  }

  /// So many percent of an amount, exactly.
  static func share(_ percent: ExactDecimal, of amount: ExactDecimal) -> ExactDecimal? {
    (try? percent * amount).map {
      ExactDecimal(significand: $0.significand, scale: $0.scale + 2).normalized
    }
  }

  private static func days(_ span: Span) -> ExactDecimal {
    (try? ExactDecimal(span.seconds).divided(by: ExactDecimal(86_400), places: 6))?.normalized
      ?? .zero
  }

  private static func minutes(_ span: Span) -> ExactDecimal {
    (try? ExactDecimal(span.seconds).divided(by: ExactDecimal(60), places: 6))?.normalized ?? .zero
  }

  private func reading(
    _ level: String,
    _ value: ExactDecimal?,
    _ threshold: ExactDecimal?,
    _ measure: AlertMeasure
  ) -> AlertReading {
    var reading = AlertReading(level: level, value: value, threshold: threshold, side: .unknown)
    guard let threshold else { return reading }
    if let value {
      let side = side(of: value, threshold)
      // What is only worked out may warn, but is no proof that all is well again.
      reading.side = measure.isEstimated && side == .clear ? .band : side
    }
    let breaches = measure.late.filter { side(of: $0.value, threshold) == .breached }
    if let from = breaches.map(\.from).min(), let to = breaches.map(\.to).max(),
      let worst = condition.isFloor
        ? breaches.map(\.value).min() : breaches.map(\.value).max()
    {
      reading.lateBreach = (from, to, worst)
    }
    return reading
  }

  /// On which side of a threshold and of its release line a value lies.
  func side(of value: ExactDecimal, _ threshold: ExactDecimal) -> AlertReading.Side {
    let isBeyond = condition.isFloor ? value < threshold : value > threshold
    if isBeyond || value == threshold && condition.includesThreshold { return .breached }
    guard let line = releaseLine(threshold) else { return .band }
    return (condition.isFloor ? value > line : value < line) || line == threshold ? .clear : .band
  }

  /// Beyond which an alert resolves.
  func releaseLine(_ threshold: ExactDecimal) -> ExactDecimal? {
    if condition.isFloor, threshold.isZero, condition.unit == "credits", !release.isZero {
      // A share of nothing is nothing.
      return .one
    }
    guard let band = Self.share(release, of: threshold) else { return nil }
    return condition.isFloor ? try? threshold + band : try? threshold - band
  }
}
