import CreditCore
import Reconciliation

// The report for a terminal.
extension PeriodReport {
  private static let rowsShown = 15

  var table: String {
    var text = headline + "\n\n" + summary
    text += list("Changed since it was reported", corrections.map(sentence))
    text += list("What moved", movers.map(sentence))
    text += "\nBy day\n" + dayTable
    text += "\nBy \(by.name.replacing("tag:", with: "tag "))\n"
    text += Self.table(of: groups, by: by, totals: totals)
    for tag in tags where by != .tag(tag.name) {
      text += "\nBy tag \(printable(tag.name))\n"
      text += Self.table(of: tag.groups, by: .tag(tag.name), totals: totals)
    }
    text += outcomeTable + reconciliationTable
    text += list("What brought nothing", wasteSentences)
    text += forecastTable
    text += list("Alerts", alerts.map { "\($0.at) \($0.rule), \($0.state): \($0.reason)" })
    text += list("Notes", notes)
    return text
  }

  private func list(_ title: String, _ sentences: [String]) -> String {
    if sentences.isEmpty { return "" }
    return "\n\(title)\n" + sentences.map { "  \(printable($0))\n" }.joined()
  }

  private var summary: String {
    var rows: [(String, String)] = [
      ("credits", "\(Self.amount(totals.credits)), \(changeWords)"),
      ("known", basisWords),
      ("requests", requestWords),
    ]
    if let burnSentence { rows.append(("burn rate", burnSentence)) }
    if let balanceSentence { rows.append(("balance", balanceSentence)) }
    if let runwayWords { rows.append(("runway", runwayWords)) }
    if let unexplainedSentence { rows.append(("reconciled", unexplainedSentence)) }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
    }
    .joined()
  }

  /// `12,345, of which 120 failed (34 throttled) and 3 have no known price`.
  var requestWords: String {
    var parts: [String] = []
    if totals.errors > 0 {
      let throttled =
        totals.rateLimited > 0 ? " (\(Self.whole(totals.rateLimited)) throttled)" : ""
      parts.append("\(Self.whole(totals.errors)) failed\(throttled)")
    }
    if totals.unpricedRequests > 0 {
      let verb = totals.unpricedRequests == 1 ? "has" : "have"
      parts.append("\(Self.whole(totals.unpricedRequests)) \(verb) no known price")
    }
    let all = Self.whole(totals.requests)
    return parts.isEmpty ? all : all + ", of which " + parts.joined(separator: " and ")
  }

  private var dayTable: String {
    var table = TextTable([
      ("day", .left), ("requests", .right), ("errors", .right), ("credits", .right), ("", .left),
    ])
    let most = days.map(\.sums.credits).max() ?? 0
    for day in days {
      let bar = most > 0 ? Int(day.sums.credits * 24 / most) : 0
      let weekday = day.date.weekdayWord.prefix(3)
      let hours = day.hours == 24 ? "" : " (\(day.hours) h)"
      table.add([
        "\(weekday) \(day.date)\(hours)", Self.whole(day.sums.requests),
        Self.whole(day.sums.errors), Self.amount(day.sums.credits),
        String(repeating: "▪", count: max(bar, 0)),
      ])
    }
    table.addRule()
    table.add([
      "total", Self.whole(totals.requests), Self.whole(totals.errors), Self.amount(totals.credits),
    ])
    return table.text
  }

  private static func table(
    of groups: [Group],
    by key: UsageKey,
    totals: UsageSums
  ) -> String {
    var table = TextTable([
      (key.name.replacing("tag:", with: ""), key == .status ? .right : .left),
      ("requests", .right), ("quantity", .right), ("", .left), ("credits", .right),
      ("share", .right), ("change", .right),
    ])
    for group in groups.prefix(rowsShown) {
      table.add([label(group)] + cells(group.sums, group.previous, group.unit, totals))
    }
    if groups.count > rowsShown {
      var (sums, previous) = (UsageSums(), UsageSums())
      for group in groups[rowsShown...] {
        sums += group.sums
        previous += group.previous
      }
      table.add(["\(groups.count - rowsShown) more"] + cells(sums, previous, nil, totals))
    }
    table.addRule()
    table.add(["total", whole(totals.requests), "", "", amount(totals.credits)])
    return table.text
  }

  static func label(_ group: Group) -> String {
    group.value == .absent ? group.title : group.value.words
  }

  private static func cells(
    _ sums: UsageSums,
    _ previous: UsageSums,
    _ unit: Unit?,
    _ totals: UsageSums
  ) -> [String] {
    let isUnpriced = sums.requests > 0 && sums.unpricedRequests == sums.requests
    let quantity = sums.quantityDecimal
    let share = Figures.share(sums.credits, of: totals.credits)
    return [
      whole(sums.requests), unit.map { _ in quantity.grouped(places: 2) } ?? "",
      unit?.words(for: quantity) ?? "", isUnpriced ? "unpriced" : amount(sums.credits),
      sums.credits == 0 ? "" : Statistic.percent(share.approximate),
      percent(sums.credits, previous.credits),
    ]
  }

  private var outcomeTable: String {
    if outcomes.isEmpty { return "" }
    var table = TextTable([
      ("one", .left), ("credits each", .right), ("before", .right), ("how many", .right),
      ("credits", .right),
    ])
    for outcome in outcomes {
      table.add([
        outcome.title, outcome.each?.shown ?? "", outcome.previousEach?.shown ?? "",
        outcome.count.map { Figures.credits($0).grouped(places: 2) } ?? "not known",
        Self.amount(outcome.credits),
      ])
    }
    return "\nWhat it bought\n" + table.text
  }

  private var reconciliationTable: String {
    guard !reconciliation.isEmpty else { return "" }
    var table = TextTable([("from balance to balance", .left), ("credits", .right)])
    for (place, step) in reconciliation.enumerated() {
      if place + 1 == reconciliation.count { table.addRule() }
      let isEnd = step.kind == .opening || step.kind == .closing
      table.add([
        (isEnd ? "" : "  ") + step.title,
        isEnd ? Self.amount(step.credits) : Self.signed(step.credits),
      ])
    }
    var text = "\nReconciliation\n" + table.text
    for event in events.prefix(Self.rowsShown) {
      text += "  \(zone.description(of: event.event.at))  \(printable(event.event.kind.sentence))\n"
    }
    if events.count > Self.rowsShown { text += "  and \(events.count - Self.rowsShown) more\n" }
    return text
  }

  private var forecastTable: String {
    guard let forecast else { return "" }
    var table = TextTable([
      ("day", .left), ("expected", .right), ("1 in 10 below", .right), ("9 in 10 below", .right),
    ])
    for point in forecast.points.prefix(14) {
      table.add(
        [point.date.description]
          + [point.expected, point.p10, point.p90]
          .map { Statistic.decimal($0, places: 2).grouped() }
      )
    }
    return "\nForecast: \(forecast.model)\n" + table.text
      + forecastSentences.map { "  \($0)\n" }.joined()
  }
}
