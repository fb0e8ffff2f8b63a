public import CreditCore

/// Planned operations, as a campaign file lists them.
public struct Campaign: Sendable {
  /// The file it came from.
  public var file: String
  public var name: String
  public var plan: String?
  public var balance: Credits?
  /// Where the file names its plan and its balance.
  public var planMark: SourceMark?
  public var balanceMark: SourceMark?
  public var lines: [CampaignLine]

  public init(
    file: String,
    name: String,
    plan: String?,
    balance: Credits?,
    lines: [CampaignLine]
  ) {
    self.file = file
    self.name = name
    self.plan = plan
    self.balance = balance
    self.lines = lines
  }
}

/// One planned operation, with what the file says about how often it happens.
public struct CampaignLine: Sendable {
  public var label: String
  /// The operation's place in the book; nil when no pattern matches the named request.
  public var operation: Int?
  /// The request it was named by, if it was not named by its operation.
  public var request: String?
  /// Values of the operation's drivers, in the operation's order; nil where not given.
  public var drivers: [QuantityRange?]
  /// The quantity itself, as one billed item, in the unit it was given in.
  public var quantity: (unit: Unit, value: QuantityRange)?
  /// How many requests there are, when nothing better tells the quantity.
  public var count: QuantityRange?
  /// How many requests there are, whatever the quantity.
  public var requests: QuantityRange?
  /// Replaces the book's price and block.
  public var creditsPerUnit: QuantityRange?
  public var waterfall: WaterfallPlan?
  /// Where the line starts in its file.
  public var mark: SourceMark

  public init(label: String, operation: Int?, drivers: [QuantityRange?], mark: SourceMark) {
    self.label = label
    self.operation = operation
    self.drivers = drivers
    self.mark = mark
  }
}
