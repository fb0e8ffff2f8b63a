public import CreditCore

/// A series of numbers at equal steps of time, as a CSV file of `date,value` gives it.
public struct DatedSeries: Sendable {
  public enum Step: Sendable, Equatable {
    case seconds(Int)
    case days(Int)
    case months(Int)
  }

  /// The value of each step, the first of the file first; nil where it is missing.
  public let values: [Double?]
  public let step: Step
  /// What the value is called, by the header; nil without one.
  public let title: String?
  private let first: Stamp

  /// The longest series, in steps.
  static let limit = 1_000_000

  /// The date of a step, counted from 0, in the form of the file.
  public func date(_ place: Int) -> String { first.moved(by: step, place).description }

  /// The day of a step, counted from 0.
  public func day(_ place: Int) -> CivilDate { first.moved(by: step, place).day }

  /// Reads a file: a header or none, then a date and a value a row, with a comma, semicolon or tab.
  ///
  /// An empty value, `NA`, `NaN` or `null` is missing, and so are steps without
  /// a row. Rows may stand in any order.
  ///
  /// Throws ``BadInput`` for what is no such file, for steps that are not equal, and for a date
  /// that stands twice.
  public init(_ source: SourceText) throws(BadInput) {
    do throws(Diagnostic) {
      var reader = SeriesRows(source)
      var rows: [SeriesRow] = []
      while let row = try reader.next() { rows.append(row) }
      title = reader.title
      rows.sort { $0.stamp < $1.stamp }
      guard let first = rows.first, let last = rows.last else {
        throw Diagnostic(
          "there are no values",
          at: SourceMark(source: source, line: 1, column: 1),
          expected: "rows such as 2026-11-18,1250.5"
        )
      }
      self.first = first.stamp
      step = try Self.step(of: rows)
      let count = try Self.place(of: last, after: first, step) + 1
      if count > Self.limit {
        throw Diagnostic(
          "the series has \(count) steps",
          at: last.mark,
          expected: "at most \(Self.limit)"
        )
      }
      var values = [Double?](repeating: nil, count: count)
      for row in rows { values[try Self.place(of: row, after: first, step)] = row.value }
      self.values = values
    } catch { throw BadInput(error) }
  }

  /// The smallest distance of two rows that follow one another.
  private static func step(of rows: [SeriesRow]) throws(Diagnostic) -> Step {
    var months = Int.max
    var seconds = Int.max
    for (row, next) in zip(rows, rows.dropFirst()) {
      let distance = next.stamp.seconds - row.stamp.seconds
      if distance == 0 {
        let later = row.mark.line > next.mark.line ? row : next
        throw Diagnostic(
          "\(later.stamp) stands twice",
          at: later.mark,
          expected: "one value for each date"
        )
      }
      seconds = min(seconds, distance)
      months = min(months, next.stamp.month - row.stamp.month)
    }
    guard let first = rows.first, rows.count > 1 else { return .days(1) }
    let sameDay = rows.allSatisfy {
      $0.stamp.day.day == first.stamp.day.day && $0.stamp.clock == first.stamp.clock
    }
    if sameDay, months > 0, seconds >= 28 * 86_400 { return .months(months) }
    return seconds.isMultiple(of: 86_400) ? .days(seconds / 86_400) : .seconds(seconds)
  }

  private static func place(
    of row: SeriesRow,
    after first: SeriesRow,
    _ step: Step
  ) throws(Diagnostic) -> Int {
    let (distance, size) =
      switch step {
      case .seconds(let count): (row.stamp.seconds - first.stamp.seconds, count)
      case .days(let count): (row.stamp.seconds - first.stamp.seconds, count * 86_400)
      case .months(let count): (row.stamp.month - first.stamp.month, count)
      }
    if distance.isMultiple(of: size) { return distance / size }
    throw Diagnostic(
      "\(row.stamp) is not a whole number of steps after \(first.stamp)",
      at: row.mark,
      expected: "equal steps, here of \(step.words)",
      hint: "rows may be missing, but not lie between two steps"
    )
  }
}

