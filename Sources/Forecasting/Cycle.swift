/// How long the usage's pattern is, and what goes with it: a week of days, a day or week of hours.
struct Cycle: Sendable {
  /// Steps after which the pattern repeats; 1 where none is looked for.
  let length: Int
  /// Steps of a day, in which half-lives are told; for other series the seventh part of a cycle.
  let unit: Double
  /// Steps after which a year's pattern repeats on the same weekdays, or nil.
  let year: Int?

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
}
