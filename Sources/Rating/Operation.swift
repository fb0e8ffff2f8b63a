public import CreditCore

/// One priced action of the API, named `family.action`.
public struct Operation: Sendable {
  public var id: String
  public var title: String
  /// Empty for what happens in the background.
  public var requests: [RequestPattern]
  public var rate: Rate
  /// Rates that differ from `rate` on a plan, by the plan's id.
  public var planRates: [String: Rate]
  /// Their product is the quantity.
  public var drivers: [Driver]
  /// Formulas over the bodies of a request; the first whose every factor is found wins.
  public var quantityFormulas: [[QuantityFactor]]
  /// Where the API itself reports the credits it charged.
  public var creditPointers: [BodyPointer]
  /// Where the answer names the job that the request started.
  public var jobPointers: [BodyPointer]
  /// The placeholder of the path that names it instead.
  public var jobPlaceholder: String?
  public var hold: Hold?
  public var waterfall: Waterfall?
  /// Nil where nothing says that calls repeat one another.
  public var repeats: RepeatRule?

  public init(id: String, title: String, rate: Rate) {
    self.id = id
    self.title = title
    self.rate = rate
    requests = []
    planRates = [:]
    drivers = []
    quantityFormulas = []
    creditPointers = []
    jobPointers = []
  }

  /// The part of the id before the point.
  public var family: String { String(id.prefix { $0 != "." }) }

  public func rate(on plan: String) -> Rate { planRates[plan] ?? rate }
}

/// What one unit of an operation costs.
public struct Rate: Sendable {
  public var metering: Metering
  public var unit: Unit
  /// Nil when the operation is free, or when nobody published a number.
  public var price: Price?
  /// The block that `price` buys, in units, above zero: 1,000 for a price per 1,000 tokens.
  public var per: ExactDecimal
  public var rounding: Rounding
  /// Units of one request when nothing tells how many.
  public var defaultQuantity: Provided<ExactDecimal>?
  public var itemsPerRequest: ItemsPerRequest?
  public var provenance: Provenance

  public init(metering: Metering, unit: Unit, provenance: Provenance) {
    self.metering = metering
    self.unit = unit
    self.provenance = provenance
    per = .one
    rounding = .exact
  }

  /// The metering of what is rated: without a published price it is unpriced, never free.
  public var effectiveMetering: Metering {
    metering == .metered && price == nil ? .unpriced : metering
  }
}

/// Credits of one block: what it costs at least, usually and at most.
public struct Price: Sendable, Equatable {
  /// No block ever costs less.
  public let min: ExactDecimal
  public let bounds: QuantityRange
  /// No block ever costs more.
  public let max: ExactDecimal

  public init(min: ExactDecimal, bounds: QuantityRange, max: ExactDecimal) {
    self.min = min
    self.bounds = bounds
    self.max = max
  }

  public init(_ price: ExactDecimal) {
    self.init(min: price, bounds: QuantityRange(price), max: price)
  }
}

public enum Rounding: String, Sendable, CaseIterable {
  /// A part of a block costs its part.
  case exact
  /// A block that was started is paid, for each billed item.
  case up
}

/// One factor of an operation's quantity; a class, because every line looks at its drivers.
public final class Driver: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case amount
    /// A share, 0 to 1.
    case rate
    /// A share, 0 to 1, that takes away: 0.2 leaves 0.8.
    case saving
  }

  public let name: String
  /// The name as people read it: `minutes a call`.
  let words: String
  public let kind: Kind
  /// Nil when it must be given.
  public let defaultValue: ExactDecimal?
  /// What is said where the default stands in; nil without one.
  let assumption: String?
  /// Whether it counts billed items, rather than the size of one.
  public let countsItems: Bool
  /// Whether each one is a request.
  public let countsRequests: Bool

  public init(
    name: String,
    kind: Kind = .amount,
    defaultValue: ExactDecimal? = nil,
    countsItems: Bool = false,
    countsRequests: Bool = false
  ) {
    self.name = name
    words = name.replacing("_per_", with: " a ").replacing("_", with: " ")
    self.kind = kind
    self.defaultValue = defaultValue
    assumption = defaultValue.map { "\(name) not given: \($0) assumed" }
    self.countsItems = countsItems
    self.countsRequests = countsRequests
  }

  public static func == (left: Driver, right: Driver) -> Bool {
    left.name == right.name && left.kind == right.kind
      && left.defaultValue == right.defaultValue && left.countsItems == right.countsItems
      && left.countsRequests == right.countsRequests
  }
}

/// How many items one request carries.
public struct ItemsPerRequest: Sendable, Equatable {
  public enum Count: Sendable, Equatable {
    /// Above zero.
    case items(ExactDecimal)
    /// One request does a whole line.
    case all
  }

  /// The driver that counts the items; nil for the unit itself.
  public var driver: String?
  public var count: Count
  public var confidence: Confidence

  public init(driver: String?, count: Count, confidence: Confidence) {
    self.driver = driver
    self.count = count
    self.confidence = confidence
  }
}

/// Credits that the provider reserves when a job starts: items x dearest price x factor.
public struct Hold: Sendable, Equatable {
  public var factor: ExactDecimal
  /// The driver that counts the items of a job.
  public var driver: String
  /// Items after which what was not spent is released again.
  public var releaseEvery: ExactDecimal
  public var provenance: Provenance

  public init(
    factor: ExactDecimal,
    driver: String,
    releaseEvery: ExactDecimal,
    provenance: Provenance
  ) {
    self.factor = factor
    self.driver = driver
    self.releaseEvery = releaseEvery
    self.provenance = provenance
  }
}

/// A place in one of the two bodies of a call.
public struct BodyPointer: Sendable, Equatable {
  public var side: BodySide
  public var pointer: JSONPointer

  public init(side: BodySide, pointer: JSONPointer) {
    self.side = side
    self.pointer = pointer
  }
}

/// One factor of a quantity that a request tells.
public enum QuantityFactor: Sendable, Equatable {
  /// A number there, or the length of a list there, divided by `per` (60: seconds to minutes).
  /// `isAssumed` says that it only stands for the quantity, as the records asked for do for hits.
  case body(BodyPointer, per: ExactDecimal, isAssumed: Bool)
  /// The number of steps of the sequence that the path names by this placeholder.
  case sequenceSteps(placeholder: String)
}
