public import Alerting
public import CreditCore

/// What alerts are evaluated by.
public struct AlertSetting: Sendable {
  public var plan: AlertPlan
  public var zone = Zone.utc
  /// 1 for Monday to 7 for Sunday.
  public var weekStart = 1
  /// 1 to 28; nil where nobody said.
  public var billingDay: Int?
  /// Without a newer balance than this, the balance counts as old; nil where nobody polls.
  public var staleAfter: Span?
  /// Only this organisation; all where it is nil.
  public var org: String?
  /// Messages a minute that a destination takes before they are told together.
  public var perMinute = 10

  /// The name of the rule that every file has: the balance was not told for too long.
  public static let staleRule = "balance is old"

  public init(_ plan: AlertPlan) { self.plan = plan }

  /// The rules, with the one that watches the age of the balance where none does and a service
  /// polls.
  var rules: [AlertRule] {
    let watchesAge = plan.rules.contains {
      if case .snapshotOlderThan = $0.condition { true } else { false }
    }
    guard let staleAfter, !watchesAge else { return plan.rules }
    var rule = AlertRule(name: Self.staleRule, condition: .snapshotOlderThan(staleAfter))
    rule.repeatEvery = AlertRule.usualRepeat(.warning)
    rule.sendTo = plan.destinations.map(\.name)
    return plan.rules + [rule]
  }

  /// The first day of a budget's period, and the day behind its last.
  func period(
    _ period: Budget.Period,
    containing day: CivilDate
  ) -> (first: CivilDate, next: CivilDate) {
    switch period {
    case .period:
      let billing = day.billingPeriod(day: billingDay ?? 1)
      return (billing.from, billing.to)
    case .day: return (day, CivilDate(number: day.number + 1))
    case .week:
      let calendar = CalendarPeriod(.weekly, containing: day, weekStart: weekStart)
      return (calendar.first, calendar.next)
    case .month:
      let calendar = CalendarPeriod(.monthly, containing: day)
      return (calendar.first, calendar.next)
    }
  }
}
