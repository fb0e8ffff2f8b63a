import CreditCore
import Rating

extension EstimateReport {
  /// One page with everything in it: no script, nothing loaded from elsewhere.
  func html(_ templates: Templates) throws(EnvironmentFault) -> String {
    try templates.page("estimate.mustache", EstimatePage(self).values)
  }
}

/// An estimate as values for its template.
struct EstimatePage {
  /// Campaigns of more lines show their dearest ones.
  static let mostLines = 500

  let report: EstimateReport
  let numbers: CreditWords
  /// The lines that are shown, in their order.
  let shown: [Int]

  var estimate: Estimate { report.estimate }
  var totals: Totals { report.estimate.totals }

  init(_ report: EstimateReport) {
    self.report = report
    let lines = report.estimate.lines
    var ranges = lines.compactMap(\.credits)
    if let comparison = report.comparison { ranges.append(comparison.oldTotal) }
    numbers = CreditWords(
      ranges.flatMap { [$0.low, $0.expected, $0.high] }
        + report.estimate.sensitivity.flatMap { [$0.change.low, $0.change.high] }
        + [report.estimate.balance.before ?? .zero]
    )
    if lines.count > Self.mostLines {
      let dearest = lines.indices.sorted { left, right in
        let costs = (lines[left].credits?.expected, lines[right].credits?.expected)
        return (costs.0?.micros ?? -1, right) > (costs.1?.micros ?? -1, left)
      }
      shown = dearest.prefix(Self.mostLines).sorted()
    } else {
      shown = Array(lines.indices)
    }
  }

  var values: PageValues {
    [
      "title": "\(Self.short(estimate.name)): \(expected)"
        + (isPriced ? " credits expected" : ""),
      "name": estimate.name,
      "files": files,
      "lineCount": Self.count(estimate.lines.count, "line"),
      "verdict": verdict,
      "objections": list(report.objections.map(Self.sentence)),
      "warnings": list(
        estimate.warnings.map { $0.hasPrefix("line ") ? Self.sentence($0) : $0 }
      ),
      "isRanged": totals.credits.isRanged,
      "hasChart": totals.credits.high > .zero,
      "rangeChart": Markup(rangeChart.drawing(rangeSentence)),
      "hasShade": estimate.balance.before != nil && !rangeChart.isBalanceFarAbove,
      "hasMiddle": estimate.percentiles != nil,
      "hasBalance": estimate.balance.before != nil,
      "hasDollars": totals.usd != nil,
      "cases": cases,
      "campaigns": campaigns,
      "rest": rest,
      "sum": sum,
      "moves": moves,
      "running": running,
      "rests": rests,
      "fit": fit,
      "comparison": comparison,
      "assumptions": assumptions,
      "plan": estimate.plan.title,
      "book": "\(estimate.bookProvider) \(estimate.bookVersion)",
    ]
  }

  static func count(_ number: Int, _ noun: String) -> String {
    "\(ExactDecimal(number).grouped()) \(noun)\(number == 1 ? "" : "s")"
  }

