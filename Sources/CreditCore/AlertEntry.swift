/// One rule, of one organisation, at one level.
public struct AlertKey: Sendable, Hashable, Comparable {
  public var rule: String
  public var org: String
  /// `50%` of a budget's levels, or empty.
  public var level: String

  public init(rule: String, org: String, level: String = "") {
    (self.rule, self.org, self.level) = (rule, org, level)
  }

  public static func < (left: AlertKey, right: AlertKey) -> Bool {
    (left.rule, left.org, left.level) < (right.rule, right.org, right.level)
  }

  /// As one text, by which messages about it stay in order.
  public var text: String { [rule, org, level].joined(separator: "\u{1F}") }
}

/// What is remembered of it between evaluations.
public struct AlertEntry: Sendable, Equatable {
  public enum State: String, Sendable, CaseIterable {
    case ok, pending, firing, resolved
  }

  public var state = State.ok
  /// Since when the state has held; of one that fires, since when the condition has.
  public var since: Instant
  /// Whether the last message about it said that it fires.
  public var isTold = false
  public var lastTold: Instant?
  /// Messages so far.
  public var serial: Int64 = 0
  /// The organisation's epoch, and the period, of when it fired.
  public var epoch: Int64 = 0
  public var period = ""
  public var severity = AlertMessage.Severity.warning
  public var value: ExactDecimal?
  public var threshold: ExactDecimal?
  public var unit = ""
  public var dataAsOf: Instant?
  public var reason = ""

  public init(since: Instant) { self.since = since }
}

/// What is remembered of an organisation: what the last evaluation saw.
public struct AlertWatch: Sendable, Equatable {
  public var evaluated: Instant
  /// The last snapshot that was known, by number.
  public var snapshot: Int64 = 0
  public var at: Instant?
  public var balance: Credits?
  public var used: Credits?
  /// Counts top-ups and new billing periods.
  public var epoch: Int64 = 0

  public init(evaluated: Instant) { self.evaluated = evaluated }

  /// What happened to the balance since: credits that came, or a new billing period.
  public enum Event: Sendable, Equatable {
    case topUp(Credits)
    case newPeriod
  }

  /// Takes a later snapshot in, and advances the epoch where credits came or a period began.
  public mutating func advance(to snapshot: Snapshot) -> Event? {
    if let at, snapshot.at <= at { return nil }
    var event: Event?
    if let before = balance, let after = snapshot.balance {
      let change = after.micros &- before.micros
      if let was = used, let now = snapshot.billingPeriodUsed {
        let spent = now.micros &- was.micros
        if spent < 0 {
          event = .newPeriod
        } else if change &+ spent > 0 {
          event = .topUp(Credits(micros: change &+ spent))
        }
      } else if change > 0 {
        event = .topUp(Credits(micros: change))
      }
    }
    if event != nil { epoch += 1 }
    at = snapshot.at
    balance = snapshot.balance ?? balance
    used = snapshot.billingPeriodUsed ?? used
    return event
  }
}

/// No message about a rule, until an end.
public struct Silence: Sendable, Equatable {
  public var rule: String
  /// Nil for every organisation.
  public var org: String?
  public var from: Instant
  public var until: Instant
  public var author: String
  public var reason: String

  public init(
    rule: String,
    org: String?,
    from: Instant,
    until: Instant,
    author: String,
    reason: String
  ) {
    (self.rule, self.org, self.from, self.until) = (rule, org, from, until)
    (self.author, self.reason) = (author, reason)
  }

  /// The longest that one may last: 30 days.
  public static let limit = Span(seconds: 30 * 86_400)

  /// Whether no message about it is sent at an instant.
  public func covers(_ key: AlertKey, at now: Instant) -> Bool {
    from <= now && now < until && rule == key.rule && (org.map { $0 == key.org } ?? true)
  }
}
