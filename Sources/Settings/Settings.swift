public import CreditCore

/// What a team sets once for every command and the service: `creditmeter.yaml`.
///
/// What the file does not say is nil (or empty), so that a default is chosen where it is used.
public struct Settings: Sendable, Equatable {
  /// The file that these were read from; nil without one.
  public var file: String?
  /// Paths are as the file means them: relative to the folder that it is in.
  public var database: String?
  /// An IANA name, such as `Europe/Berlin`.
  public var timezone: String?
  public var weekStart: Weekday?
  /// 1 to 28: the day of the month on which a billing period starts.
  public var billingDay: Int?
  public var books: [String] = []
  /// Step counts that are known beforehand, by sequence.
  public var sequences: [String: Int64] = [:]
  public var graph8: Provider?
  public var alerts: String?
  public var reports: [ScheduledReport] = []

  public init() {}

  /// The provider's API and its webhooks.
  public struct Provider: Sendable, Equatable {
    /// Which endpoint tells the balance.
    public enum API: String, Sendable, CaseIterable {
      /// `GET /me/credits`.
      case credits
      /// `GET /usage`.
      case usage
    }

    public var api: API?
    public var pollEvery: Span?
    public var org: String?
    public var webhook: Webhook?

    public init() {}
  }

  public struct Webhook: Sendable, Equatable {
    public enum Scheme: String, Sendable, CaseIterable {
      /// `X-G8-Signature` over the body.
      case body
      /// `X-Studio-Signature` over the timestamp, a point and the body.
      case timestamped
    }

    public var scheme: Scheme
    /// The variable of the environment that holds the secret.
    public var secretVariable: String

    public init(scheme: Scheme, secretVariable: String) {
      self.scheme = scheme
      self.secretVariable = secretVariable
    }
  }

  public struct ScheduledReport: Sendable, Equatable {
    public enum Period: String, Sendable, CaseIterable {
      case daily
      case weekly
      case monthly
    }

    /// A destination of `alerts.yaml` by its name, and where it is named.
    public struct Recipient: Sendable, Equatable {
      public let name: String
      public let mark: SourceMark

      public init(name: String, mark: SourceMark) { (self.name, self.mark) = (name, mark) }

      public static func == (left: Recipient, right: Recipient) -> Bool {
        left.name.isSpelled(like: right.name)
      }
    }

    public var every: WeeklyTime
    public var period: Period
    public var format: String
    public var sendTo: [Recipient]

    public init(every: WeeklyTime, period: Period, format: String, sendTo: [Recipient]) {
      self.every = every
      self.period = period
      self.format = format
      self.sendTo = sendTo
    }
  }
}

public enum Weekday: String, Sendable, CaseIterable {
  case monday, tuesday, wednesday, thursday, friday, saturday, sunday

  /// 1 for Monday to 7 for Sunday.
  public var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}

/// `monday 08:00`, or `08:00` every day, in the team's time zone.
public struct WeeklyTime: Sendable, Equatable {
  /// Nil for every day.
  public let weekday: Weekday?
  /// 0 to 23.
  public let hour: Int
  /// 0 to 59.
  public let minute: Int

  /// - Returns: nil for any other form.
  public init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let clock = words.last, (1...2).contains(words.count) else { return nil }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    if words.count == 2 {
      guard let day = Weekday(rawValue: words[0]) else { return nil }
      weekday = day
    } else {
      weekday = nil
    }
    (self.hour, self.minute) = (hour, minute)
  }
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
