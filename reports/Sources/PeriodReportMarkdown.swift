import CreditCore
import Reconciliation

// The report for a chat, a wiki or a pull request.
extension PeriodReport {
  private static let rowsShown = 20

  var markdown: String {
    var text =
      "## \(Markdown.escaped(headline))\n\n"
      + "**\(Self.amount(totals.credits)) credits**, \(Markdown.escaped(changeWords)).\n\n"
    var facts: [(String, String?)] = [
      ("Known", basisWords), ("Requests", requestWords), ("Burn rate", burnSentence),
      ("Balance", balanceSentence), ("Runway", runwayWords), ("Reconciled", unexplainedSentence),
    ]
    facts += corrections.map { ("Corrected", sentence($0)) }
    for case (let name, let fact?) in facts {
      text += "- **\(name):** \(Markdown.escaped(fact))\n"
    }
    text += list("What moved", movers.map(sentence))
    text += "\n### By day\n\n" + dayRows
    text += "\n### By \(Markdown.escaped(by.name.replacing("tag:", with: "tag ")))\n\n"
    text += rows(of: groups, by: by)
    for tag in tags where by != .tag(tag.name) {
      text += "\n### By tag \(Markdown.escaped(tag.name))\n\n"
      text += rows(of: tag.groups, by: .tag(tag.name))
    }
    text += outcomeRows + reconciliationRows
    text += list("What brought nothing", wasteSentences)
    text += forecastRows
    text += list("Alerts", alerts.map { "\($0.at) \($0.rule), \($0.state): \($0.reason)" })
    text += list("Notes", notes)
    text += "\nPrice book \(Markdown.escaped(book)), as of \(zone.description(of: asOf)).\n"
    return text
  }

  private func list(_ title: String, _ sentences: [String]) -> String {
    if sentences.isEmpty { return "" }
    return "\n### \(title)\n\n" + sentences.map { "- \(Markdown.escaped($0))\n" }.joined()
  }

  private var dayRows: String {
    Markdown.table(
      [("Day", false), ("Requests", true), ("Errors", true), ("Credits", true)],
      days.map { day in
        [
          "\(day.date.weekdayWord.prefix(3)) \(day.date)"
            + (day.hours == 24 ? "" : " (\(day.hours) h)"),
          Self.whole(day.sums.requests), Self.whole(day.sums.errors),
          Self.amount(day.sums.credits),
        ]
      } + [
        [
          "**Total**", Self.whole(totals.requests), Self.whole(totals.errors),
          "**\(Self.amount(totals.credits))**",
        ]
      ]
    )
  }

  private func rows(of groups: [Group], by key: UsageKey) -> String {
    var rows = groups.prefix(Self.rowsShown).map {
      row(Self.label($0), $0.sums, $0.previous, $0.unit)
    }
    if groups.count > Self.rowsShown {
      var (sums, previous) = (UsageSums(), UsageSums())
      for group in groups[Self.rowsShown...] {
        sums += group.sums
        previous += group.previous
      }
      rows.append(row("\(groups.count - Self.rowsShown) more", sums, previous, nil))
    }
    rows.append([
      "**Total**", Self.whole(totals.requests), "", "**\(Self.amount(totals.credits))**", "", "",
    ])
    let name = key.name.replacing("tag:", with: "")
    return Markdown.table(
      [
        (Markdown.escaped(name.prefix(1).uppercased() + name.dropFirst()), false),
        ("Requests", true), ("Quantity", true), ("Credits", true), ("Share", true),
        ("Change", true),
      ],
      rows
    )
  }

  private func row(
    _ label: String,
    _ sums: UsageSums,
    _ previous: UsageSums,
    _ unit: Unit?
  ) -> [String] {
    let quantity = sums.quantityDecimal
    let isUnpriced = sums.requests > 0 && sums.unpricedRequests == sums.requests
    let share = Figures.share(sums.credits, of: totals.credits)
    return [
      Markdown.escaped(label), Self.whole(sums.requests),
      unit.map { "\(quantity.grouped(places: 2)) \($0.words(for: quantity))" } ?? "",
      isUnpriced ? "unpriced" : Self.amount(sums.credits),
      sums.credits == 0 ? "" : Markdown.escaped(Statistic.percent(share.approximate)),
      Markdown.escaped(Self.percent(sums.credits, previous.credits)),
    ]
  }

  private var outcomeRows: String {
    if outcomes.isEmpty { return "" }
    return "\n### What it bought\n\n"
      + Markdown.table(
        [
          ("One", false), ("Credits each", true), ("Before", true), ("How many", true),
          ("Credits", true),
        ],
        outcomes.map { outcome in
          [
            Markdown.escaped(outcome.title), outcome.each?.shown ?? "",
            outcome.previousEach?.shown ?? "",
            outcome.count.map { Figures.credits($0).grouped(places: 2) } ?? "not known",
            Self.amount(outcome.credits),
          ]
        }
      )
  }

  private var reconciliationRows: String {
    let steps = reconciliation
    if steps.isEmpty { return "" }
    let rows = steps.map { step in
      let isEnd = step.kind == .opening || step.kind == .closing
      let title = Markdown.escaped(step.title)
      return [
        isEnd ? "**\(title)**" : title,
        isEnd ? "**\(Self.amount(step.credits))**" : Self.signed(step.credits),
      ]
    }
    let told = events.prefix(Self.rowsShown).map { event in
      "- \(zone.description(of: event.event.at)): \(Markdown.escaped(event.event.kind.sentence))\n"
    }
    return "\n### Reconciliation\n\n"
      + Markdown.table([("From balance to balance", false), ("Credits", true)], rows)
      + (told.isEmpty ? "" : "\n" + told.joined())
  }

  private var forecastRows: String {
    guard let forecast else { return "" }
    let rows = forecast.points.prefix(14).map { point in
      [point.date.description]
        + [point.expected, point.p10, point.p90]
        .map { Statistic.decimal($0, places: 2).grouped() }
    }
    return "\n### Forecast: \(Markdown.escaped(forecast.model))\n\n"
      + Markdown.table(
        [("Day", false), ("Expected", true), ("1 in 10 below", true), ("9 in 10 below", true)],
        rows
      ) + "\n" + forecastSentences.map { "- \(Markdown.escaped($0))\n" }.joined()
  }
}
