public import CreditCore

/// What planned campaigns will cost, and what that rests on.
public struct Estimate: Sendable {
  public var name: String
  public var plan: Plan
  public var bookProvider: String
  public var bookVersion: String
  public var lines: [EstimateLine]
  public var subtotals: [Subtotal]
  public var totals: Totals
  public var balance: BalanceOutlook
  /// Nil when no line starts a job that the provider holds credits for.
  public var hold: HoldOutlook?
  /// Where the expected cost passes the balance; nil when it does not, or without a balance.
  public var runsOut: RunsOut?
  public var sensitivity: [Sensitivity]
  /// Percentiles of the simulated total, in credits; nil when nothing is ranged.
  public var percentiles: (p10: Double, p50: Double, p90: Double)?
  public var warnings: [String]
}

/// What one line costs; a class, because a campaign may have very many and they are handed around.
public final class EstimateLine: Sendable {
  /// The campaign of the line, as an index of ``Estimate/subtotals``.
  public let campaign: Int
  public let label: String
  /// The operation's id, or `unknown`.
  public let operation: String
  /// The request that named the operation, if it was named by one.
  public let request: String?
  public let metering: Metering
  public let unit: Unit
  public let quantity: QuantityRange
  /// Nil when no price is known.
  public let credits: CreditRange?
  /// A whole number.
  public let requests: ExactDecimal
  public let assumptions: [String]
  /// Of the rate; nil when there is none.
  public let confidence: Confidence?
  let model: LineModel

  /// A line of `plan`, priced by `model`.
  init(
    _ plan: CampaignLine,
    campaign: Int,
    operation: String,
    metering: Metering,
    unit: Unit,
    model: LineModel,
    requests: ExactDecimal,
    assumptions: [String],
    confidence: Confidence?
  ) throws(ArithmeticOverflow) {
    self.campaign = campaign
    label = plan.label
    self.operation = operation
    request = plan.request
    self.metering = metering
    self.unit = unit
    quantity = try model.quantities()
    credits = try model.credits()
    self.requests = requests
    self.assumptions = assumptions
    self.confidence = confidence
    self.model = model
  }
}

public struct Subtotal: Sendable {
  public var file: String
  public var name: String
  public var credits: CreditRange
  public var requests: ExactDecimal
  public var unpricedLines: Int
}

public struct Totals: Sendable {
  public var credits: CreditRange
  /// Nil on a plan that sells no credits.
  public var usd: QuantityRange?
  public var requests: ExactDecimal
  public var duration: ExactDecimal
  public var unpricedLines: Int
  /// Expected credits by how surely their rate is known.
  public var byConfidence: [(confidence: Confidence, credits: Credits)]

  /// The part of the expected credits, 0 to 1, that rests on assumed numbers.
  public var assumedShare: Double {
    let assumed = byConfidence.first { $0.confidence == .assumed }?.credits ?? .zero
    return credits.expected == .zero ? 0 : assumed.approximate / credits.expected.approximate
  }
}

public enum Coverage: String, Sendable {
  /// Even the high cost fits the balance.
  case yes
  /// Not even the low cost does.
  case no
  case maybe
  case unknown
}

public struct BalanceOutlook: Sendable {
  public var before: Credits?
  /// After the low, expected and high cost.
  public var after: CreditRange?
  public var covered: Coverage
  /// 0 to 1, from a simulation that repeats exactly.
  public var probabilityCovered: Double?
  public var shortfall: CreditRange?
}

/// What the provider reserves when a job starts, against what is there then.
public struct HoldOutlook: Sendable {
  /// The largest reservation of any one job.
  public var peak: Credits
  /// The reservation of the job of `line`.
  public var held: Credits
  /// What a job consists of: the driver that the hold multiplies.
  public var items: String
  /// Nil without a balance.
  public var fits: Bool?
  /// The most items of one job whose reservation passes; nil without a balance.
  public var largestBatch: ExactDecimal?
  /// The line, counted from 1, of the job that is refused, or else of the largest.
  public var line: Int
}

public struct RunsOut: Sendable {
  /// Counted from 1.
  public var line: Int
  public var label: String
  public var unit: Unit
  /// The unit, counted from 1, that the balance no longer pays for.
  public var at: ExactDecimal
  public var of: ExactDecimal
  public var elapsedSeconds: ExactDecimal
}

/// How much the expected total moves when one input takes its low or its high value.
public struct Sensitivity: Sendable {
  /// Counted from 1; nil for a price that several lines share.
  public var line: Int?
  public var label: String
  public var input: String
  public var values: QuantityRange
  public var change: (low: Credits, high: Credits)
}
