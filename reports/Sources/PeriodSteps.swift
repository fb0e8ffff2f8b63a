import CreditCore

// From the opening balance to the closing one, and what brought nothing.
extension PeriodReport {
  /// One step of the way from the opening to the closing balance.
  struct Step {
    enum Kind {
      case opening
      case rated
      case unexplained
      case added
      case adjusted
      case closing
    }

    var kind: Kind
    var title: String
    /// In micro-credits; a balance, or what it changes by.
    var credits: Int128
  }

  /// Operations that have a step of their own.
  private static let ownSteps = 6

  /// Empty where no two snapshots tell.
  var reconciliation: [Step] {
    guard let sums = balanceSums, let closing = sums.closing, let rest = sums.unexplained else {
      return []
    }
    var steps = [Step(kind: .opening, title: "opening balance", credits: sums.opening)]
    let rated = ratedOperations.filter { $0.credits != 0 }
    for operation in rated.prefix(Self.ownSteps) {
      steps.append(Step(kind: .rated, title: operation.title, credits: -operation.credits))
    }
    if rated.count > Self.ownSteps {
      let others = rated[Self.ownSteps...].reduce(0) { $0 + $1.credits }
      let count = rated.count - Self.ownSteps
      steps.append(
        Step(
          kind: .rated,
          title: "\(count) more \(count == 1 ? "operation" : "operations")",
          credits: -others
        )
      )
    }
    steps.append(Step(kind: .unexplained, title: "unexplained", credits: -rest))
    let added = [
      ("topped up", sums.toppedUp), ("new billing period", sums.reset), ("refunded", sums.refunded),
    ]
    for (title, credits) in added where credits != 0 {
      steps.append(Step(kind: .added, title: title, credits: credits))
    }
    if sums.adjusted != 0 {
      steps.append(
        Step(kind: .adjusted, title: "held, released or expired", credits: sums.adjusted)
      )
    }
    steps.append(Step(kind: .closing, title: "closing balance", credits: closing))
    return steps
  }

  /// What brought nothing, a sentence each.
  var wasteSentences: [String] {
    var sentences: [String] = []
    let failed = totals.errors - totals.rateLimited
    if failed > 0 {
      let statuses = waste.failed.filter { $0.status != 429 }
        .map { "\(Self.whole($0.requests)) with \($0.status)" }.joined(separator: ", ")
      sentences.append("\(Self.requests(failed)) failed: \(statuses).")
    }
    if totals.rateLimited > 0 {
      sentences.append("\(Self.requests(totals.rateLimited)) met the rate limit (429).")
    }
    if waste.replayed > 0 {
      let verb = waste.replayed == 1 ? "was" : "were"
      sentences.append(
        "\(Self.requests(waste.replayed)) \(verb) answered from an earlier one, free of charge."
      )
    }
    for cost in waste.foundNothing ?? [] {
      let credits = cost.credits == 0 ? "" : " and took \(Self.counted(cost.credits))"
      sentences.append("\(cost.title): \(Self.requests(cost.requests)) found nothing\(credits).")
    }
    for cost in waste.repeats ?? [] {
      let verb = cost.requests == 1 ? "repeats" : "repeat"
      sentences.append(
        "\(cost.title): \(Self.requests(cost.requests)) \(verb) a call of the days before and took "
          + "\(Self.counted(cost.credits))."
      )
    }
    return sentences + waste.untold
  }

  private static func counted(_ micros: Int128) -> String {
    micros == 1_000_000 ? "1 credit" : "\(amount(micros)) credits"
  }

  private static func requests(_ count: Int128) -> String {
    count == 1 ? "1 request" : "\(whole(count)) requests"
  }

  /// What is said beside a forecast.
  var forecastSentences: [String] {
    guard let forecast else { return [] }
    var sentences: [String] = []
    if let p50 = forecast.runsOut.p50 {
      let early = forecast.runsOut.p10.map { "in 1 case of 10 by \($0.words)" }
      let late = forecast.runsOut.p90.map { "in 9 of 10 by \($0.words)" }
      let cases = [early, late].compactMap { $0 }.joined(separator: ", ")
      sentences.append("The balance runs out on \(p50.words)\(cases.isEmpty ? "" : ", \(cases)").")
    } else if forecast.balance != nil {
      sentences.append("The balance lasts longer than is forecast.")
    }
    if let mase = forecast.mase {
      var text = "On the past, its error was \(Statistic.decimal(mase, places: 2)) of the naive one"
      if let coverage = forecast.coverage80 {
        text += "; the band of 8 in 10 held \(Statistic.percent(coverage)) of days"
      }
      sentences.append(text + ".")
    }
    return sentences + forecast.remarks
  }
}
