import CreditCore

extension PeriodReport {
  /// One page with everything in it: no script, nothing loaded from elsewhere.
  func html(_ templates: Templates) throws(EnvironmentFault) -> String {
    try templates.page("report.mustache", PeriodPage(self).values)
  }
}

/// A report as values for its template.
struct PeriodPage {
  let report: PeriodReport
  let numbers: CreditWords
  /// Families that have a colour of their own, the dearest first.
  let families: [String]

  /// Rows of a grouping; the others are summed in one more.
  var mostRows = 25

  /// Colours there are.
  private static let mostFamilies = 5

  init(_ report: PeriodReport) {
    self.report = report
    let amounts = report.days.map(\.sums.credits) + report.operations.map(\.sums.credits)
    numbers = CreditWords((amounts + [report.totals.credits]).map(Self.credits))
    var sums: [String: Int128] = [:]
    for family in report.days.flatMap(\.families) {
      sums[family.family, default: 0] += family.credits
    }
    let sorted = sums.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    families = Array(sorted.prefix(Self.mostFamilies))
  }

  var values: PageValues {
    [
      "title": "\(report.period.label): \(figure(report.totals.credits)) credits",
      "eyebrow": report.kindTitle,
      "name": report.period.words,
      "byline": byline,
      "verdict": verdict,
      "corrections": list(report.corrections.map(report.sentence)),
      "alerts": list(report.alerts.map { "\($0.rule), \($0.state): \($0.reason)" }),
      "movers": movers,
      "days": days,
      "groupings": groups + others + tags,
      "outcomes": outcomes,
      "balance": balance,
      "reconciliation": reconciliation,
      "forecast": forecast,
      "waste": list(report.wasteSentences),
      "bases": bases,
      "notes": list(report.notes),
      "book": report.book,
      "asOf": report.zone.description(of: report.asOf),
    ]
  }

  // MARK: Words

  /// What cannot be held is shown as the nearest that can.
  static func credits(_ micros: Int128) -> Credits { Credits(micros: Int64(clamping: micros)) }

  func text(_ micros: Int128) -> String { numbers.text(Self.credits(micros)) }

  func figure(_ micros: Int128) -> String { numbers.figure(Self.credits(micros)) }

  func signedFigure(_ micros: Int128) -> String { (micros > 0 ? "+" : "") + figure(micros) }

  func signed(_ micros: Int128) -> String { numbers.signed(Self.credits(micros)) }

  static func approximate(_ micros: Int128) -> Double { Double(micros) / 1_000_000 }

  static func whole(_ number: Int128) -> String { Figures.whole(number).grouped() }

  /// A list that a template shows with a heading, or not at all when it is empty.
  func list(_ texts: [String]) -> [PageValues] { texts.isEmpty ? [] : [["texts": texts]] }

  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  func percent(_ now: Int128, _ before: Int128) -> String {
    PeriodReport.percent(now, before).replacing("-", with: "−")
  }

  private var byline: [PageValues] {
    let zone = report.zone.name
    return [
      ["text": report.period.label], ["text": zone], ["text": report.owner],
      ["text": "price book \(report.book)"],
    ].enumerated().map { place, values in
      values.merging(["isFirst": place == 0]) { $1 }
    }
  }

  // MARK: The verdict

  private var verdict: PageValues {
    let words = verdictWords
    let total = figure(report.totals.credits)
    return [
      "style": words.style,
      "sign": words.sign,
      "heading": words.heading,
      "sentence": words.sentence,
      "total": total,
      "size": total.count > 13 ? "figure-longest" : total.count > 9 ? "figure-long" : "",
      "change": Self.capitalized(report.changeWords),
      "figures": figures,
    ]
  }

  /// Days that the balance lasts: as forecast, else at the burn rate of the period.
  private var daysLeft: Double? {
    if let forecast = report.forecast, let day = forecast.runsOut.p50 {
      return Double(day.number - report.zone.local(report.to).date.number)
    }
    guard report.forecast == nil, let closing = report.balanceSums?.closing,
      let rate = report.creditsPerDay, rate > .zero
    else { return nil }
    return Self.approximate(closing) / rate.approximate
  }

