public import CreditCore

/// What a signed event of the provider tells of a charge, whether a log has its request or not.
public struct EventRule: Sendable, Equatable {
  /// How an event and a logged request are one charge.
  public enum Join: Sendable, Equatable {
    /// The request that started the event's job, else one of the operation that came before the
    /// event, at most so long.
    case request(within: Span)
    /// A request for one of the event's jobs pays for all events of that job.
    case job
  }

  /// Where an event names a job, and which operation's requests start it.
  public struct Job: Sendable, Equatable {
    public var operation: String
    public var places: [JSONPointer]

    public init(operation: String, places: [JSONPointer]) {
      self.operation = operation
      self.places = places
    }
  }

  /// As the provider names them: `meeting.booked`.
  public var names: [String]
  /// Whose rate applies.
  public var operation: String
  /// When it happened; the first place that is there counts.
  public var times: [JSONPointer]
  /// What the provider itself says it charged.
  public var credits: [JSONPointer]
  public var quantities: [JSONPointer]
  /// What a number of `quantities` is divided by: 60 for seconds of which minutes are charged.
  public var per: ExactDecimal
  /// Units of an event that tells no other quantity; nil for the operation's own default.
  public var quantity: ExactDecimal?
  public var jobs: [Job]
  public var join: Join

  public init(names: [String], operation: String, join: Join) {
    self.names = names
    self.operation = operation
    self.join = join
    (times, credits, quantities, jobs) = ([], [], [], [])
    per = .one
  }
}

extension PriceBook {
  /// What the book knows of an event, by its name.
  public func event(_ name: String) -> EventRule? {
    events.first { $0.names.contains { $0.isSpelled(like: name) } }
  }
}
