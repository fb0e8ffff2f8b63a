import CreditCore
import Rating
import Reports
import UsageStore

// What credits were spent for, and which brought nothing.
extension ReportWorkflow {
  func outcomes(
    _ book: PriceBook,
    _ usage: PeriodUsage,
    _ query: PeriodQuery
  ) throws -> [PeriodReport.OutcomeCost] {
    try book.outcomes.compactMap { outcome in
      let costs = outcome.costs.map { Wildcard($0) }
      var cost = PeriodReport.OutcomeCost(
        id: outcome.id,
        title: outcome.title,
        count: 0,
        credits: 0,
        previousCount: 0,
        previousCredits: 0,
        untold: 0,
        note: outcome.note
      )
      for entry in usage.entries where costs.contains(where: { $0.matches(entry.series.operation) })
      {
        cost.credits += entry.amounts.credits
        cost.previousCredits += entry.compared.credits
      }
      switch outcome.count {
      case .units(let operations): count(&cost, usage, operations) { $0.quantity }
      case .requests(let operations): count(&cost, usage, operations) { $0.requests * 1_000_000 }
      case .items(let operations): try countItems(&cost, usage, operations, query)
      case .tag(let name): count(&cost, usage, book, tag: name)
      }
      let isThere = (cost.count ?? 0, cost.previousCount ?? 0, cost.untold) != (0, 0, 0)
      return isThere ? cost : nil
    }
  }

  private func count(
    _ cost: inout PeriodReport.OutcomeCost,
    _ usage: PeriodUsage,
    _ operations: [String],
    _ value: (SeriesAmounts) -> Int128
  ) {
    let operations = operations.map { Wildcard($0) }
    var (now, before): (Int128, Int128) = (0, 0)
    for entry in usage.entries
    where entry.series.isCharged
      && operations.contains(where: { $0.matches(entry.series.operation) })
    {
      now += value(entry.amounts)
      before += value(entry.compared)
    }
    (cost.count, cost.previousCount) = (now, before)
  }

  /// Only requests that tell their items count, with what those took.
  private func countItems(
    _ cost: inout PeriodReport.OutcomeCost,
    _ usage: PeriodUsage,
    _ operations: [String],
    _ query: PeriodQuery
  ) throws {
    let names = operations.map { Wildcard($0) }
    let from = query.days.first ?? query.end
    let now = try store.items(of: names, orgs: query.orgs, from: from, until: query.end)
    let before = try store.items(
      of: names,
      orgs: query.orgs,
      from: query.previousStart,
      until: query.previousEnd ?? from
    )
    var requests: Int128 = 0
    for entry in usage.entries
    where entry.series.isCharged && names.contains(where: { $0.matches(entry.series.operation) }) {
      requests += entry.amounts.requests
    }
    cost.untold = max(0, requests - now.requests)
    cost.count = now.requests == 0 ? nil : now.items
    cost.credits = now.credits
    cost.previousCount = before.requests == 0 ? nil : before.items
    cost.previousCredits = before.credits
  }

  private func count(
    _ cost: inout PeriodReport.OutcomeCost,
    _ usage: PeriodUsage,
    _ book: PriceBook,
    tag name: String
  ) {
    var (now, before): (Set<UsageValue>, Set<UsageValue>) = ([], [])
    let values = PeriodGroups(usage, book: book).tagValues(name)
    for entry in usage.entries where values[entry.tags] != .absent {
      cost.credits += entry.amounts.credits
      cost.previousCredits += entry.compared.credits
      if entry.amounts.credits != 0 { now.insert(values[entry.tags]) }
      if entry.compared.credits != 0 { before.insert(values[entry.tags]) }
    }
    cost.count = Int128(now.count) * 1_000_000
    cost.previousCount = Int128(before.count) * 1_000_000
  }

  // MARK: Waste

  func waste(
    _ book: PriceBook,
    _ usage: PeriodUsage,
    _ query: PeriodQuery,
    readsAll: Bool
  ) throws -> PeriodReport.Waste {
    var waste = PeriodReport.Waste()
    var failed: [Int: Int128] = [:]
    var requests: Int128 = 0
    for entry in usage.entries {
      requests += entry.amounts.requests + entry.previous.requests
      if entry.series.replayed { waste.replayed += entry.amounts.requests }
      if let status = entry.series.status, status >= 400, entry.amounts.requests != 0 {
        failed[status, default: 0] += entry.amounts.requests
      }
    }
    waste.failed = failed.sorted { $0.key < $1.key }.map { (status: $0.key, requests: $0.value) }
    let rules = book.operations.filter { $0.repeats != nil }
    if readsAll || requests <= Self.readLimit {
      try look(&waste, rules, book, query)
    } else {
      waste.untold.append(
        "Requests that found nothing and calls that repeat one another are not looked for among so "
          + "many requests; --full reads them one by one."
      )
    }
    let present = Set(usage.entries.filter { $0.amounts.requests != 0 }.map(\.series.operation))
    let hidden = rules.filter { $0.repeats?.toldBy == .body && present.contains($0.id) }
    if !hidden.isEmpty {
      waste.untold.append(
        "Whether calls of \(hidden.map(\.id).joined(separator: ", ")) repeat one another cannot be "
          + "told: what they ask for is in bodies and queries, which are not kept."
      )
    }
    return waste
  }

  private func look(
    _ waste: inout PeriodReport.Waste,
    _ rules: [Operation],
    _ book: PriceBook,
    _ query: PeriodQuery
  ) throws {
    var calls = CallQuery(start: query.days.first ?? query.end, end: query.end)
    calls.orgs = query.orgs
    for operation in rules {
      if let rule = operation.repeats, rule.toldBy == .path {
        calls.repeats[operation.id] = rule.within
      }
    }
    let facts = try store.calls(calls)
    func costs(_ counts: [CallFindings.Count]) -> [PeriodReport.Waste.Cost] {
      counts.map { count in
        PeriodReport.Waste.Cost(
          operation: count.operation,
          title: book.operation(count.operation)?.title ?? count.operation,
          requests: count.requests,
          credits: count.credits
        )
      }
    }
    waste.foundNothing = costs(facts.foundNothing)
    waste.repeats = costs(facts.repeats)
  }
}
