import CreditCore

// Where the credits went.
extension PeriodPage {
  /// Columns that have room for their totals, and for all of their labels.
  private static let mostTotals = 8

  // MARK: What moved

  var movers: [PageValues] {
    if report.movers.isEmpty { return [] }
    let changes = report.operations.map { ($0, $0.sums.credits - $0.previous.credits) }
    var rows = changes.filter { $0.1 != 0 }.map { group, change in
      (
        label: PeriodReport.label(group), title: group.title, now: group.sums.credits,
        before: group.previous.credits, change: change
      )
    }
    // What stopped is in no row of the period.
    for mover in report.movers
    where !report.operations.contains(where: { $0.value.words == mover.operation }) {
      let change = mover.credits - mover.previous
      rows.append((mover.operation, mover.title, mover.credits, mover.previous, change))
    }
    rows.sort { ($1.change.magnitude, $0.label) < ($0.change.magnitude, $1.label) }
    let shown = rows.prefix(8)
    let scale = Scale([0] + shown.map { Self.approximate($0.change) })
    return [
      [
        "sentences": report.movers.map(report.sentence),
        "against": report.previous.name,
        "rows": shown.map { row -> PageValues in
          let change = signed(row.change)
          return [
            "title": row.title, "operation": row.label, "was": text(row.before),
            "now": text(row.now), "change": change,
            "bar": Markup(RowBar.change(Self.approximate(row.change), scale, "\(change) credits")),
          ]
        },
      ]
    ]
  }

  // MARK: Days

  var days: [PageValues] {
    let rows = report.days.map { day -> PageValues in
      [
        "name": DateWords.day(day.date),
        "hours": day.hours == 24 ? [] : ["\(day.hours) hours"],
        "requests": Self.whole(day.sums.requests),
        "errors": Self.whole(day.sums.errors),
        "families": parts(of: day).map { ["name": $0.name, "value": text($0.credits)] },
        "credits": text(day.sums.credits),
      ]
    }
    let names = families + (hasRest ? ["other"] : [])
    return [
      [
        "hasChart": report.days.contains { $0.sums.credits > 0 },
        "chart": Markup(dayChart.drawing(daySentence)),
        "isGuessed": !guesses.isEmpty,
        "legend": names.enumerated().map { place, name -> PageValues in
          ["style": Self.style(place, name), "name": name]
        },
        "names": names,
        "rows": rows,
        "requests": Self.whole(report.totals.requests),
        "errors": Self.whole(report.totals.errors),
        "sums": names.map { name -> PageValues in
          let sum = report.days.reduce(Int128(0)) { sum, day in
            sum + (parts(of: day).first { $0.name == name }?.credits ?? 0)
          }
          return ["name": name, "value": text(sum)]
        },
        "credits": text(report.totals.credits),
      ]
    ]
  }

  private static func style(_ place: Int, _ name: String) -> String {
    name == "other" ? "kind-rest" : "kind-\(place + 1)"
  }

  private var hasRest: Bool {
    report.days.contains { $0.families.contains { !families.contains($0.family) } }
  }

  /// Credits of a day by family, and those of families without a colour.
  private func parts(
    of day: PeriodReport.Day
  ) -> [(name: String, style: String, credits: Int128)] {
    var parts = families.enumerated().map { place, family in
      let credits = day.families.first { $0.family == family }?.credits ?? 0
      return (name: family, style: Self.style(place, family), credits: credits)
    }
    if hasRest {
      let rest = day.sums.credits - parts.reduce(0) { $0 + $1.credits }
      parts.append((name: "other", style: Self.style(0, "other"), credits: rest))
    }
    return parts
  }

  private var dayChart: DayChart {
    let isShort = report.days.count <= Self.mostTotals
    return DayChart(
      columns: report.days.map { day in
        DayChart.Column(
          label: label(day.date),
          parts: parts(of: day).map { ($0.style, max(Self.approximate($0.credits), 0)) },
          total: isShort && day.sums.credits > 0 ? figure(day.sums.credits) : ""
        )
      },
      guesses: guesses
    )
  }

  /// Days to come, at most as many as the period has.
  private var pointsToCome: [SpendForecast.Point] {
    let last = report.days.last?.date
    let points = report.forecast?.points.filter { point in last.map { point.date > $0 } ?? true }
    return Array((points ?? []).prefix(min(max(report.days.count, 3), 14)))
  }

  private var guesses: [DayChart.Guess] {
    pointsToCome.map { point in
      DayChart.Guess(
        label: label(point.date),
        expected: point.expected,
        inner: (point.p10, point.p90),
        outer: (point.p025, point.p975)
      )
    }
  }

  private func label(_ date: CivilDate) -> [String] {
    let columns = report.days.count + pointsToCome.count
    if columns > 2 * Self.mostTotals, date.weekday != 1 { return [] }
    let weekday = String(date.weekdayWord.prefix(columns <= Self.mostTotals ? 3 : 2))
    return [weekday, String(date.day)]
  }

  private var daySentence: String {
    let days = report.days.map { day in
      "\(day.date.weekdayWord) \(day.date.day): \(figure(day.sums.credits))"
    }
    return "Credits of each day. " + days.joined(separator: ", ") + "."
  }

  // MARK: Outcomes and bases

  var outcomes: [PageValues] {
    if report.outcomes.isEmpty { return [] }
    let cards = report.outcomes.map { outcome -> PageValues in
      let before = outcome.previousEach.map { "\($0.shown) in \(report.previous.name)" }
      let count = outcome.count.map { Figures.credits($0).grouped(places: 2) } ?? "not known"
      let untold =
        outcome.untold > 0 ? ["\(Self.whole(outcome.untold)) requests do not tell how many"] : []
      return [
        "title": outcome.title,
        "each": outcome.each?.shown ?? "–",
        "before": before ?? "none before",
        "count": count,
        "credits": text(outcome.credits),
        "notes": (outcome.note.map { [$0] } ?? []) + untold,
      ]
    }
    return [["cards": cards, "against": report.previous.name]]
  }

  var bases: [PageValues] {
    let total = report.totals.credits
    if total <= 0 { return [] }
    let parts = [
      ("measured", "the API reported them", report.totals.measured),
      ("counted", "a known quantity at a known rate", report.totals.counted),
      ("assumed", "the price book assumes the quantity or the rate", report.totals.assumed),
    ]
    let shares = parts.map { part in
      (style: part.0, share: Figures.share(part.2, of: total).approximate)
    }
    let unpriced = report.totals.unpricedRequests
    return [
      [
        "chart": Markup(
          RowBar.shares(shares, "Credits by how they are known: \(report.basisWords).")
        ),
        "rows": parts.filter { $0.2 != 0 }.map { name, meaning, credits -> PageValues in
          [
            "style": name, "meaning": meaning, "credits": text(credits),
            "share": Statistic.percent(Figures.share(credits, of: total).approximate),
          ]
        },
        "unpriced": unpriced == 0 ? [] : [Self.whole(unpriced)],
      ]
    ]
  }
}
