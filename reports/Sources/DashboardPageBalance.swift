import CreditCore

// What is left, how long it lasts, and how far that is to be relied on.
extension DashboardPage {
  private typealias Verdict = (style: String, sign: String, heading: String, sentence: String)

  var verdict: [PageValues] {
    guard let balance = values.balance else {
      return hasUsage ? [withoutBalance] : []
    }
    let words = words(balance)
    let left = week.figure(balance.credits)
    let source =
      balance.holders == 1
      ? "by the snapshot of \(DateWords.moment(balance.at, values.zone))"
      : "by the snapshots of \(balance.holders) organisations, the oldest of "
        + DateWords.moment(balance.at, values.zone)
    return [
      [
        "style": words.style, "sign": words.sign, "heading": words.heading,
        "sentence": words.sentence, "balance": left,
        "size": left.count > 13 ? "figure-longest" : left.count > 9 ? "figure-long" : "",
        "name": "credits left",
        "notes": [source],
        "figures": [sinceThen(balance), runway(balance), today, burnRate, periodEnd]
          .compactMap { $0 },
      ]
    ]
  }

  /// What can be said where only requests are known.
  private var withoutBalance: PageValues {
    let total = week.figure(report.totals.credits)
    return [
      "style": "quiet", "sign": "?", "heading": "No balance is known",
      "sentence": "Spending is known, how long the credits last is not.",
      "balance": total,
      "size": total.count > 13 ? "figure-longest" : total.count > 9 ? "figure-long" : "",
      "name": "credits spent in 7 days",
      "notes": [PeriodPage.capitalized(report.changeWords)],
      "figures": [today, burnRate].compactMap { $0 },
    ]
  }

  private func words(_ balance: DashboardValues.Balance) -> Verdict {
    if balance.credits <= 0 {
      return ("bad", "✕", "The balance is gone", "Nothing is left to spend.")
    }
    var verdict = runwayWords(balance)
    let age = values.now.microseconds - balance.at.microseconds
    if let limit = values.staleAfter, age > limit.microseconds {
      if verdict.style == "good" { (verdict.style, verdict.sign) = ("doubt", "!") }
      verdict.sentence +=
        " The balance itself is \(DateWords.age(of: balance.at, at: values.now)) old."
    }
    if case .failing(let reason) = values.polling {
      verdict.sentence += " A newer one cannot be had: \(reason)."
    }
    return verdict
  }

  private func runwayWords(_ balance: DashboardValues.Balance) -> Verdict {
    guard let forecast = report.forecast else {
      guard let days = daysAtBurnRate(balance) else {
        return (
          "quiet", "?", "Not known how long it lasts", "Nothing was spent in the last 7 days."
        )
      }
      let source =
        "At the rate of the last 7 days. A forecast needs a week of whole days of requests."
      let (style, sign) = Self.tone(Int(days))
      return (style, sign, "The balance lasts about \(Self.days(Int(days)))", source)
    }
    let horizon = forecast.points.count
    guard let middle = forecast.runsOut.p50 else {
      let early = forecast.runsOut.p10.map {
        "In 1 case of 10 it is gone by \($0.weekdayWord), \($0.words)."
      }
      return (
        early == nil ? "good" : "doubt", early == nil ? "✓" : "!",
        "The balance lasts more than \(horizon) days",
        early ?? "It outlasts the forecast, in 9 cases of 10 and more."
      )
    }
    let today = values.zone.local(values.now).date
    let left = max(middle.number - today.number, 0)
    let (style, sign) = Self.tone(left)
    let range =
      switch (forecast.runsOut.p10, forecast.runsOut.p90) {
      case (let early?, let late?) where early == late: ""
      case (let early?, let late?):
        "; in 8 cases of 10 between \(DateWords.day(early)) and \(DateWords.day(late))"
      case (let early?, nil): "; in 1 case of 10 by \(DateWords.day(early)) already"
      default: ""
      }
    return (
      style, sign, "The balance lasts \(Self.days(left))",
      "Expected to run out on \(middle.weekdayWord), \(middle.words)\(range)."
    )
  }

  private static func days(_ count: Int) -> String {
    count == 0 ? "less than a day" : count == 1 ? "1 day" : "\(ExactDecimal(count).grouped()) days"
  }

  private static func tone(_ days: Int) -> (style: String, sign: String) {
    days < 7 ? ("bad", "✕") : days < 28 ? ("doubt", "!") : ("good", "✓")
  }

  private func daysAtBurnRate(_ balance: DashboardValues.Balance) -> Double? {
    guard let rate = report.creditsPerDay?.approximate, rate > 0 else { return nil }
    return PeriodPage.approximate(balance.credits) / rate
  }

