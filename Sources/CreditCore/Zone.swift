/// A time zone: how far its clocks are from UTC, at any instant.
///
/// Days have 23, 24 or 25 hours as the zone says.
public struct Zone: Sendable {
  struct Change: Sendable {
    /// Seconds since 1970.
    var at: Int64
    /// Seconds ahead of UTC from then on.
    var offset: Int
  }

  public let name: String
  private let first: Int
  /// Rising.
  private let changes: [Change]
  /// What holds after the last change.
  private let rule: ZoneRule?

  public static let utc = Zone(name: "UTC", first: 0, changes: [], rule: nil)

  init(name: String, first: Int, changes: [Change], rule: ZoneRule?) {
    self.name = name
    self.first = first
    self.changes = changes
    self.rule = rule
  }

  /// Seconds that its clocks are ahead of UTC.
  public func offset(at instant: Instant) -> Int {
    offset(atSecond: floorDivide(instant.microseconds, 1_000_000).0)
  }

  private func offset(atSecond second: Int64) -> Int {
    guard let last = changes.last else { return rule?.offset(atSecond: second) ?? first }
    if second >= last.at { return rule?.offset(atSecond: second) ?? last.offset }
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].at <= second { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : changes[low - 1].offset
  }

  /// What its clocks show: the day, and the microsecond of the day.
  public func local(_ instant: Instant) -> (date: CivilDate, microsecond: Int64) {
    let shown = instant.microseconds + Int64(offset(at: instant)) * 1_000_000
    let (day, microsecond) = floorDivide(shown, 86_400_000_000)
    return (CivilDate(number: Int(day)), microsecond)
  }

  /// The instant at which its clocks show a time: the first where they show it twice; where they
  /// skip it, as much later as they skip.
  public func instant(of date: CivilDate, microsecond: Int64 = 0) -> Instant {
    let shown = Int64(date.number) * 86_400 + microsecond / 1_000_000
    let before = offset(atSecond: shown - 93_600)
    let after = offset(atSecond: shown + 93_600)
    let early = shown - Int64(max(before, after))
    let late = shown - Int64(min(before, after))
    let second: Int64
    if Int64(offset(atSecond: early)) == shown - early {
      second = early
    } else if Int64(offset(atSecond: late)) == shown - late {
      second = late
    } else {
      second = shown - Int64(before)
    }
    return Instant(microseconds: second * 1_000_000 + microsecond % 1_000_000)
  }

  /// The first instant of a day.
  public func start(of date: CivilDate) -> Instant { instant(of: date) }

  /// An instant as its clocks show it, with the offset: `2026-11-18T09:00:00+01:00`.
  public func description(of instant: Instant) -> String {
    let offset = offset(at: instant)
    if offset == 0 { return instant.description }
    let shown = Instant(microseconds: instant.microseconds + Int64(offset) * 1_000_000)
    let minutes = abs(offset) / 60
    return shown.description.dropLast() + (offset < 0 ? "-" : "+")
      + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
  }
}
