public import CreditCore
public import Settings

extension WeeklyTime {
  /// The last instant up to `now` at which a zone's clocks show it; where they skip it, as much
  /// later as they skip, and the first time where they show it twice.
  public func last(upTo now: Instant, in zone: Zone) -> Instant {
    var date = zone.local(now).date
    // A week and a day back there is one, whatever clocks do.
    for _ in 0..<9 {
      if let instant = instant(on: date, zone), instant <= now { return instant }
      date = CivilDate(number: date.number - 1)
    }
    return now
  }

  /// The first instant after `now`.
  public func next(after now: Instant, in zone: Zone) -> Instant {
    var date = zone.local(now).date
    for _ in 0..<9 {
      if let instant = instant(on: date, zone), instant > now { return instant }
      date = CivilDate(number: date.number + 1)
    }
    return now.later(by: Span(seconds: 86_400))
  }

  private func instant(on date: CivilDate, _ zone: Zone) -> Instant? {
    if let weekday, weekday.number != date.weekday { return nil }
    return zone.instant(of: date, microsecond: Int64(hour * 60 + minute) * 60_000_000)
  }
}

extension Settings.ScheduledReport.Period {
  var kind: CalendarPeriod.Kind {
    switch self {
    case .daily: .daily
    case .weekly: .weekly
    case .monthly: .monthly
    }
  }
}

extension Settings.ScheduledReport {
  /// What a destination has of it once a period, at whatever time it is due.
  var schedule: String { "\(period.rawValue) \(format)" }
}
