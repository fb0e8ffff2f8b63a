public import CreditCore

/// A series of numbers at equal steps of time, as a file of `date,value` has it.
public struct SeriesFile: Sendable {
  /// How the dates are written, and how those after the last are.
  public enum Form: Sendable {
    /// `2026-11-18`.
    case day
    /// `2026-11`.
    case month
    /// RFC 3339.
    case instant
  }

  public enum Step: Sendable, Equatable {
    case months(Int)
    case days(Int)
    case seconds(Int64)
  }

  /// By step, the oldest first; nil where there is none.
  public let values: [Double?]
  public let step: Step
  public let form: Form
  /// The zone whose days they are.
  public let zone: Zone
  let first: SeriesPlace

  /// When a value's time starts; those past the last are told too.
  public func start(of index: Int) -> Instant {
    switch step {
    case .months, .days:
      zone.instant(of: date(of: index), microsecond: first.microsecond)
    case .seconds(let seconds):
      Instant(microseconds: first.instant.microseconds + Int64(index) * seconds * 1_000_000)
    }
  }

  /// The date of a value, written as those of the file.
  public func label(of index: Int) -> String {
    switch form {
    case .day: date(of: index).description
    case .month: date(of: index).monthName
    case .instant: zone.description(of: start(of: index))
    }
  }

  /// Where a value's time starts, in days since 1970-01-01 as the zone's clocks have them.
  public func day(of index: Int) -> Double {
    let (date, microsecond) = zone.local(start(of: index))
    return Double(date.number) + Double(microsecond) / 86_400_000_000
  }

  private func date(of index: Int) -> CivilDate {
    switch step {
    case .days(let days): return CivilDate(number: first.date.number + index * days)
    case .months(let months):
      let count = first.date.year * 12 + first.date.month - 1 + index * months
      let day = CivilDate(year: count / 12, month: count % 12 + 1, day: first.date.day)
      return day ?? CivilDate(number: first.date.number + index * months * 30)
    case .seconds: return zone.local(start(of: index)).date
    }
  }

  /// The same without what was not over at an instant.
  public func known(by now: Instant) -> SeriesFile {
    let count = values.indices.first { start(of: $0 + 1) > now } ?? values.count
    return SeriesFile(Array(values[..<count]), step: step, form: form, zone: zone, first: first)
  }

  init(_ values: [Double?], step: Step, form: Form, zone: Zone, first: SeriesPlace) {
    (self.values, self.step, self.form) = (values, step, form)
    (self.zone, self.first) = (zone, first)
  }
}

/// A date of the file: a day with the time of day that clocks show.
struct SeriesPlace: Sendable {
  var date: CivilDate
  var microsecond: Int64 = 0
  var instant: Instant
}