extension DatedSeries.Step {
  /// `1 day`, `15 minutes`.
  public var words: String {
    let (count, unit): (Int, String) =
      switch self {
      case .months(let count): (count, "month")
      case .days(let count) where count.isMultiple(of: 7): (count / 7, "week")
      case .days(let count): (count, "day")
      case .seconds(let count) where count.isMultiple(of: 3_600): (count / 3_600, "hour")
      case .seconds(let count) where count.isMultiple(of: 60): (count / 60, "minute")
      case .seconds(let count): (count, "second")
      }
    return "\(count) \(unit)\(count == 1 ? "" : "s")"
  }
}

/// A date or time of a file, which keeps the form it was written in.
struct Stamp: Comparable, CustomStringConvertible {
  enum Form {
    case month
    case day
    /// Without a zone: what stands between date and time, and whether there are seconds.
    case local(separator: Character, hasSeconds: Bool)
    case instant
  }

  let form: Form
  /// Since 1970, as a clock on the wall counts them; for instants in UTC.
  let seconds: Int

  static func < (left: Stamp, right: Stamp) -> Bool { left.seconds < right.seconds }

  static func == (left: Stamp, right: Stamp) -> Bool { left.seconds == right.seconds }

  var day: CivilDate {
    CivilDate(number: (seconds - clock) / 86_400)
  }

  /// Seconds of the day.
  var clock: Int { (seconds % 86_400 + 86_400) % 86_400 }

  /// Months since the year 0.
  var month: Int { day.year * 12 + day.month - 1 }

  func moved(by step: DatedSeries.Step, _ count: Int) -> Stamp {
    switch step {
    case .seconds(let size): return Stamp(form: form, seconds: seconds + size * count)
    case .days(let size): return Stamp(form: form, seconds: seconds + size * count * 86_400)
    case .months(let size):
      let month = month + size * count
      let date = CivilDate(year: month / 12, month: month % 12 + 1, day: day.day)
      // The step is of months only where each row has the same day, at most the 28th or in all.
      let number = date?.number ?? CalendarPeriod(.monthly, containing: day).next.number - 1
      return Stamp(form: form, seconds: number * 86_400 + clock)
    }
  }

  var description: String {
    func pair(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(pair(clock / 3_600)):\(pair(clock / 60 % 60))"
    switch form {
    case .month: return day.monthName
    case .day: return day.description
    case .local(let separator, let hasSeconds):
      return "\(day)\(separator)\(time)" + (hasSeconds ? ":\(pair(clock % 60))" : "")
    case .instant: return "\(day)T\(time):\(pair(clock % 60))Z"
    }
  }

  /// Nil for a text that is no date.
  init?(_ text: String) {
    if let date = CivilDate(text) {
      self.init(form: .day, seconds: date.number * 86_400)
      return
    }
    if text.utf8.count == 7, let date = CivilDate(text + "-01") {
      self.init(form: .month, seconds: date.number * 86_400)
      return
    }
    if let instant = Instant(text) {
      let seconds = Int(instant.microseconds / 1_000_000)
      guard instant.microseconds.isMultiple(of: 1_000_000) else { return nil }
      self.init(form: .instant, seconds: seconds)
      return
    }
    let hasSeconds = text.utf8.count > 16
    let whole = text.replacing(" ", with: "T", maxReplacements: 1) + (hasSeconds ? "Z" : ":00Z")
    guard let instant = Instant(whole), instant.microseconds.isMultiple(of: 1_000_000),
      let separator = text.dropFirst(10).first
    else { return nil }
    self.init(
      form: .local(separator: separator, hasSeconds: hasSeconds),
      seconds: Int(instant.microseconds / 1_000_000)
    )
  }

  private init(form: Form, seconds: Int) {
    self.form = form
    self.seconds = seconds
  }
}
