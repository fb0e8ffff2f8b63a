import Alerting
public import CreditCore
public import Reports
import UsageStore

// Budgets as they stand.
extension AlertWorkflow {
  /// Every budget of every organisation that it is for; nothing is sent or kept.
  public func budgets(now: Instant) throws -> BudgetReport {
    let memory = try store.alertMemory(at: now)
    let facts = try AlertFacts(store, shelf, setting, memory.watches, now: now)
    let today = setting.zone.local(now).date
    var report = BudgetReport(at: now)
    for rule in setting.rules {
      guard case .budget(let budget) = rule.condition else { continue }
      let (first, next) = setting.period(budget.per, containing: today)
      var asked = budget
      // The forecast is told of every budget, whether a level watches it or not.
      if asked.forecastLevels.isEmpty { asked.forecastLevels = [ExactDecimal(100)] }
      var rule = rule
      rule.condition = .budget(asked)
      for org in facts.organisations.names where rule.applies(to: org) {
        let measure = try facts.measure(rule, of: org, isStale: false)
        guard let used = measure.value else { continue }
        let passed = budget.levels.last { level in
          memory.entries[AlertKey(rule: rule.name, org: org, level: "\(level)%")]?.state == .firing
        }
        report.rows.append(
          BudgetReport.Row(
            rule: rule.name,
            org: org,
            from: first,
            to: next,
            budget: budget.credits,
            used: used,
            forecast: measure.forecast,
            level: passed.map { "\($0)%" }
          )
        )
      }
    }
    return report
  }
}
