import CreditCore
import Rating

extension EstimateReport {
  public var table: String {
    var text = headline + "\n\n" + lineTable + "\n" + facts
    if !estimate.sensitivity.isEmpty { text += "\nWhat moves the total most\n" + sensitivityTable }
    if let fit {
      text += "\nWhat \(fit.credits.shown) credits pay for\n" + table(of: fit)
    }
    if let comparison {
      text += "\nAgainst \(printable(comparison.oldName))\(planChange)\n" + table(of: comparison)
    }
    return text + assumptionList
  }

  private var lineTable: String {
    var table = TextTable([
      ("#", .right), ("line", .left), ("quantity", .right), ("low", .right), ("expected", .right),
      ("high", .right), ("how", .left),
    ])
    var campaign = 0
    for (index, line) in estimate.lines.enumerated() {
      if line.campaign != campaign {
        addSubtotal(campaign, to: &table)
        campaign = line.campaign
      }
      table.add([
        String(index + 1), line.label, quantityWords(line), words(line.credits?.low),
        words(line.credits?.expected), words(line.credits?.high), line.formula,
      ])
    }
    if estimate.subtotals.count > 1 { addSubtotal(campaign, to: &table) }
    table.addRule()
    let unpriced = totals.unpricedLines
    table.add([
      "", "total", "", words(totals.credits.low), words(totals.credits.expected),
      words(totals.credits.high), unpriced > 0 ? "without \(unpriced) unpriced" : "",
    ])
    return table.text
  }

  private func addSubtotal(_ campaign: Int, to table: inout TextTable) {
    let subtotal = estimate.subtotals[campaign]
    table.add([
      "", "= " + subtotal.name, "", words(subtotal.credits.low), words(subtotal.credits.expected),
      words(subtotal.credits.high), subtotal.file,
    ])
  }

  private var facts: String {
    var facts: [(String, String)] = []
    if let usdWords { facts.append(("in dollars", usdWords)) }
    if let percentiles = estimate.percentiles {
      let low = Statistic.decimal(percentiles.p10, places: 0).grouped()
      let high = Statistic.decimal(percentiles.p90, places: 0).grouped()
      facts.append(("8 times in 10", "\(low) to \(high) credits"))
    }
    facts.append(("balance", coverageSentence))
    if let runsOutSentence { facts.append(("runs out", runsOutSentence)) }
    if let holdSentence { facts.append(("hold", holdSentence)) }
    facts.append(("takes", durationSentence))
    facts.append(("rates are", restsOn))
    if let record { facts.append(("record", record.words)) }
    for warning in estimate.warnings { facts.append(("warning", printable(warning))) }
    for objection in objections { facts.append(("gate failed", objection)) }
    let width = facts.map(\.0.count).max() ?? 0
    return facts.map { name, value in
      name + String(repeating: " ", count: width - name.count) + "  " + value + "\n"
    }.joined()
  }

  private var sensitivityTable: String {
    var table = TextTable([
      ("input", .left), ("line", .left), ("at low", .right), ("at high", .right),
    ])
    for input in estimate.sensitivity {
      table.add([
        sensitivityWords(input), input.line.map { "\($0) \(input.label)" } ?? "all \(input.label)",
        input.change.low.signed, input.change.high.signed,
      ])
    }
    return table.text
  }

  private func table(of fit: Fit) -> String {
    var table = TextTable([
      ("line", .left), ("at low", .right), ("at expected", .right), ("at high", .right),
    ])
    for line in fit.lines {
      func cell(_ bound: Bound) -> String {
        guard let paid = line.quantity?[bound] else { return "unpriced" }
        return "\(paid.grouped(places: 2)) of \(line.of[bound].grouped(places: 2))"
      }
      table.add(["\(line.label) (\(line.unit.words(for: .zero)))"] + Bound.allCases.map(cell))
    }
    return table.text
  }

  private func table(of comparison: Comparison) -> String {
    var table = TextTable([
      ("line", .left), ("change", .left), ("was", .right), ("is", .right), ("what", .left),
    ])
    for line in comparison.lines where line.status != .same {
      let inputs = line.inputs.map { input in
        "\(input.name) \(input.before.map(Self.words) ?? "none") → "
          + "\(input.after.map(Self.words) ?? "none")"
      }
      table.add([
        line.label, line.status.rawValue, line.before?.expected.shown ?? "",
        line.after?.expected.shown ?? "", inputs.joined(separator: "; "),
      ])
    }
    table.addRule()
    table.add([
      "total", comparison.change.expected.signed, comparison.oldTotal.expected.shown,
      totals.credits.expected.shown,
      "low \(comparison.change.low.signed), high \(comparison.change.high.signed)",
    ])
    return table.text
  }

  static func words(_ range: QuantityRange) -> String {
    range.isRanged
      ? "\(range.low.grouped())/\(range.expected.grouped())/\(range.high.grouped())"
      : range.expected.grouped()
  }

  /// Assumptions with the lines they are made for, each once.
  var assumptions: [(text: String, lines: [Int])] {
    var places: [String: Int] = [:]
    var result: [(text: String, lines: [Int])] = []
    for (index, line) in estimate.lines.enumerated() {
      for assumption in line.assumptions {
        if let place = places[assumption] {
          result[place].lines.append(index + 1)
        } else {
          places[assumption] = result.count
          result.append((assumption, [index + 1]))
        }
      }
    }
    return result
  }

  /// `line 3`, `lines 1, 2 and 5 more`.
  static func lineWords(_ lines: [Int]) -> String {
    let shown = lines.prefix(4).map(String.init).joined(separator: ", ")
    let more = lines.count > 4 ? " and \(lines.count - 4) more" : ""
    return (lines.count == 1 ? "line " : "lines ") + shown + more
  }

  private var assumptionList: String {
    let assumptions = assumptions
    if assumptions.isEmpty { return "" }
    return "\nAssumed\n"
      + assumptions.map { "  \(Self.lineWords($0.lines)): \(printable($0.text))\n" }.joined()
  }
}
