import CreditCore

// Spending by what requests have in common.
extension PeriodPage {
  private static let mostTags = 6

  var groups: [PageValues] {
    report.operations.isEmpty ? [] : [table(report.operations, .operation, id: "operations")]
  }

  /// The grouping that was asked for, where it is another one.
  var others: [PageValues] {
    switch report.by {
    case .operation, .tag: []
    case _ where report.groups.isEmpty: []
    default: [table(report.groups, report.by, id: "others")]
    }
  }

  var tags: [PageValues] {
    // The one that is asked for comes first.
    let asked = report.tags.filter { report.by == .tag($0.name) }
    let others = report.tags.filter { report.by != .tag($0.name) }
    return (asked + others).prefix(Self.mostTags).enumerated().map { place, tag in
      table(tag.groups, .tag(tag.name), id: "tag-\(place)")
    }
  }

  func table(
    _ groups: [PeriodReport.Group],
    _ key: UsageKey,
    id: String
  ) -> PageValues {
    let (groups, free) = key == .operation ? Self.withoutFree(groups) : (groups, nil)
    let shown = groups.prefix(mostRows)
    let most = groups.map { max($0.sums.credits, $0.previous.credits) }.max() ?? 0
    var rows = shown.map { row($0, key, upTo: Self.approximate(most)) }
    if groups.count > shown.count {
      var (sums, previous) = (UsageSums(), UsageSums())
      for group in groups[shown.count...] {
        sums += group.sums
        previous += group.previous
      }
      let rest = PeriodReport.Group(
        value: .absent,
        title: "\(groups.count - shown.count) more",
        unit: nil,
        sums: sums,
        previous: previous
      )
      rows.append(row(rest, key, upTo: Self.approximate(most)))
    }
    if let free { rows.append(row(free, key, upTo: 0)) }
    let name = key.name.replacing("tag:", with: "")
    return [
      "hasQuantity": groups.contains { Self.isCounted($0) },
      "id": id,
      "name": name,
      "heading": key == .operation ? "Where it went" : "By \(name)",
      "column": Self.capitalized(name),
      "rows": rows,
      "requests": Self.whole(report.totals.requests),
      "credits": text(report.totals.credits),
      "against": report.previous.name,
    ]
  }

  private static func isCounted(_ group: PeriodReport.Group) -> Bool {
    group.unit != nil && group.unit != .request
  }

  /// Operations that cost nothing, as one, where there are several.
  private static func withoutFree(
    _ groups: [PeriodReport.Group]
  ) -> (groups: [PeriodReport.Group], free: PeriodReport.Group?) {
    let isFree = { (group: PeriodReport.Group) in
      group.sums.credits == 0 && group.previous.credits == 0 && group.sums.unpricedRequests == 0
    }
    let free = groups.filter(isFree)
    if free.count < 3 { return (groups, nil) }
    var (sums, previous) = (UsageSums(), UsageSums())
    for group in free {
      sums += group.sums
      previous += group.previous
    }
    let one = PeriodReport.Group(
      value: .absent,
      title: "\(free.count) operations that cost nothing",
      unit: nil,
      sums: sums,
      previous: previous
    )
    return (groups.filter { !isFree($0) }, one)
  }

  private func row(
    _ group: PeriodReport.Group,
    _ key: UsageKey,
    upTo most: Double
  ) -> PageValues {
    let (credits, before) = (group.sums.credits, group.previous.credits)
    let share = Statistic.percent(Figures.share(credits, of: report.totals.credits).approximate)
    let quantity = group.sums.quantityDecimal
    let isUnpriced =
      group.sums.requests > 0
      && group.sums.unpricedRequests == group.sums.requests
    let words = PeriodReport.label(group)
    var sub = key == .operation && words != group.title ? [words] : []
    if !isUnpriced, group.sums.unpricedRequests > 0 {
      sub.append("\(Self.whole(group.sums.unpricedRequests)) without a known price")
    }
    let bar = RowBar.part(
      Self.approximate(credits),
      before: Self.approximate(before),
      upTo: most,
      "\(share) of the credits; \(figure(before)) in \(report.previous.name)"
    )
    let isCounted = Self.isCounted(group)
    return [
      "title": EstimatePage.short(key == .operation ? group.title : words),
      "sub": sub,
      "requests": Self.whole(group.sums.requests),
      "quantity": isCounted ? [EstimatePage.quantity(quantity)] : [],
      "unit": isCounted ? group.unit?.words(for: quantity) ?? "" : "",
      "credits": isUnpriced ? "no price" : text(credits),
      "share": credits == 0 ? "" : share,
      "change": credits == before ? "" : percent(credits, before),
      "changed": credits != before,
      "bar": Markup(bar),
      "isFree": credits == 0 && before == 0,
    ]
  }
}
