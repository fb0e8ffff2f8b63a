import CreditCore
import Rating
import Reports
import UsageStore

// What credits were spent for, and which brought nothing.
extension ReportWorkflow {
  func outcomes(
    _ groups: PeriodGroups,
    _ query: PeriodQuery
  ) throws -> [PeriodReport.OutcomeCost] {
    try groups.book.outcomes.compactMap { outcome in
      let costs = groups.sums(of: outcome.costs)
      var cost = PeriodReport.OutcomeCost(
        id: outcome.id,
        title: outcome.title,
        count: 0,
        credits: costs.sums.credits,
        previousCount: 0,
        previousCredits: costs.previous.credits,
        untold: 0,
        note: outcome.note
      )
      switch outcome.count {
      case .units(let operations):
        let counted = groups.sums(of: operations)
        (cost.count, cost.previousCount) = (counted.sums.quantity, counted.previous.quantity)
      case .requests(let operations):
        let counted = groups.sums(of: operations)
        cost.count = counted.sums.chargedRequests * 1_000_000
        cost.previousCount = counted.previous.chargedRequests * 1_000_000
      case .items(let operations): try countItems(&cost, groups, operations, query)
      case .tag(let name): count(&cost, groups, tag: name)
      }
      let isThere = (cost.count ?? 0, cost.previousCount ?? 0, cost.untold) != (0, 0, 0)
      return isThere ? cost : nil
    }
  }

  /// Only requests that tell their items count, with what those took.
  private func countItems(
    _ cost: inout PeriodReport.OutcomeCost,
    _ groups: PeriodGroups,
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
    let requests = groups.sums(of: operations).sums.chargedRequests
    cost.untold = max(0, requests - now.requests)
    cost.count = now.requests == 0 ? nil : now.items
    cost.credits = now.credits
    cost.previousCount = before.requests == 0 ? nil : before.items
    cost.previousCredits = before.credits
  }

  private func count(
    _ cost: inout PeriodReport.OutcomeCost,
    _ groups: PeriodGroups,
    tag name: String
  ) {
    var (now, before): (Set<UsageValue>, Set<UsageValue>) = ([], [])
    for (value, part) in zip(groups.tagValues(name), groups.tagSets) where value != .absent {
      cost.credits += part.sums.credits
      cost.previousCredits += part.previous.credits
      if part.sums.credits != 0 { now.insert(value) }
      if part.previous.credits != 0 { before.insert(value) }
    }
    cost.count = Int128(now.count) * 1_000_000
    cost.previousCount = Int128(before.count) * 1_000_000
  }

  // MARK: Waste

  func waste(
    _ groups: PeriodGroups,
    _ query: PeriodQuery,
    readsAll: Bool
  ) throws -> PeriodReport.Waste {
    let book = groups.book
    var waste = PeriodReport.Waste()
    var failed: [Int: Int128] = [:]
    var requests: Int128 = 0
    for entry in groups.usage.entries {
      let here = Int128(entry.amounts.requests)
      requests += here + Int128(entry.previous.requests)
      if entry.traits.isReplayed { waste.replayed += here }
      if entry.traits.isError, let status = entry.traits.status, here != 0 {
        failed[status, default: 0] += here
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
    let hidden = rules.filter { rule in
      rule.repeats?.toldBy == .body && groups.sums(of: [rule.id]).sums.requests != 0
    }
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
