/// A day of the calendar, in no zone.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let year: Int
  public let month: Int
  public let day: Int
  /// Days since 1970-01-01.
  public let number: Int

  /// `number`: days since 1970-01-01.
  public init(number: Int) {
    (year, month, day) = civilDate(days: number)
    self.number = number
  }

  /// Nil for a day that does not exist.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9_999).contains(year), (1...12).contains(month),
      (1...daysIn(month: month, year: year)).contains(day)
    else { return nil }
    self.init(number: daysSince1970(year: year, month: month, day: day))
  }

  /// Reads `2026-11-18`.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.number < right.number }

  /// `2026-11-18`.
  public var description: String {
    padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
  }

  /// `2026-11`.
  public var monthName: String { padded(year, 4) + "-" + padded(month, 2) }

  /// 1 for Monday to 7 for Sunday.
  public var weekday: Int { (number % 7 + 10) % 7 + 1 }

  /// The Monday of its week.
  public var monday: CivilDate { CivilDate(number: number - weekday + 1) }

  /// The week of ISO 8601, `2026-W47`; it belongs to the year of its Thursday.
  public var weekName: String {
    let thursday = CivilDate(number: number - weekday + 4)
    let newYear = daysSince1970(year: thursday.year, month: 1, day: 1)
    return padded(thursday.year, 4) + "-W" + padded((thursday.number - newYear) / 7 + 1, 2)
  }
}
