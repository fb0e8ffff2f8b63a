import CreditCore
import Reports
import Settings
import Synchronization
import UsageStore
import Workflows

extension ServiceDesk {
  /// How long credits last, for the metrics: worked out now and then, since it takes a while.
  var runwayTask: BackgroundTask {
    let due = Mutex(Instant(microseconds: .min))
    let state = RunwayState(due)
    return BackgroundTask(name: "runway") { now in
      let next = state.due.withLock { $0 }
      if now < next, next.microseconds - now.microseconds <= Self.runwayPause {
        return BackgroundStep(next: next)
      }
      for org in try self.store.organisations() {
        self.background.set(runway: try self.runway(of: org, now), of: org)
      }
      let after = Instant(microseconds: now.microseconds + Self.runwayPause)
      state.due.withLock { $0 = after }
      return BackgroundStep(next: after)
    }
  }

  private static let runwayPause: Int64 = 600_000_000

  /// Days by percentile; empty where credits last longer than a forecast looks, or nobody knows.
  private func runway(
    of org: String,
    _ now: Instant
  ) throws -> [(percentile: String, days: String)] {
    var question = ForecastWorkflow.Question(now: now)
    question.org = org
    question.zone = try settings.team.timezone.map(Zones.named) ?? .utc
    question.billingDay = settings.team.billingDay
    question.horizon = Span(seconds: 90 * 86_400)
    let report: ForecastReport
    do { report = try ForecastWorkflow(store, shelf).report(question) } catch let fault
      as EnvironmentFault where fault.isAbsence
    { return [] }
    let today = question.zone.local(now).date.number
    let dates = [
      ("p10", report.runsOut.p10), ("p50", report.runsOut.p50), ("p90", report.runsOut.p90),
    ]
    return dates.compactMap { percentile, date in
      date.flatMap { CivilDate($0) }.map { (percentile, "\($0.number - today)") }
    }
  }
}

private final class RunwayState: Sendable {
  let due: Mutex<Instant>
  init(_ due: consuming Mutex<Instant>) { self.due = due }
}
