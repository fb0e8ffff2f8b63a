public import CreditCore

/// A versioned list of every operation of an API, how it is metered, and what it costs.
///
/// A book is data: nothing about one provider stands in code. It is in force from `effective` on.
public struct PriceBook: Sendable {
  /// The plan where nobody named one.
  public static let defaultPlan = "platform"

  public let provider: String
  public let version: String
  public let effective: Instant
  public let title: String
  public let requestsPerSecond: Provided<ExactDecimal>
  /// Leading paths that say nothing about the operation, such as `/api/v1`.
  public let basePaths: [String]
  public let sources: [Source]
  public let plans: [Plan]
  public let operations: [Operation]
  /// Answers that tell about other requests.
  public let learned: [LearnedFact]
  /// Signed events that tell of charges.
  public let events: [EventRule]
  /// What credits are spent for.
  public let outcomes: [Outcome]
  /// Finds the operation of a request.
  public let matcher: RouteMatcher
  /// Finds the place in `learned` of a request.
  let learnedMatcher: RouteMatcher
  private let indexByID: [String: Int]

  /// Who said what the book says.
  public struct Source: Sendable {
    public let id: String
    public let title: String
    /// A lower rank wins where sources disagree.
    public let rank: ExactDecimal

    public init(id: String, title: String, rank: ExactDecimal) {
      self.id = id
      self.title = title
      self.rank = rank
    }
  }

  public init(
    provider: String,
    version: String,
    effective: Instant,
    title: String,
    requestsPerSecond: Provided<ExactDecimal>,
    basePaths: [String],
    sources: [Source],
    plans: [Plan],
    operations: [Operation],
    learned: [LearnedFact] = [],
    events: [EventRule] = [],
    outcomes: [Outcome] = []
  ) {
    self.provider = provider
    self.version = version
    self.effective = effective
    self.title = title
    self.requestsPerSecond = requestsPerSecond
    self.basePaths = basePaths
    self.sources = sources
    self.plans = plans
    self.operations = operations
    self.learned = learned
    self.events = events
    self.outcomes = outcomes
    matcher = RouteMatcher(
      basePaths: basePaths,
      routes: operations.enumerated().flatMap { index, operation in
        operation.requests.map { ($0, index) }
      }
    )
    learnedMatcher = RouteMatcher(
      basePaths: basePaths,
      routes: learned.enumerated().map { ($1.request, $0) }
    )
    indexByID = Dictionary(
      operations.enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// The place of an operation in `operations`.
  public func index(of id: String) -> Int? { indexByID[id] }

  public func operation(_ id: String) -> Operation? { index(of: id).map { operations[$0] } }

  public func plan(_ id: String) -> Plan? { plans.first { $0.id == id } }
}

/// A value with who said so, how surely, and who says otherwise.
public struct Provided<Value: Sendable>: Sendable {
  public var value: Value
  public var provenance: Provenance

  public init(_ value: Value, _ provenance: Provenance) {
    self.value = value
    self.provenance = provenance
  }
}

public struct Provenance: Sendable, Equatable {
  /// Ids of the book's sources, as written there.
  public var source: String
  public var confidence: Confidence
  public var note: String?
  public var disputed: [Dispute]

  public init(
    source: String,
    confidence: Confidence,
    note: String? = nil,
    disputed: [Dispute] = []
  ) {
    self.source = source
    self.confidence = confidence
    self.note = note
    self.disputed = disputed
  }
}

/// What another source says instead, and why it did not win.
public struct Dispute: Sendable, Equatable {
  public let says: String
  public let source: String
  public let why: String

  public init(says: String, source: String, why: String) {
    self.says = says
    self.source = source
    self.why = why
  }
}

/// A plan of the provider: what a credit costs there, and what happens when none is left.
public struct Plan: Sendable {
  public let id: String
  public let title: String
  public let included: Included?
  /// Nil where no credit can be bought.
  public let usdPerCredit: ExactDecimal?
  public let atZero: String?
  public let provenance: Provenance

  public struct Included: Sendable, Equatable {
    public let credits: ExactDecimal
    /// `once` or `month`.
    public let per: String

    public init(credits: ExactDecimal, per: String) {
      self.credits = credits
      self.per = per
    }
  }

  public init(
    id: String,
    title: String,
    included: Included?,
    usdPerCredit: ExactDecimal?,
    atZero: String?,
    provenance: Provenance
  ) {
    self.id = id
    self.title = title
    self.included = included
    self.usdPerCredit = usdPerCredit
    self.atZero = atZero
    self.provenance = provenance
  }
}
