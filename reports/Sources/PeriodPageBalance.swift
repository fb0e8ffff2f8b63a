import CreditCore
import Reconciliation

// The balance, what became of it, and what comes next.
extension PeriodPage {
  private static let mostEvents = 20
  private static let mostPoints = 160

  var balance: [PageValues] {
    guard let sums = report.balanceSums else { return [] }
    let times = report.balanceTimes
    var rows: [PageValues] = [
      fact("At the start", text(sums.opening), times.map { moment($0.from) }, isMain: true)
    ]
    if let used = sums.used {
      rows.append(fact("Used", "−" + text(used), "by the provider's own counter", isMain: false))
      let others = [
        ("Topped up", sums.toppedUp, "bought, by the ledger or what the balance rose by"),
        ("New billing period", sums.reset, "what the plan includes"),
        ("Refunded", sums.refunded, "given back"),
        ("Held, released or expired", sums.adjusted, "what nothing else tells of"),
      ]
      for (name, amount, note) in others where amount != 0 {
        rows.append(fact(name, signed(amount), note, isMain: false))
      }
    }
    if let closing = sums.closing {
      rows.append(fact("At the end", text(closing), times.map { moment($0.to) }, isMain: true))
    }
    let events = report.events.prefix(Self.mostEvents).map { entry -> PageValues in
      [
        "at": moment(entry.event.at),
        "what": Self.capitalized(entry.event.kind.sentence),
        "org": report.balances.count > 1 ? [entry.org] : [],
      ]
    }
    let more = report.events.count - events.count
    let chart = balanceChart
    return [
      [
        "hasChart": chart != nil,
        "chart": Markup(chart?.drawing(balanceSentence) ?? SVG("g", [])),
        "legend": chart == nil ? "" : chartLegend,
        "rows": rows,
        "events": events.isEmpty ? [] : [["rows": events]] as [PageValues],
        "more": more > 0 ? ["and \(more) more"] : [],
      ]
    ]
  }

  private func fact(
    _ name: String,
    _ value: String,
    _ note: String?,
    isMain: Bool
  ) -> PageValues {
    ["name": name, "value": value, "note": note.map { [$0] } ?? [], "isMain": isMain]
  }

  private func moment(_ instant: Instant) -> String { DateWords.moment(instant, report.zone) }

  private var balanceSentence: String {
    "The balance from snapshot to snapshot: \(report.balanceSentence ?? "not known")."
      + (report.runwayWords.map { " It \($0)." } ?? "")
  }

  private var chartLegend: String {
    if report.forecast != nil {
      return "The fan holds 8 of 10 ways in which the balance may go on."
    }
    return ends.isEmpty
      ? "" : "The dashed line goes on at the burn rate of this \(report.period.kind.noun)."
  }

  // MARK: The chart

  private static func time(_ instant: Instant) -> Double { Double(instant.microseconds) }

  /// What all balances come to, once each of them is known.
  private var points: [BalanceChart.Point] {
    var changes: [(at: Instant, account: Int, credits: Int128)] = []
    for (account, balance) in report.balances.enumerated() {
      if let first = balance.intervals.first {
        changes.append((first.from, account, Int128(first.opening.micros)))
      }
      for interval in balance.intervals {
        changes.append((interval.to, account, Int128(interval.closing.micros)))
      }
    }
    changes.sort { ($0.at, $0.account) < ($1.at, $1.account) }
    var known: [Int: Int128] = [:]
    var points: [BalanceChart.Point] = []
    let accounts = report.balances.count { !$0.intervals.isEmpty }
    for change in changes {
      known[change.account] = change.credits
      if known.count < accounts { continue }
      let sum = known.values.reduce(0, +)
      points.append(BalanceChart.Point(at: Self.time(change.at), credits: Self.approximate(sum)))
    }
    return points
  }

  /// Few enough to be drawn: those at which the balance rose, and others as often as there is room.
  private func thinned(_ points: [BalanceChart.Point]) -> [BalanceChart.Point] {
    let step = points.count / Self.mostPoints + 1
    return points.enumerated().filter { place, point in
      place % step == 0 || place + 1 == points.count
        || place > 0 && point.credits > points[place - 1].credits
        || place + 1 < points.count && points[place + 1].credits > point.credits
    }
    .map(\.element)
  }

  private var balanceChart: BalanceChart? {
    let points = points
    guard let first = points.first, let last = points.last, points.count > 1 else { return nil }
    let ends = ends
    let length = last.at - first.at
    // Twice as far ahead as behind, or as far as it lasts where that is less.
    let ahead = ends.map { min($0 - last.at, 2 * length) }.max() ?? 0
    let until = last.at + max(ahead * 1.12, 0)
    return BalanceChart(
      points: thinned(points),
      rises: rises,
      ends: ends,
      end: middleEnd.map { end in
        let date = report.zone.local(Instant(microseconds: Int64(end))).date
        return (at: end, label: "gone \(date.day) \(date.monthWord.prefix(3))")
      },
      ticks: ticks(from: first.at, to: until),
      until: until
    )
  }

