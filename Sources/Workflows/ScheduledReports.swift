public import CreditCore
public import Notifications
public import PriceBooks
public import Reports
public import Settings
public import UsageStore

/// Sends reports of periods that are over when their time has come, each once.
///
/// It keeps no thread and no clock: whoever has both calls ``step(_:now:)`` when it is due. What
/// was sent is in the database, so that a restart or a clock that jumps sends nothing twice; of
/// reports that were missed meanwhile the last one is sent.
public struct ScheduledReports {
  /// What a step came to.
  public struct Step: Sendable {
    /// When the next one is due.
    public var next: Instant
    /// `weekly html 2026-W47 to mail`.
    public var sent: [String] = []
    /// Reports that were given up, and what attempts met, a sentence each.
    public var faults: [String] = []
    /// Reports that still wait.
    public var queued = 0
    /// What does not arrive, for as long as it does not, or where the last one was given up.
    public var trouble: String?
  }

  private let reports: [Settings.ScheduledReport]
  private let destinations: [Destination]
  private let sinks: Sinks
  private let shelf: BookShelf
  private let chance: () -> Double
  /// What reports are of, beside their periods.
  public var zone = Zone.utc
  /// 1 for Monday to 7 for Sunday.
  public var weekStart = 1
  public var billingDay: Int?
  /// Nil for all organisations.
  public var org: String?
  public var templates = Templates.shipped

  /// Sends `reports` as the settings have them.
  ///
  /// `destinations`: those of `alerts.yaml`. `chance`: 0 to 1, anew each time; by it attempts are
  /// spread.
  public init(
    _ reports: [Settings.ScheduledReport],
    to destinations: [Destination],
    _ sinks: Sinks,
    _ shelf: BookShelf,
    chance: @escaping () -> Double
  ) {
    self.reports = reports
    self.destinations = destinations
    self.sinks = sinks
    self.shelf = shelf
    self.chance = chance
  }

  /// Names in `send_to` that no destination has: what a start should refuse.
  public var unknownDestinations: [Diagnostic] {
    let known = destinations.map(\.name)
    let unknown = reports.flatMap(\.sendTo).filter { recipient in
      !known.contains { $0.isSpelled(like: recipient.name) }
    }
    return unknown.map { recipient in
      Diagnostic(
        "\"\(recipient.name)\" is no destination of the alerts file",
        at: recipient.mark,
        expected: known.isEmpty
          ? "an alerts file with destinations" : "one of \(known.joined(separator: ", "))",
        hint: nearest(to: recipient.name, among: known).map { "did you mean \($0)?" }
      )
    }
  }

  /// Longer than any pause between attempts: what is due later was queued by a wrong clock.
  private static let longestPause: Int64 = 30 * 3_600 * 1_000_000

  /// Between steps where nothing is scheduled.
  private static let idle = Span(seconds: 86_400)
  /// Something scheduled is due within it, and an hour that clocks are put back.
  private static let week = Span(seconds: 7 * 86_400 + 7_200)

  /// Queues the reports whose time has come, and attempts every one that is due, once.
  ///
  /// Throws what the database throws; what destinations meet is in what it gives.
  public func step(_ store: UsageStore, now: Instant) throws -> Step {
    var step = Step(next: now.later(by: reports.isEmpty ? Self.idle : Self.week))
    for report in reports {
      let due = report.every.last(upTo: now, in: zone)
      let period = self.period(report, before: due)
      for destination in report.sendTo.map(\.name) {
        _ = try store.queueReport(report.schedule, of: period.label, to: destination, due: now)
      }
      step.next = min(step.next, report.every.next(after: now, in: zone))
    }
    let waiting = try store.scheduledReports(.queued)
    let closed = waiting.isEmpty ? [:] : try store.closedDestinations()
    var made: [String: ReportMessage] = [:]
    for row in waiting.reversed() {
      let isDue = row.due <= now || row.due.microseconds - now.microseconds > Self.longestPause
      if isDue { try attempt(row, closed[row.destination], store, now, &made, &step) }
    }
    let left = try store.scheduledReports(.queued)
    step.queued = left.count
    for row in left { step.next = min(step.next, max(row.due, now)) }
    step.trouble = try trouble(store)
    return step
  }