  private var verdictWords: (style: String, sign: String, heading: String, sentence: String) {
    guard let sums = report.balanceSums, let closing = sums.closing else {
      return (
        "quiet", "?", "No balance is known",
        "Snapshots would tell how long it lasts, and whether the requests explain it."
      )
    }
    let source = report.forecast == nil ? "At this burn rate" : "As is forecast"
    let whole = daysLeft.map { Int(max($0, 0).rounded(.down)) }
    let left = whole.map { $0 == 1 ? "1 day" : "\(Figures.whole(Int128($0)).grouped()) days" }
    if closing <= 0 { return ("bad", "✕", "The balance is gone", "Nothing is left to spend.") }
    if let whole, let left, whole < 28 {
      let style = whole < 7 ? ("bad", "✕") : ("doubt", "!")
      return (
        style.0, style.1, "The balance lasts \(left)",
        "\(source), the \(figure(closing)) credits that were left are gone by then."
      )
    }
    if let used = sums.used, let rest = sums.unexplained, used > 0, rest * 20 > used {
      let share = Statistic.percent(Figures.share(rest, of: used).approximate)
      return (
        "doubt", "!", "\(share) of what left the balance is not explained",
        "\(figure(rest)) of \(figure(used)) credits are in no request that was logged."
      )
    }
    if let left {
      return ("good", "✓", "The balance lasts \(left)", "\(source), beyond the next four weeks.")
    }
    if let forecast = report.forecast {
      return (
        "good", "✓", "The balance lasts more than \(forecast.points.count) days",
        "As is forecast by what was spent so far."
      )
    }
    return ("good", "✓", "The balance is not running out", "Nothing was spent.")
  }

  private var figures: [PageValues] {
    func entry(_ name: String, _ value: String, _ note: String?) -> PageValues {
      ["name": name, "value": value, "note": note.map { [$0] } ?? []]
    }
    let sums = report.totals
    var entries = [
      entry("Requests", Self.whole(sums.requests), failures)
    ]
    if let day = report.creditsPerDay {
      let isKnown = report.previous.sums.requests > 0
      let before = report.previousPerDay.flatMap {
        isKnown ? "\(amount($0)) the \(report.period.kind.noun) before" : nil
      }
      entries.append(entry("Burn rate", "\(amount(day)) a day", before))
    }
    if let balance = report.balanceSums, let closing = balance.closing {
      let added = balance.toppedUp + balance.reset + balance.refunded
      let note = balance.used.map { used in
        "\(figure(used)) used" + (added == 0 ? "" : ", \(figure(added)) added")
      }
      entries.append(entry("Balance at the end", figure(closing), note))
    }
    if let rest = report.balanceSums?.unexplained, let used = report.balanceSums?.used {
      let share = used > 0 ? Statistic.percent(Figures.share(abs(rest), of: used).approximate) : nil
      let note =
        rest < 0 ? "rated more than left the balance" : share.map { "\($0) of what was used" }
      entries.append(entry("Unexplained", figure(rest), rest == 0 ? nil : note))
    }
    if let rate = report.usdPerCredit, let usd = try? Figures.credits(sums.credits) * rate {
      entries.append(entry("In dollars", "$" + usd.dollars, "at $\(rate) a credit"))
    }
    return entries
  }

  private var failures: String? {
    let sums = report.totals
    if sums.errors == 0 { return "none failed" }
    let throttled =
      sums.rateLimited == 0 ? "" : ", \(Self.whole(sums.rateLimited)) of them throttled"
    return "\(Self.whole(sums.errors)) failed\(throttled)"
  }

  /// A rate, with no more decimals than figures have.
  func amount(_ value: ExactDecimal) -> String {
    (try? Credits(rounding: value)).map(numbers.figure) ?? value.grouped(places: 2)
  }
}
