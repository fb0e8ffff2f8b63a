import Alerting
import CreditCore
import Forecasting
import Reconciliation
import UsageStore

// What rules about requests measure.
extension AlertFacts {
  func measure(_ budget: Budget, of org: String) throws -> AlertMeasure {
    let today = setting.zone.local(now).date
    let (first, next) = setting.period(budget.per, containing: today)
    let start = setting.zone.start(of: first)
    let used = try usage.sums(of: org, from: start, to: end, budget: budget).credits
    var measure = try usageMeasure(ExactDecimal(significand: used, scale: Credits.places), org)
    measure.period = first.description
    guard !budget.forecastLevels.isEmpty else { return measure }
    guard let days = try usage.days(of: org, budget: budget), days.whole.count >= 3,
      let forecast = usage.past.forecast(days.whole, horizon: next.number - today.number)
    else {
      measure.note = "not enough history for a forecast: it needs 3 whole days"
      return measure
    }
    let before = try usage.sums(
      of: org,
      from: start,
      to: setting.zone.start(of: today),
      budget: budget
    ).credits
    let rest = forecast.total(through: next.number - today.number).expected
    let micros = Int128(before) + Int128((max(0, rest) * 1_000_000).rounded())
    measure.forecast = ExactDecimal(significand: max(micros, used), scale: Credits.places)
    return measure
  }

  /// How many times the usual of that weekday and hour, by the four weeks before.
  func burn(_ window: Span, of org: String) throws -> AlertMeasure {
    let used = try self.window(window, of: org).credits
    let first = try usage.firstDay(of: org)
    var (total, weeks) = (Int128(0), Int128(0))
    for week in 1...4 {
      let shift = Span(seconds: Int64(week) * 7 * 86_400)
      let stop = end.earlier(by: shift)
      let start = stop.earlier(by: window)
      guard let first, setting.zone.start(of: first) <= start else { break }
      total += try usage.sums(of: org, from: start, to: stop).credits
      weeks += 1
    }
    guard weeks > 0, total > 0 else {
      var measure = try usageMeasure(nil, org)
      measure.note =
        weeks == 0 ? "not enough history: it needs a week" : "nothing is usual at that hour"
      return measure
    }
    return try usageMeasure(Self.ratio(used * weeks, total), org)
  }

  func spike(_ window: Span, of org: String) throws -> AlertMeasure {
    let used = try self.window(window, of: org).credits
    let end = self.end.earlier(by: window)
    var start = end.earlier(by: Span(seconds: 7 * 86_400))
    if let first = try usage.firstDay(of: org) {
      start = max(start, setting.zone.start(of: first))
    }
    let seconds = end.seconds(since: start)
    let before = try usage.sums(of: org, from: start, to: end).credits
    guard seconds >= 86_400, before > 0 else {
      var measure = try usageMeasure(nil, org)
      measure.note = "not enough history: it needs a day of spending"
      return measure
    }
    let factor = Self.ratio(used * Int128(seconds), before * Int128(window.seconds))
    return try usageMeasure(factor, org)
  }

  func unexplained(_ window: Span, of org: String) throws -> AlertMeasure {
    var measure = AlertMeasure()
    measure.asOf = balance(of: org)?.at
    guard measure.asOf != nil else {
      measure.note = "no balance is known"
      return measure
    }
    var question = ReconcileWorkflow.Question(now: now)
    (question.since, question.billingDay) = (now.earlier(by: window), setting.billingDay)
    let workflow = ReconcileWorkflow(store, shelf)
    let timeline = try workflow.timeline(of: org, question)
    let parts = try IntervalUsage(
      store,
      timeline.intervals,
      orgs: organisations.spenders(of: org)
    ).parts
    let left = timeline.intervals.reduce(Int128(0)) { $0 + Int128($1.spent.micros) }
    let rated = parts.reduce(Int128(0)) { $0 + $1.reduce(0) { $0 + $1.credits } }
    guard left > 0 else {
      measure.note = "no credits left the balance between snapshots of the window"
      return measure
    }
    let rest = Int128((left - rated).magnitude)
    measure.value = Self.ratio(rest * 100, left)
    return measure
  }
}
