/// A day, a week or a month as a zone's calendar has it.
public struct CalendarPeriod: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case daily
    case weekly
    case monthly

    /// `day`, `week`, `month`.
    public var noun: String {
      switch self {
      case .daily: "day"
      case .weekly: "week"
      case .monthly: "month"
      }
    }

    /// How its periods are written.
    public var example: String {
      switch self {
      case .daily: "2026-11-18"
      case .weekly: "2026-W47"
      case .monthly: "2026-11"
      }
    }

    /// The kind that a text looks like, whether the period exists or not.
    public init?(form text: String) {
      let shape = text.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "0"..."9": "0"
        case "W", "w": "W"
        default: Character(scalar)
        }
      }
      switch String(shape) {
      case "0000-00-00": self = .daily
      case "0000-W00": self = .weekly
      case "0000-00": self = .monthly
      default: return nil
      }
    }
  }

  public let kind: Kind
  /// `2026-11-18`, `2026-W47` or `2026-11`.
  public let label: String
  public let first: CivilDate
  /// The first day behind it.
  public let next: CivilDate

  /// The period that a day lies in.
  ///
  /// `weekStart`: 1 for Monday to 7 for Sunday; a week that starts elsewhere than on
  ///   Monday is named as the week of ISO 8601 that most of its days are in.
  public init(_ kind: Kind, containing date: CivilDate, weekStart: Int = 1) {
    self.kind = kind
    switch kind {
    case .daily:
      first = date
      next = CivilDate(number: date.number + 1)
      label = date.description
    case .weekly:
      first = CivilDate(number: date.number - (date.weekday - weekStart + 7) % 7)
      next = CivilDate(number: first.number + 7)
      label = CivilDate(number: first.number + 3).weekName
    case .monthly:
      first = CivilDate(number: date.number - date.day + 1)
      let within = CivilDate(number: first.number + 31)
      next = CivilDate(number: within.number - within.day + 1)
      label = date.monthName
    }
  }

  /// Reads a label; nil for one that no period of the kind has.
  public init?(_ kind: Kind, _ label: String, weekStart: Int = 1) {
    guard Kind(form: label) == kind else { return nil }
    let digits = label.utf8.map { Int($0) - 0x30 }
    let year = digits[0] * 1_000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    switch kind {
    case .daily:
      guard let date = CivilDate(label) else { return nil }
      self.init(.daily, containing: date)
    case .monthly:
      let month = digits[5] * 10 + digits[6]
      guard let date = CivilDate(year: year, month: month, day: 1) else { return nil }
      self.init(.monthly, containing: date)
    case .weekly:
      let week = digits[6] * 10 + digits[7]
      guard week > 0, let early = CivilDate(year: year, month: 1, day: 4) else { return nil }
      let thursday = CivilDate(number: early.monday.number + 7 * (week - 1) + 3)
      guard thursday.year == year else { return nil }
      // The fourth day of a week names it.
      let fourth = (weekStart + 2) % 7 + 1
      self.init(
        .weekly,
        containing: CivilDate(number: thursday.number + fourth - 4),
        weekStart: weekStart
      )
    }
  }

  /// The last period that is over.
  public static func last(
    _ kind: Kind,
    before now: Instant,
    in zone: Zone,
    weekStart: Int = 1
  ) -> CalendarPeriod {
    CalendarPeriod(kind, containing: zone.local(now).date, weekStart: weekStart).previous
  }

  /// The one before, of the same kind.
  public var previous: CalendarPeriod {
    let last = CivilDate(number: first.number - 1)
    return CalendarPeriod(kind, containing: last, weekStart: first.weekday)
  }

  /// The days of it, but for those that the zone skips.
  public func days(in zone: Zone) -> [(date: CivilDate, start: Instant)] {
    var days: [(date: CivilDate, start: Instant)] = []
    for number in first.number..<next.number {
      let date = CivilDate(number: number)
      let start = zone.start(of: date)
      if zone.start(of: CivilDate(number: number + 1)) > start { days.append((date, start)) }
    }
    return days
  }

  /// `16 to 22 November 2026`, `18 November 2026` or `November 2026`.
  public var words: String {
    let last = CivilDate(number: next.number - 1)
    switch kind {
    case .daily: return first.words
    case .monthly: return "\(first.monthWord) \(first.year)"
    case .weekly where first.year != last.year: return "\(first.words) to \(last.words)"
    case .weekly where first.month != last.month:
      return "\(first.day) \(first.monthWord) to \(last.words)"
    case .weekly: return "\(first.day) to \(last.words)"
    }
  }

  /// How many weeks of ISO 8601 a year has: 52 or 53.
  public static func weeks(inYear year: Int) -> Int {
    CalendarPeriod(.weekly, padded(year, 4) + "-W53") == nil ? 52 : 53
  }
}

extension CivilDate {
  private static let monthWords = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let weekdayWords = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]

  public var monthWord: String { Self.monthWords[month - 1] }
  public var weekdayWord: String { Self.weekdayWords[weekday - 1] }
  /// `18 November 2026`.
  public var words: String { "\(day) \(monthWord) \(year)" }
}
