/// When a zone changes its clocks in years to come, as POSIX writes it:
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
  private enum Day: Sendable {
    /// The nth such weekday of a month, 5 for the last; Sunday is 0.
    case weekday(month: Int, week: Int, day: Int)
    /// Day 1 to 365 of a year, without 29 February.
    case julian(Int)
    /// Day 0 to 365 of a year.
    case ordinal(Int)
  }

  private struct Switch: Sendable {
    var day: Day
    /// Of the day, by the clock before the switch; may lie outside of it.
    var second: Int

    /// Seconds since 1970 by that clock.
    func second(in year: Int) -> Int64 {
      let newYear = daysSince1970(year: year, month: 1, day: 1)
      let number: Int
      switch day {
      case .ordinal(let day): number = newYear + day
      case .julian(let day):
        number = newYear + day - (daysIn(month: 2, year: year) == 29 && day > 59 ? 0 : 1)
      case .weekday(let month, let week, let weekday):
        let first = daysSince1970(year: year, month: month, day: 1)
        let distance = (weekday - CivilDate(number: first).weekday + 14) % 7
        let last = first + daysIn(month: month, year: year) - 1
        var day = first + distance + (week - 1) * 7
        while day > last { day -= 7 }
        number = day
      }
      return Int64(number) * 86_400 + Int64(second)
    }
  }

  private let standard: Int
  private let summer: (offset: Int, from: Switch, to: Switch)?

  func offset(atSecond second: Int64) -> Int {
    guard let summer else { return standard }
    let day = floorDivide(second + Int64(standard), 86_400).0
    let year = civilDate(days: Int(day)).year
    let from = summer.from.second(in: year) - Int64(standard)
    let to = summer.to.second(in: year) - Int64(summer.offset)
    let isSummer = from < to ? from <= second && second < to : !(to <= second && second < from)
    return isSummer ? summer.offset : standard
  }

  /// Nil for what is no such rule.
  init?(_ text: String) {
    var scanner = RuleScanner(bytes: Array(text.utf8))
    guard scanner.skipName(), let standard = scanner.time() else { return nil }
    self.standard = -standard
    if scanner.isAtEnd {
      summer = nil
      return
    }
    guard scanner.skipName() else { return nil }
    var offset = self.standard + 3_600
    if !scanner.isNext(",") {
      guard let given = scanner.time() else { return nil }
      offset = -given
    }
    guard let from = Self.scan(&scanner), let to = Self.scan(&scanner), scanner.isAtEnd else {
      return nil
    }
    summer = (offset, from, to)
  }

  private static func scan(_ scanner: inout RuleScanner) -> Switch? {
    guard scanner.skip(",") else { return nil }
    let day: Day
    if scanner.skip("M") {
      guard let month = scanner.number(1...12), scanner.skip("."),
        let week = scanner.number(1...5), scanner.skip("."), let weekday = scanner.number(0...6)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    } else if scanner.skip("J") {
      guard let number = scanner.number(1...365) else { return nil }
      day = .julian(number)
    } else {
      guard let number = scanner.number(0...365) else { return nil }
      day = .ordinal(number)
    }
    guard scanner.skip("/") else { return Switch(day: day, second: 7_200) }
    return scanner.time().map { Switch(day: day, second: $0) }
  }
}

private struct RuleScanner {
  let bytes: [UInt8]
  var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  func isNext(_ character: Unicode.Scalar) -> Bool {
    place < bytes.count && bytes[place] == UInt8(ascii: character)
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard isNext(character) else { return false }
    place += 1
    return true
  }

  /// Three letters or more, or `<+03>`.
  mutating func skipName() -> Bool {
    let start = place
    if skip("<") {
      while place < bytes.count, !isNext(">") { place += 1 }
      return skip(">")
    }
    while place < bytes.count, (bytes[place] | 0x20) &- 0x61 < 26 { place += 1 }
    return place - start >= 3
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int? {
    let start = place
    var value = 0
    while place < bytes.count, case let digit = bytes[place] &- 0x30, digit < 10, place - start < 4
    {
      value = value * 10 + Int(digit)
      place += 1
    }
    return place > start && range.contains(value) ? value : nil
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func time() -> Int? {
    let sign = skip("-") ? -1 : 1
    if sign == 1 { _ = skip("+") }
    guard let hours = number(0...167) else { return nil }
    var seconds = hours * 3_600
    for unit in [60, 1] where skip(":") {
      guard let part = number(0...59) else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }
}