  // MARK: Figures

  private func figure(
    _ name: String,
    _ value: String,
    _ note: String?,
    isEstimate: Bool = false
  ) -> PageValues {
    [
      "name": name, "value": value, "note": note.map { [$0] } ?? [] as [String],
      "isEstimate": isEstimate,
    ]
  }

  /// What is left by what was rated since the snapshot.
  private func sinceThen(_ balance: DashboardValues.Balance) -> PageValues? {
    if balance.requestsSince == 0 { return nil }
    var note = "\(week.figure(balance.ratedSince)) rated since the snapshot"
    if balance.unpricedSince > 0 {
      note += ", \(PeriodPage.whole(balance.unpricedSince)) requests of unknown price"
    }
    let left = week.figure(balance.credits - balance.ratedSince)
    return figure("Left now", "≈ " + left, note, isEstimate: true)
  }

  private func runway(_ balance: DashboardValues.Balance) -> PageValues? {
    guard let forecast = report.forecast, let middle = forecast.runsOut.p50 else { return nil }
    let range: String? =
      switch (forecast.runsOut.p10, forecast.runsOut.p90) {
      case (let early?, let late?) where early != late:
        "8 in 10: \(DateWords.day(early)) to \(DateWords.day(late))"
      case (let early?, nil): "1 in 10: by \(DateWords.day(early))"
      default: nil
      }
    return figure("Runs out", DateWords.day(middle), range)
  }

  private var today: PageValues? {
    guard let today = values.days.last, hasUsage else { return nil }
    let note = values.days.dropLast().last.map { "\(week.figure($0.sums.credits)) yesterday" }
    return figure("Spent today", week.figure(today.sums.credits), note)
  }

  private var burnRate: PageValues? {
    guard let day = report.creditsPerDay, hasUsage else { return nil }
    let change = report.previousPerDay.flatMap { before -> String? in
      guard before > .zero, report.previous.sums.requests > 0 else { return nil }
      return "\(week.amount(before)) the 7 days before"
    }
    return figure("Burn rate", "\(week.amount(day)) a day", change)
  }

  private var periodEnd: PageValues? {
    guard let end = values.periodEnd else { return nil }
    let used = week.figure(end.used)
    let expected = week.amount(Statistic.decimal(end.expected, places: 2))
    let last = CivilDate(number: end.to.number - 1)
    let value = end.included.map { "\(used) of \($0.grouped())" } ?? used
    return figure(
      "Used this period",
      value,
      "\(expected) expected by \(last.day) \(last.monthWord)"
    )
  }

  // MARK: Does it add up

  var explained: [PageValues] {
    guard let sums = report.balanceSums, let used = sums.used, let rest = sums.unexplained else {
      if values.balance == nil { return [] }
      let sentence =
        "Two snapshots of the last 7 days would tell what left the balance, and whether the "
        + "requests explain it."
      return [["sentence": sentence, "hasChart": false]]
    }
    let isMore = rest < 0
    let whole = max(used, sums.rated)
    let shares = [
      (style: "span-core", share: Figures.share(min(used, sums.rated), of: whole).approximate),
      (
        style: isMore ? "step-added" : "step-unexplained",
        share: Figures.share(abs(rest), of: whole).approximate
      ),
    ]
    let name = isMore ? "Rated, and did not leave" : "Unexplained"
    let rows: [PageValues] = [
      row("Left the balance", week.text(used), nil, isMain: true),
      row("Explained by requests", week.text(min(used, sums.rated)), "span-core"),
      row(name, week.text(abs(rest)), rest == 0 ? nil : shares[1].style),
    ]
    let sentence =
      PeriodPage.capitalized(report.unexplainedSentence ?? "")
      .replacing("-", with: "−") + "."
    let times = report.balanceTimes.map { times in
      "From \(DateWords.moment(times.from, values.zone)) to "
        + DateWords.moment(times.to, values.zone)
    }
    return [
      [
        "sentence": sentence, "hasChart": whole > 0,
        "chart": Markup(RowBar.shares(shares, sentence)), "rows": rows,
        "caption": times ?? "Between the snapshots",
      ]
    ]
  }

  private func row(
    _ name: String,
    _ value: String,
    _ swatch: String?,
    isMain: Bool = false
  ) -> PageValues {
    [
      "name": name, "value": value, "swatch": swatch.map { [$0] } ?? [] as [String],
      "isMain": isMain,
    ]
  }

  var bases: [PageValues] {
    let lead = "Of the last 7 days: \(report.basisWords)."
    return week.bases.map { $0.merging(["lead": lead]) { $1 } }
  }
}
