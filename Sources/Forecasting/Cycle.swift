/// How long the usage's pattern is, and what goes with it: a week of days, a day or week of hours.
struct Cycle: Sendable {
  /// Steps after which the pattern repeats; 1 where none is looked for.
  let length: Int
  /// Steps of a day, in which half-lives are told; for other series the seventh part of a cycle.
  let unit: Double
  /// Steps after which a year's pattern repeats on the same weekdays, or nil.
  let year: Int?

  /// The longest cycle: a day of minutes.
  private static let longest = 1_440
  /// Cycles that must be known before a week of hours is looked for.
  private static let weeksForHours = 3
  private static let day = 86_400

  init(step: SeriesStep, count: Int) {
    switch step {
    case .day:
      length = 7
      year = 364
    case .hour:
      length = count >= 3 * 168 ? 168 : 24
      year = nil
    case .week:
      length = 1
      year = 52
    case .month:
      length = count >= 3 * 12 ? 12 : 1
      year = nil
    case .other:
      length = 1
      year = nil
    }
    unit = Double(max(1, length / 7))
  }

  private static func length(_ step: SeriesStep, _ count: Int) -> Int {
    switch step {
    case .months(let months): 12.isMultiple(of: months) ? 12 / months : 1
    case .day: 7
    case .seconds(let seconds):
      if seconds > day || !day.isMultiple(of: seconds) {
        1
      } else if count >= weeksForHours * 7 * day / seconds, 7 * day / seconds <= longest {
        7 * day / seconds
      } else if day / seconds <= longest {
        day / seconds
      } else {
        3_600.isMultiple(of: seconds) ? min(longest, 3_600 / seconds) : 1
      }
    }
  }

  /// Steps of a day, at least 1, as far as they make a history longer.
  static func stepsOfDay(_ step: SeriesStep) -> Int {
    if case .seconds(let seconds) = step { max(1, min(24, day / max(1, seconds))) } else { 1 }
  }
}
