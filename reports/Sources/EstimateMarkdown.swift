import CreditCore
import Rating

extension EstimateReport {
  /// Fit for a pull request or a chat message.
  var markdown: String {
    let verdict =
      objections.isEmpty ? "" : "**Gate failed:** \(objections.joined(separator: "; "))\n\n"
    var text = """
      ### \(escaped(estimate.name)): \(words(totals.credits.expected)) credits expected

      \(verdict)| | low | expected | high |
      |---|--:|--:|--:|
      | **Total credits** | \(words(totals.credits.low)) | **\(words(totals.credits.expected))** \
      | \(words(totals.credits.high)) |

      """
    if let usd = totals.usd {
      text +=
        "| US dollars | \(usd.low.dollars) | \(usd.expected.dollars) | \(usd.high.dollars) |\n"
    }
    if let after = estimate.balance.after {
      text +=
        "| Balance after | \(words(after.low)) | \(words(after.expected)) "
        + "| \(words(after.high)) |\n"
    }
    text += "\n- **Balance:** \(coverageSentence)\n"
    if let runsOutSentence { text += "- **Runs out:** \(runsOutSentence)\n" }
    if let holdSentence { text += "- **Hold:** \(holdSentence)\n" }
    text += "- **Takes:** \(durationSentence)\n- **Rates are:** \(restsOn)\n"
    if let record { text += "- **Record:** \(record.words)\n" }
    for warning in estimate.warnings { text += "- **Warning:** \(escaped(warning))\n" }
    text += "\n<details><summary>\(estimate.lines.count) lines</summary>\n\n" + lineRows
    text += fitRows + comparisonRows + assumptionRows + "\n</details>\n\n"
    text +=
      "Plan \(escaped(estimate.plan.id)), price book \(escaped(estimate.bookProvider)) "
      + "\(escaped(estimate.bookVersion)).\n"
    return text
  }

  private var lineRows: String {
    var text =
      "| # | line | quantity | low | expected | high | how |\n|--:|---|--:|--:|--:|--:|---|\n"
    for (index, line) in estimate.lines.enumerated() {
      let cells = [
        String(index + 1), escaped(line.label), quantityWords(line), words(line.credits?.low),
        words(line.credits?.expected), words(line.credits?.high), escaped(line.formula),
      ]
      text += "| " + cells.joined(separator: " | ") + " |\n"
    }
    return text
  }

  private var fitRows: String {
    guard let fit else { return "" }
    var text =
      "\nWhat \(words(fit.credits)) credits pay for:\n\n"
      + "| line | at low | at expected | at high |\n|---|--:|--:|--:|\n"
    for line in fit.lines {
      let cells = Bound.allCases.map { bound in
        line.quantity.map {
          "\($0[bound].grouped(places: 2)) of \(line.of[bound].grouped(places: 2))"
        }
          ?? "unpriced"
      }
      text +=
        "| \(escaped(line.label)), \(line.unit.words(for: .zero)) | "
        + cells.joined(separator: " | ") + " |\n"
    }
    return text
  }

  private var comparisonRows: String {
    guard let comparison else { return "" }
    var text =
      "\nAgainst \(escaped(comparison.oldName))\(planChange): "
      + "\(comparison.change.expected.signed) credits expected\n\n"
      + "| line | change | was | is |\n|---|---|--:|--:|\n"
    for line in comparison.lines where line.status != .same {
      text +=
        "| \(escaped(line.label)) | \(line.status.rawValue) "
        + "| \(line.before.map { words($0.expected) } ?? "") "
        + "| \(line.after.map { words($0.expected) } ?? "") |\n"
    }
    return text
  }

  private var assumptionRows: String {
    let assumptions = assumptions
    if assumptions.isEmpty { return "" }
    return "\nAssumed:\n\n"
      + assumptions.map { "- \(Self.lineWords($0.lines)): \(escaped($0.text))\n" }.joined()
  }

  private func escaped(_ text: String) -> String { Markdown.escaped(text) }
}
