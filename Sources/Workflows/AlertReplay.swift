import Alerting
public import CreditCore
import Reconciliation
public import Reports
import UsageStore

// The rules over the stored past.
extension AlertWorkflow {
  /// Evaluations of one replay.
  private static let limit = 20_000
  private static let week: Int64 = 7 * 86_400_000_000

  /// What the rules would have said from one instant to another, looked at every so often.
  ///
  /// Nothing is sent or kept. Throws ``EnvironmentFault`` where that is too many evaluations.
  public func replay(since: Instant, until: Instant, every: Span) throws -> ReplayReport {
    let count = (until.microseconds - since.microseconds) / max(1, every.microseconds)
    if count > Self.limit {
      throw EnvironmentFault("that is \(count) evaluations; give a longer --every")
    }
    var memory = AlertMemory()
    let past = AlertPast()
    var report = ReplayReport(since: since, until: until, every: every)
    var open: [AlertKey: ReplayReport.Episode] = [:]
    var episodes: [String: [ReplayReport.Episode]] = [:]
    for step in 0...max(0, count) {
      let now = Instant(microseconds: since.microseconds + step * every.microseconds)
      let evaluation = try evaluate(memory, past, now: now)
      memory.apply(evaluation.changes)
      report.messages += evaluation.changes.messages.count
      for row in evaluation.rows.joined() {
        let isFiring = row.entry.state == .firing
        if isFiring, open[row.key] == nil {
          open[row.key] = ReplayReport.Episode(
            org: row.key.org,
            level: row.key.level,
            from: now,
            value: row.entry.value
          )
        } else if !isFiring, var episode = open.removeValue(forKey: row.key) {
          episode.to = now
          episodes[row.key.rule, default: []].append(episode)
        }
      }
    }
    for (key, episode) in open { episodes[key.rule, default: []].append(episode) }
    let balances = try Balances(self, since, until)
    for rule in setting.rules {
      report.rules.append(judged(rule, episodes[rule.name] ?? [], balances, until))
    }
    return report
  }

  private func judged(
    _ rule: AlertRule,
    _ episodes: [ReplayReport.Episode],
    _ balances: Balances,
    _ until: Instant
  ) -> ReplayReport.Rule {
    var result = ReplayReport.Rule(name: rule.name)
    result.episodes = episodes.sorted { ($0.from, $0.org, $0.level) < ($1.from, $1.org, $1.level) }
    guard rule.condition.isAboutBalance else { return result }
    result.isAboutBalance = true
    for (org, zeros) in balances.zeros where rule.applies(to: org) {
      for zero in zeros {
        let warned = episodes.filter {
          $0.org == org && $0.from <= zero && ($0.to.map { $0 >= zero } ?? true)
        }.map(\.from).min()
        if let warned {
          result.leads.append(Span(seconds: max(0, zero.seconds(since: warned))))
        } else {
          result.missed += 1
        }
      }
    }
    result.leads.sort()
    for episode in episodes {
      guard let intervals = balances.intervals[episode.org],
        let left = balances.balance(of: episode.org, at: episode.from),
        episode.from.microseconds + Self.week <= until.microseconds
      else { continue }
      let end = Instant(microseconds: episode.from.microseconds + Self.week)
      let spent = intervals.filter { $0.from >= episode.from && $0.to <= end }
        .reduce(Int128(0)) { $0 + Int128($1.spent.micros) }
      // What was left would have lasted a week without any top-up.
      if spent < Int128(left.micros) { result.falseAlarms += 1 }
    }
    if case .balanceBelow(.amount) = rule.condition {
      let dearest = balances.dearestDay.filter { rule.applies(to: $0.key) }.values.max()
      result.better = dearest.map {
        ExactDecimal(significand: $0, scale: Credits.places).roundedUp
      }
    }
    return result
  }

  /// What balances did in the span.
  private struct Balances {
    var intervals: [String: [BalanceInterval]] = [:]
    /// When a balance reached zero.
    var zeros: [String: [Instant]] = [:]
    /// The most that was spent within 24 hours, in micro-credits.
    var dearestDay: [String: Int128] = [:]

    init(_ workflow: AlertWorkflow, _ since: Instant, _ until: Instant) throws {
      var question = ReconcileWorkflow.Question(now: until)
      (question.since, question.until) = (since, until)
      question.billingDay = workflow.setting.billingDay
      let reconcile = ReconcileWorkflow(workflow.store, workflow.shelf)
      for (org, _) in try reconcile.holders(workflow.setting.org) {
        let intervals = try reconcile.timeline(of: org, question).intervals
        self.intervals[org] = intervals
        zeros[org] = intervals.filter { $0.opening.micros > 0 && $0.closing.micros <= 0 }.map(\.to)
        let most = Self.dearestDay(intervals)
        if most > 0 { dearestDay[org] = most }
      }
    }

    private static func dearestDay(_ intervals: [BalanceInterval]) -> Int128 {
      let day: Int64 = 86_400
      // Of an interval that is longer, a day's part: nobody knows when it was spent.
      func spent(_ interval: BalanceInterval) -> Int128 {
        let seconds = Int128(max(day, interval.to.seconds(since: interval.from)))
        return Int128(interval.spent.micros) * Int128(day) / seconds
      }
      var (start, sum, most) = (0, Int128(0), Int128(0))
      for (index, interval) in intervals.enumerated() {
        sum += spent(interval)
        while start < index, interval.to.seconds(since: intervals[start].from) > day {
          sum -= spent(intervals[start])
          start += 1
        }
        most = max(most, sum)
      }
      return most
    }

    func balance(of org: String, at instant: Instant) -> Credits? {
      let known = intervals[org] ?? []
      return known.last { $0.to <= instant }?.closing ?? known.first?.opening
    }
  }
}