  private var files: String {
    let names = estimate.subtotals.prefix(6).map { Self.fileName($0.file) }
    let more = estimate.subtotals.count - names.count
    return names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  /// Without folders, which mean nothing to whoever is sent the page.
  static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// A list that a template shows with a heading, or not at all when it is empty.
  private func list(_ texts: [String]) -> [PageValues] {
    texts.isEmpty ? [] : [["texts": texts]]
  }

  static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A label where its line is only referred to.
  static func short(_ label: String) -> String {
    label.count > 120 ? label.prefix(119) + "…" : label
  }

  /// Whether any line has a price.
  private var isPriced: Bool {
    estimate.lines.isEmpty || totals.unpricedLines < estimate.lines.count
  }

  private var expected: String {
    isPriced ? numbers.figure(totals.credits.expected) : "Unpriced"
  }

  private var verdict: PageValues {
    let words = verdictWords
    let unpriced = totals.unpricedLines
    return [
      "style": words.style,
      "sign": words.sign,
      "heading": words.heading,
      "sentence": words.sentence,
      "expected": expected,
      "size": expected.count > 13 ? "figure-longest" : expected.count > 9 ? "figure-long" : "",
      "isPriced": isPriced,
      "range": totals.credits.isRanged ? [numbers.range(totals.credits)] : [],
      "dollars": totals.usd.flatMap { isPriced ? ["$" + $0.expected.dollars] : nil } ?? [],
      "dollarRange": totals.usd.flatMap { usd in
        usd.isRanged ? ["$\(usd.low.dollars) to $\(usd.high.dollars)"] : nil
      } ?? [],
      "unpriced": unpriced == 0 || !isPriced
        ? []
        : ["without \(Self.count(unpriced, "line")) of unknown price"],
      "figures": balanceFigures,
    ]
  }

  private var verdictWords: (style: String, sign: String, heading: String, sentence: String) {
    let balance = estimate.balance
    let shortfall = balance.shortfall ?? .zero
    switch balance.covered {
    case .yes where totals.unpricedLines > 0:
      return (
        "doubt", "!", "Covered as far as prices are known",
        "The balance is enough for the lines that have a price, even at the high cost."
      )
    case .yes:
      return ("good", "✓", "Covered", "The balance is enough, even at the high cost.")
    case .maybe:
      let most = numbers.figure(shortfall.high)
      return (
        "doubt", "!", "May not be covered",
        "The balance is enough at the low cost, and \(most) credits short at the high cost."
      )
    case .no:
      let least = numbers.figure(shortfall.low)
      return (
        "bad", "✕", "Not covered",
        "Even at the low cost, the balance is \(least) credits short."
      )
    case .unknown:
      return (
        "quiet", "?", "Not known whether it is covered",
        "Give a balance with --balance or in the campaign file."
      )
    }
  }

  private var balanceFigures: [PageValues] {
    let balance = estimate.balance
    guard let before = balance.before, let after = balance.after else { return [] }
    func figure(_ name: String, _ value: String, _ note: String?) -> PageValues {
      ["name": name, "value": value, "note": note.map { [$0] } ?? []]
    }
    let worstFirst = CreditRange(low: after.high, expected: after.expected, high: after.low)
    let afterNote = after.isRanged ? numbers.range(worstFirst) : nil
    var figures = [
      figure("Balance before", numbers.figure(before), nil),
      figure("Balance after", numbers.figure(after.expected), afterNote),
    ]
    if let chance = balance.probabilityCovered {
      figures.append(figure("Chance covered", Self.chance(chance, balance.covered), nil))
    }
    return figures
  }

  /// A chance; what is only maybe covered is never shown as sure.
  static func chance(_ share: Double, _ covered: Coverage) -> String {
    let share = covered == .maybe ? min(max(share, 0.000_1), 0.999_9) : share
    return Statistic.percent(share)
  }
}

// MARK: - The range of the total

extension EstimatePage {
  private var rangeChart: RangeChart {
    RangeChart(
      credits: totals.credits,
      middle: estimate.percentiles.map { ($0.p10, $0.p90) },
      balance: estimate.balance.before
    )
  }

  private var rangeSentence: String {
    var parts = ["Total in credits: expected \(numbers.figure(totals.credits.expected))"]
    if totals.credits.isRanged {
      parts.append("from \(numbers.figure(totals.credits.low)) low")
      parts.append("to \(numbers.figure(totals.credits.high)) high")
    }
    if let middle = estimate.percentiles {
      let (low, high) = (simulated(middle.p10), simulated(middle.p90))
      parts.append("8 times in 10 from \(numbers.figure(low)) to \(numbers.figure(high))")
    }
    if let before = estimate.balance.before { parts.append("balance \(numbers.figure(before))") }
    return parts.joined(separator: ", ") + "."
  }

  /// A simulated number of credits, with no more decimals than figures have.
  private func simulated(_ credits: Double) -> Credits {
    let places = numbers.hasCents && !numbers.hasWholeFigures ? 2 : 0
    return (try? Credits(rounding: Statistic.decimal(credits, places: places))) ?? .zero
  }

  /// What stands in the table below the chart.
  private var cases: [PageValues] {
    let total = totals.credits
    guard total.isRanged else {
      return [row("Expected", "the only case: nothing is ranged", total.expected, true)]
    }
    var rows = [
      ("Low", "every input at its cheapest", total.low),
      ("Expected", "every input as expected", total.expected),
      ("High", "every input at its dearest", total.high),
    ]
    if let middle = estimate.percentiles {
      let low = ("1 in 10 is below", "simulated", simulated(middle.p10))
      let high = ("9 in 10 are below", "simulated", simulated(middle.p90))
      rows.insert(low, at: low.2 > total.expected ? 2 : 1)
      rows.insert(high, at: high.2 < total.expected ? 2 : 3)
    }
    return rows.map { row($0.0, $0.1, $0.2, $0.0 == "Expected") }
  }

  private func row(_ name: String, _ note: String, _ cost: Credits, _ isMain: Bool) -> PageValues {
    let usd = estimate.plan.usdPerCredit.map { rate in
      (try? cost.decimal * rate).map { "$" + $0.dollars } ?? "too large"
    }
    let after = estimate.balance.before.map { before in
      (try? before - cost).map(numbers.figure) ?? "too large"
    }
    return [
      "case": name, "note": note, "isMain": isMain, "credits": numbers.figure(cost),
      "usd": usd.map { [$0] } ?? [], "after": after.map { [$0] } ?? [],
    ]
  }
}
