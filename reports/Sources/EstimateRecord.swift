public import CreditCore

/// How past estimates did: how many fell inside their range, and how far off they were.
public struct EstimateRecord: Sendable, Equatable {
  public let estimates: Int
  /// Those whose campaign cost no less than low and no more than high.
  public let inside: Int
  /// The mean distance from the expected cost, as a share of it; nil where none expected any.
  public let meanError: Double?
  /// The mean difference, as a share: above zero where campaigns cost more than expected.
  public let meanBias: Double?

  /// Nil without any estimates.
  public init?(_ past: [(estimated: CreditRange, actual: Credits)]) {
    if past.isEmpty { return nil }
    estimates = past.count
    inside = past.count { $0.estimated.low <= $0.actual && $0.actual <= $0.estimated.high }
    let shares = past.filter { $0.estimated.expected > .zero }.map { estimated, actual in
      (actual.approximate - estimated.expected.approximate) / estimated.expected.approximate
    }
    let count = Double(shares.count)
    meanError = shares.isEmpty ? nil : shares.reduce(0) { $0 + abs($1) } / count
    meanBias = shares.isEmpty ? nil : shares.reduce(0, +) / count
  }

  /// In a sentence.
  var words: String {
    let what = estimates == 1 ? "estimate" : "estimates"
    var text = "\(inside) of \(estimates) past \(what) fell inside the range"
    guard let meanError, let meanBias else { return text }
    text += "; off by \(Statistic.percent(meanError)) on average"
    if abs(meanBias) >= 0.005 {
      text += ", campaigns cost \(Statistic.percent(abs(meanBias))) "
      text += meanBias > 0 ? "more" : "less"
    }
    return text
  }
}

extension JSONWriter {
  mutating func write(_ record: EstimateRecord) {
    object { json in
      json.field("estimates", integer: record.estimates)
      json.field("inside", integer: record.inside)
      json.field("mean_error", statistic: record.meanError, places: 6)
      json.field("mean_bias", statistic: record.meanBias, places: 6)
    }
  }
}
