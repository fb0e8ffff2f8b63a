import CreditCore
import Reports
import UsageStore

// What was told in the period.
extension ReportWorkflow {
  /// Alerts that fired or resolved, each once however often it was told again.
  func alerts(_ question: Question, _ from: Instant, _ to: Instant) throws -> [PeriodReport.Alert] {
    let end = min(to, Instant(microseconds: question.now.microseconds + 1))
    if end <= from { return [] }
    var seen: Set<[String]> = []
    return try store.alertMessages(of: question.org, from: from, until: end).filter { message in
      let (state, since) = (message.state.rawValue, message.since.description)
      return seen.insert([message.rule, message.org, message.level, state, since]).inserted
    }.map { message in
      PeriodReport.Alert(
        rule: message.level.isEmpty ? message.rule : "\(message.rule), \(message.level)",
        severity: message.severity.rawValue,
        state: message.state.rawValue,
        at: message.at,
        reason: message.reason
      )
    }
  }
}
