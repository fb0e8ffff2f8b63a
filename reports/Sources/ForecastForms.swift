import CreditCore

// The forms of a forecast.
extension ForecastReport {
  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.forecast/1")
      json.field("org", org)
      json.field("unit", unit)
      json.field("step", step)
      json.field("model", model)
      json.field("history", integer: history)
      json.field("points") { $0.points(points) }
      json.field("balance", balance?.decimal)
      json.field("runs_out") { json in
        json.object { json in
          json.field("p10", runsOut.p10)
          json.field("p50", runsOut.p50)
          json.field("p90", runsOut.p90)
        }
      }
      json.field("period_end") { $0.periodEnd(periodEnd) }
      json.field("plan") { $0.plan(plan) }
      json.field("backtest") { json in
        json.object { json in
          json.field("origins", integer: origins)
          json.field("mase", statistic: mase, places: 4)
          json.field("coverage_80", statistic: coverage80, places: 4)
          json.field("coverage_95", statistic: coverage95, places: 4)
        }
      }
      json.field("remarks") { json in json.list(remarks) { $0.text($1) } }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var table = TextTable([
      (step, .left), ("expected", .right), ("95 % from", .right), ("80 % from", .right),
      ("80 % to", .right), ("95 % to", .right),
    ])
    for point in points {
      table.add(
        [point.date]
          + [point.expected, point.p025, point.p10, point.p90, point.p975].map(Self.amount)
      )
    }
    let whose = org.map { " of \(printable($0))" } ?? ""
    var text = "\(printable(unit))\(whose) by \(model)\n\n" + table.text + "\n"
    for sentence in sentences { text += sentence + "\n" }
    return Array(text.utf8)
  }

  private var sentences: [String] {
    var sentences: [String] = []
    if let plan {
      let credits = plan.credits
      sentences.append(
        "with \(plan.files.map { printable($0) }.joined(separator: ", ")) from \(plan.from) on: "
          + "\(credits.low.decimal.grouped()) to \(credits.high.decimal.grouped()) credits, "
          + "\(credits.expected.decimal.grouped()) expected"
          + (plan.unpricedLines > 0 ? "; \(plan.unpricedLines) lines have no known price" : "")
      )
    }
    if let balance {
      sentences.append("balance \(balance.decimal.grouped()): " + runOutWords)
    }
    if let end = periodEnd { sentences.append(Self.sentence(end)) }
    sentences.append(backTestWords)
    return sentences + remarks
  }

  private var runOutWords: String {
    guard let middle = runsOut.p50 else {
      let early = runsOut.p10.map { ", though in one case of ten it is gone by \($0)" } ?? ""
      return "it lasts past \(points.last?.date ?? "the horizon")\(early)"
    }
    let early = runsOut.p10 ?? middle
    let late = runsOut.p90.map { "\($0)" } ?? "later than \(points.last?.date ?? "that")"
    return "it is gone by \(middle), in one case of ten by \(early), in nine by \(late)"
  }

  private static func sentence(_ end: PeriodEnd) -> String {
    let used = ExactDecimal(significand: end.used, scale: Credits.places).grouped()
    var text = "billing period to \(end.to): \(used) used, \(amount(end.expected)) expected "
    text += "(80 % from \(amount(end.p10)) to \(amount(end.p90)))"
    if let included = end.included {
      text += ", \(included.grouped()) included"
      if let chance = end.chance { text += "; more with a chance of \(Statistic.percent(chance))" }
    }
    return text
  }

  private var backTestWords: String {
    guard origins > 0, let inner = coverage80, let outer = coverage95 else {
      return "the past is too short to tell how good such forecasts were"
    }
    let error = mase.map { "\(Statistic.decimal($0, places: 2)) of seasonal naive's" }
    return "at \(origins) past origins: error \(error ?? "unknown"), "
      + "the 80 % band held \(Statistic.percent(inner)), the 95 % band \(Statistic.percent(outer))"
  }

  static func amount(_ value: Double) -> String {
    abs(value) < 1e15 ? Statistic.decimal(value, places: 2).grouped() : "\(value)"
  }
}

extension JSONWriter {
  /// A number of a series, with at most six decimals and without an exponent.
  mutating func number(_ key: StaticString, _ value: Double) {
    // Past what a whole number of millionths can be told in, a double has no decimals.
    field(key, Statistic.decimal(value, places: abs(value) < 1e18 ? 6 : 0))
  }

  fileprivate mutating func periodEnd(_ end: ForecastReport.PeriodEnd?) {
    guard let end else { return raw("null") }
    object { json in
      json.field("from", end.from.description)
      json.field("to", end.to.description)
      json.credits("used", end.used)
      json.number("expected", end.expected)
      json.number("p10", end.p10)
      json.number("p90", end.p90)
      json.field("included", end.included)
      json.field("probability_above_included", statistic: end.chance, places: 4)
    }
  }

  fileprivate mutating func plan(_ plan: ForecastReport.Plan?) {
    guard let plan else { return raw("null") }
    object { json in
      json.field("files") { json in json.list(plan.files) { $0.text($1) } }
      json.field("credits", plan.credits)
      json.field("from", plan.from)
      json.field("days", integer: plan.days)
      json.field("unpriced_lines", integer: plan.unpricedLines)
    }
  }
}
