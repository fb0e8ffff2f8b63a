import CreditCore

/// Finds the step at which all dates of a series lie.
struct SeriesSteps {
  private let rows: [SeriesRows.Row]
  private let form: SeriesFile.Form
  private let source: SourceText

  init(_ rows: [SeriesRows.Row], _ form: SeriesFile.Form, _ source: SourceText) {
    (self.rows, self.form, self.source) = (rows, form, source)
  }

  /// Throws ``BadInput`` at the first date that lies between two steps.
  func step() throws(BadInput) -> SeriesFile.Step {
    guard rows.count > 1 else { return form == .month ? .months(1) : .days(1) }
    let first = rows[0].place
    if let months = months { return .months(months) }
    let isSameTime = rows.allSatisfy { $0.place.microsecond == first.microsecond }
    let step: SeriesFile.Step
    if isSameTime {
      step = .days(shortest { $1.place.date.number - $0.place.date.number })
    } else {
      let micros = shortest { Int($1.place.instant.microseconds - $0.place.instant.microseconds) }
      guard micros.isMultiple(of: 1_000_000) else { throw uneven(rows[1], nil) }
      step = .seconds(Int64(micros / 1_000_000))
    }
    for row in rows where Self.distance(from: first, to: row.place, step) == nil {
      throw uneven(row, step)
    }
    return step
  }

  private func shortest(_ gap: (SeriesRows.Row, SeriesRows.Row) -> Int) -> Int {
    zip(rows, rows.dropFirst()).map(gap).min() ?? 1
  }

  /// Whole months between all dates; nil where days or hours part them.
  private var months: Int? {
    let first = rows[0].place
    guard first.date.day <= 28,
      rows.allSatisfy({
        $0.place.date.day == first.date.day && $0.place.microsecond == first.microsecond
      })
    else { return nil }
    let shortest = shortest { Self.months($1.place) - Self.months($0.place) }
    guard shortest > 0,
      rows.allSatisfy({ (Self.months($0.place) - Self.months(first)).isMultiple(of: shortest) })
    else { return nil }
    return shortest
  }

  private static func months(_ place: SeriesPlace) -> Int {
    place.date.year * 12 + place.date.month
  }

  /// Steps between two dates; nil where they are no whole number.
  static func distance(
    from first: SeriesPlace,
    to place: SeriesPlace,
    _ step: SeriesFile.Step
  ) -> Int? {
    let (gap, length): (Int64, Int64)
    switch step {
    case .months(let months):
      (gap, length) = (Int64(Self.months(place) - Self.months(first)), Int64(months))
    case .days(let days):
      (gap, length) = (Int64(place.date.number - first.date.number), Int64(days))
    case .seconds(let seconds):
      gap = place.instant.microseconds - first.instant.microseconds
      length = seconds * 1_000_000
    }
    return gap.isMultiple(of: length) ? Int(gap / length) : nil
  }

  private func uneven(_ row: SeriesRows.Row, _ step: SeriesFile.Step?) -> BadInput {
    let shown =
      switch step {
      case .days(let days): days == 1 ? "a day" : "\(days) days"
      case .seconds(let seconds): Span(seconds: seconds).description
      case .months(let months): months == 1 ? "a month" : "\(months) months"
      case nil: "whole seconds"
      }
    let isNearDay =
      if case .seconds(let seconds) = step { (82_800...90_000).contains(seconds) } else { false }
    let mark = SourceMark(source: source, line: row.line, column: row.column, width: row.width)
    return BadInput(
      Diagnostic(
        "the date is no whole number of steps after the first",
        at: mark,
        expected: "equal steps; the shortest is \(shown)",
        hint: isNearDay ? "days of a zone with changing clocks need --timezone" : nil
      )
    )
  }
}