  /// Of each report and destination the last one counts.
  private func trouble(_ store: UsageStore) throws -> String? {
    var seen: Set<[String]> = []
    for row in try store.scheduledReports(nil, limit: 200) {
      let isCurrent = reports.contains {
        $0.schedule == row.schedule && $0.sendTo.contains { $0.name == row.destination }
      }
      guard isCurrent, seen.insert([row.schedule, row.destination]).inserted else { continue }
      let name = Self.name(of: row)
      if row.status == .failed { return "report \(name) was given up: \(row.error)" }
      if row.status == .queued, !row.error.isEmpty { return "report \(name): \(row.error)" }
    }
    return nil
  }

  private static func name(of row: ReportRow) -> String {
    "\(row.schedule) \(row.period) to \(row.destination)"
  }

  private func period(
    _ report: Settings.ScheduledReport,
    before due: Instant
  ) -> CalendarPeriod {
    CalendarPeriod.last(report.period.kind, before: due, in: zone, weekStart: weekStart)
  }

  private func attempt(
    _ row: ReportRow,
    _ closed: String?,
    _ store: UsageStore,
    _ now: Instant,
    _ made: inout [String: ReportMessage],
    _ step: inout Step
  ) throws {
    let name = Self.name(of: row)
    let outcome: DeliveryOutcome
    if let closed {
      outcome = .gone(closed)
    } else if let destination = destinations.first(where: { $0.name == row.destination }) {
      let key = row.schedule + row.period
      do {
        var message = try made[key] ?? message(row, store, now)
        made[key] = message
        message.id = AlertWorkflow.identity("report\u{1E}" + name)
        outcome = sinks.deliver(message, to: destination, at: now)
      } catch { outcome = .retry("the report cannot be made: \(error)", after: nil) }
    } else {
      outcome = .refused("the configuration has no such destination")
    }
    let next = DeliveryPlan.next(
      after: outcome,
      attempts: row.attempts + 1,
      now: now,
      chance: chance()
    )
    try store.settle(row, next, at: now)
    switch next {
    case .delivered: step.sent.append(name)
    case .retry(let due, let reason):
      step.faults.append("report \(name): \(reason); it is tried again after \(due)")
    case .dead(let reason), .gone(let reason):
      step.faults.append("report \(name): given up: \(reason)")
    }
  }

  private func message(
    _ row: ReportRow,
    _ store: UsageStore,
    _ now: Instant
  ) throws -> ReportMessage {
    let words = row.schedule.split(separator: " ").map(String.init)
    guard words.count == 2, let kind = CalendarPeriod.Kind(rawValue: words[0]),
      let form = PeriodReport.Format(rawValue: words[1]),
      let period = CalendarPeriod(kind, row.period, weekStart: weekStart)
    else { throw EnvironmentFault("the database has no such report: \(printable(row.schedule))") }
    // To the second, as people read it.
    let second = Instant(microseconds: now.microseconds / 1_000_000 * 1_000_000)
    var question = ReportWorkflow.Question(period: period, now: second)
    question.zone = zone
    question.org = org
    question.billingDay = billingDay
    let report = try ReportWorkflow(store, shelf).report(question)
    return ReportMessage(
      id: "",
      title: report.title,
      summary: report.summaryLines,
      text: String(decoding: try report.rendered(as: .table), as: UTF8.self),
      form: ReportMessage.Form(rawValue: form.rawValue) ?? .table,
      content: try report.rendered(as: form, templates: templates),
      json: try report.rendered(as: .json)
    )
  }
}
