/// One change that somebody is told of; what it says never changes, however often it is sent.
public struct AlertMessage: Sendable, Equatable {
  public enum Severity: String, Sendable, CaseIterable {
    case info
    case warning
    case critical
  }

  public enum State: String, Sendable, CaseIterable {
    case firing
    case resolved
  }

  /// The same on every attempt; another message has another one.
  public var id: String
  public var rule: String
  public var severity: Severity
  public var state: State
  public var org: String
  /// `50%` of a budget's levels; empty where a rule has none.
  public var level: String
  /// Nil where it is not known, which is not zero.
  public var value: ExactDecimal?
  public var threshold: ExactDecimal?
  /// `credits`, `percent`, `minutes`, `days`, or empty.
  public var unit: String
  /// Since when the condition has held.
  public var since: Instant
  /// When this was found.
  public var at: Instant
  /// The newest that was known then.
  public var dataAsOf: Instant?
  /// Why, in a sentence with the numbers.
  public var reason: String
  /// What to do.
  public var action: String

  public init(
    id: String,
    rule: String,
    severity: Severity,
    state: State,
    org: String,
    since: Instant,
    at: Instant
  ) {
    self.id = id
    self.rule = rule
    self.severity = severity
    self.state = state
    self.org = org
    self.since = since
    self.at = at
    level = ""
    unit = ""
    reason = ""
    action = ""
  }
}
