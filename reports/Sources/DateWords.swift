import CreditCore

/// Times as people read them on a page.
enum DateWords {
  /// `Wed 18 Nov`.
  static func day(_ date: CivilDate) -> String {
    "\(date.weekdayWord.prefix(3)) \(date.day) \(date.monthWord.prefix(3))"
  }

  /// `Wed 18 Nov, 14:05`, as the clocks of the zone show it.
  static func moment(_ instant: Instant, _ zone: Zone) -> String {
    let (date, microsecond) = zone.local(instant)
    let minutes = Int(microsecond / 60_000_000)
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(day(date)), \(two(minutes / 60)):\(two(minutes % 60))"
  }

  /// How long ago: `under a minute`, `35 min`, `3 h`, `12 days`.
  static func age(of instant: Instant, at now: Instant) -> String {
    let minutes = max(0, (now.microseconds - instant.microseconds) / 60_000_000)
    switch minutes {
    case 0: return "under a minute"
    case ..<120: return "\(minutes) min"
    case ..<2_880: return "\(minutes / 60) h"
    default: return "\(ExactDecimal(minutes / 1_440).grouped()) days"
    }
  }
}

extension AlertMessage.Severity {
  /// The colours that stand for it.
  var tone: String {
    switch self {
    case .info: "quiet"
    case .warning: "doubt"
    case .critical: "bad"
    }
  }
}
