import CreditCore

extension ForecastReport {
  public var table: [UInt8] {
    var text = "\(heading)\n\n"
    var table = TextTable([
      ("date", .left), ("expected", .right), ("2.5 % below", .right), ("10 % below", .right),
      ("90 % below", .right), ("97.5 % below", .right),
    ])
    for point in forecast.points {
      table.add(
        [point.date]
          + [point.expected, point.p025, point.p10, point.p90, point.p975].map(Self.number)
      )
    }
    text += table.text + "\n"
    for (title, words) in facts { text += "\(title)\(padding(title))\(words)\n" }
    return Array(text.utf8)
  }

  private var heading: String {
    let count = forecast.points.count
    switch subject {
    case .credits(let org):
      let days = count == 1 ? "1 day" : "\(count) days"
      let whose = org.map { "organisation \(printable($0))" } ?? "all organisations"
      return "Credits a day, \(days) ahead: \(zone), \(whose)"
    case .series(let name):
      return "\(printable(name)), \(count == 1 ? "1 step" : "\(count) steps") ahead"
    }
  }

  private func padding(_ title: String) -> String {
    String(repeating: " ", count: max(1, 12 - title.count))
  }

  private var facts: [(String, String)] {
    var facts = [("model", forecast.model), ("back-test", backTest)]
    for campaign in campaigns {
      facts.append(("planned", Self.words(campaign)))
    }
    if let balance = forecast.balance {
      let shown = ExactDecimal(significand: balance, scale: Credits.places).grouped(places: 2)
      facts.append(("balance", "\(shown) credits"))
      facts.append(("runs out", runsOut))
    }
    if let periodEnd { facts.append(("period end", Self.words(periodEnd))) }
    return facts + forecast.remarks.map { ("note", $0) }
  }

  private var backTest: String {
    guard forecast.coverage80 != nil else { return "the past is too short to test on" }
    var text =
      forecast.mase.map { "error \(Statistic.decimal($0, places: 2)) of the seasonal naive one" }
      ?? "the seasonal naive forecast had no error"
    if let inner = forecast.coverage80, let outer = forecast.coverage95 {
      text += "; the 80 % band held \(Statistic.percent(inner)) of values, "
      text += "the 95 % band \(Statistic.percent(outer))"
    }
    return text
  }

  private var runsOut: String {
    let dates = forecast.runsOut
    guard let early = dates.p10 else { return "not within what is forecast" }
    guard let middle = dates.p50 else {
      return "1 in 10 by \(early), else later than is forecast"
    }
    return "expected \(middle); 1 in 10 by \(early), "
      + (dates.p90.map { "9 in 10 by \($0)" } ?? "1 in 10 later than is forecast")
  }

  private static func words(_ campaign: Campaign) -> String {
    let days = campaign.days == 1 ? "" : ", \(campaign.days) days"
    let credits = campaign.credits
    let range =
      credits.low == credits.high ? "" : " (\(number(credits.low)) to \(number(credits.high)))"
    return "\(printable(campaign.name)): \(number(credits.expected)) credits\(range) "
      + "from \(campaign.starts)\(days)"
  }

  private static func words(_ end: PeriodEnd) -> String {
    var text = "\(number(end.total.expected)) credits by \(end.date), "
    text += "8 in 10 times \(number(end.total.low)) to \(number(end.total.high)); "
    text += "\(number(end.used)) so far"
    guard let included = end.included else { return text }
    text += "; \(end.plan.map { "\($0) includes" } ?? "included are") \(number(included))"
    if let chance = end.chanceOver {
      text += ", passed with a chance of \(Statistic.percent(chance))"
    }
    return text
  }

  private static func number(_ value: Double) -> String {
    Statistic.decimal(value, places: abs(value) < 1_000 ? 2 : 0).grouped()
  }
}
