import CreditCore
import Rating

// MARK: - What it means while it runs, and what it rests on

extension EstimatePage {
  var running: [PageValues] {
    [
      ["name": "Held"].merging(hold) { $1 },
      ["name": "Runs out"].merging(runsOut) { $1 },
      [
        "name": "Takes",
        "value": Elapsed.words(totals.duration),
        "note": "\(totals.requests.grouped()) "
          + "\(totals.requests == .one ? "request" : "requests") at the rate limit.",
      ],
    ]
  }

  private var hold: PageValues {
    guard let hold = estimate.hold else {
      return ["value": "Nothing", "note": "No line starts a job that credits are held for."]
    }
    let start = "Credits reserved when the job of line \(hold.line) starts"
    let batch = hold.largestBatch.map { " Up to \($0.grouped()) \(hold.items) at once pass." } ?? ""
    let note =
      switch hold.fits {
      case .none: start + "; no balance is known to set them against."
      case .some(true): start + ", which fits." + batch
      case .some(false): start + ", more than is there: the job is refused." + batch
      }
    return ["value": numbers.figure(hold.held) + " credits", "note": note]
  }

  private var runsOut: PageValues {
    if let end = estimate.runsOut {
      let note =
        "\(Self.short(end.label)): \(end.unit.words(for: .one)) \(end.at.grouped()) "
        + "of \(end.of.grouped()), "
        + "\(Elapsed.words(end.elapsedSeconds)) after the start."
      return ["value": "In line \(end.line)", "note": note]
    }
    return estimate.balance.before == nil
      ? ["value": "Not known", "note": "No balance is known."]
      : ["value": "Not expected", "note": "The expected cost stays within the balance."]
  }

  var rests: [PageValues] {
    let total = totals.credits.expected.approximate
    if total <= 0 { return [] }
    let rows = totals.byConfidence.map { entry -> PageValues in
      let lines = estimate.lines.count { $0.credits != nil && $0.confidence == entry.confidence }
      return [
        "style": entry.confidence.rawValue,
        "meaning": Self.meaning(entry.confidence),
        "credits": numbers.text(entry.credits),
        "share": Statistic.percent(entry.credits.approximate / total),
        "lines": ExactDecimal(lines).grouped(),
      ]
    }
    let drawing = RowBar.shares(
      totals.byConfidence.map { ($0.confidence.rawValue, $0.credits.approximate / total) },
      "Expected credits by how well their price is known: \(report.restsOn)."
    )
    return [["chart": Markup(drawing), "rows": rows]]
  }

  private static func meaning(_ confidence: Confidence) -> String {
    switch confidence {
    case .published: "the provider's own price list says so"
    case .documented: "the provider says so elsewhere"
    case .assumed: "nobody says so: a note, a measurement or the file's own number"
    }
  }

  var assumptions: [PageValues] {
    let all = report.assumptions
    if all.isEmpty { return [] }
    let most = 100
    var texts = all.prefix(most).map { assumption -> PageValues in
      let lines = EstimateReport.lineWords(assumption.lines)
      return ["text": assumption.text, "lines": Self.sentence(lines)]
    }
    if all.count > most {
      texts.append(["text": "and \(Self.count(all.count - most, "more")) of them", "lines": ""])
    }
    return [["entries": texts]]
  }
}