  private var rises: [(at: Double, label: String)] {
    report.events.compactMap { entry in
      switch entry.event.kind {
      case .topUp(let credits), .periodReset(let credits):
        (at: Self.time(entry.event.at), label: "+" + numbers.figure(credits))
      default: nil
      }
    }
    .prefix(4).map { $0 }
  }

  /// When it is gone, as far as is expected.
  private var middleEnd: Double? {
    guard let forecast = report.forecast else { return ends.first }
    return forecast.runsOut.p50.map { Self.time(report.zone.start(of: $0)) }
  }

  private var ends: [Double] {
    if let forecast = report.forecast {
      let days = [forecast.runsOut.p10, forecast.runsOut.p50, forecast.runsOut.p90]
      return days.compactMap { $0.map { Self.time(report.zone.start(of: $0)) } }
    }
    guard let closing = report.balanceSums?.closing, closing > 0, let last = points.last,
      let rate = report.creditsPerDay, rate > .zero
    else { return [] }
    let days = Self.approximate(closing) / rate.approximate
    return days < 3_650 ? [last.at + days * 86_400_000_000] : []
  }

  /// The starts of at most seven days.
  private func ticks(from start: Double, to end: Double) -> [(at: Double, label: String)] {
    func date(_ time: Double) -> CivilDate {
      report.zone.local(Instant(microseconds: Int64(time))).date
    }
    let (first, last) = (date(start).number + 1, date(end).number)
    if first > last { return [] }
    let step = [1, 2, 7, 14, 28, 91, 365].first { (last - first) / $0 < 7 } ?? 3_650
    return stride(from: first, through: last, by: step).map { number in
      let date = CivilDate(number: number)
      return (
        at: Self.time(report.zone.start(of: date)), label: "\(date.day) \(date.monthWord.prefix(3))"
      )
    }
  }

  // MARK: Reconciliation

  var reconciliation: [PageValues] {
    let steps = report.reconciliation
    if steps.isEmpty { return [] }
    var levels: [(from: Double, to: Double)] = []
    var level: Int128 = 0
    for step in steps {
      let isBalance = step.kind == .opening || step.kind == .closing
      let next = isBalance ? step.credits : level + step.credits
      levels.append((Self.approximate(isBalance ? next : level), Self.approximate(next)))
      level = next
    }
    let ends = levels.flatMap { [$0.from, $0.to] }
    let (least, most) = (ends.min() ?? 0, ends.max() ?? 0)
    // Far from zero, what matters would be too small to be seen.
    let isCut = least > 0.5 * most
    let scale = isCut ? Scale(ends, margin: 0.06) : Scale([0] + ends)
    let rows = zip(steps, levels).map { step, level -> PageValues in
      let isBalance = step.kind == .opening || step.kind == .closing
      let words = isBalance ? text(step.credits) : signed(step.credits)
      return [
        "title": Self.capitalized(step.title),
        "isBalance": isBalance,
        "credits": words,
        "bar": Markup(
          RowBar.step(
            Self.style(step.kind),
            from: level.from,
            to: level.to,
            isBalance: isBalance,
            scale,
            "\(words) credits"
          )
        ),
      ]
    }
    return [
      [
        "sentence": Self.capitalized(report.unexplainedSentence ?? "")
          .replacing("-", with: "−") + ".",
        "isCut": isCut,
        "rows": rows,
      ]
    ]
  }

  private static func style(_ kind: PeriodReport.Step.Kind) -> String {
    switch kind {
    case .rated: "step-rated"
    case .unexplained: "step-unexplained"
    default: "step-added"
    }
  }

  // MARK: Forecast

  var forecast: [PageValues] {
    guard let forecast = report.forecast else { return [] }
    let rows = forecast.points.prefix(14).map { point -> PageValues in
      func words(_ value: Double) -> String {
        let decimal = Statistic.decimal(value, places: numbers.hasWholeFigures ? 0 : 2)
        return decimal.grouped().replacing("-", with: "−")
      }
      return [
        "day": DateWords.day(point.date),
        "expected": words(point.expected), "low": words(point.p10), "high": words(point.p90),
        "least": words(point.p025), "most": words(point.p975),
      ]
    }
    return [
      ["model": forecast.model, "sentences": report.forecastSentences, "rows": rows]
    ]
  }
}
