import CreditCore
import Rating

extension EstimateReport {
  /// One row a line, numbers plain; an unpriced line has empty credits.
  var csv: String {
    var csv = CSV()
    csv.add(
      [
        "file", "line", "label", "operation", "metering", "unit", "quantity_low",
        "quantity_expected", "quantity_high", "credits_low", "credits_expected", "credits_high",
        "requests", "confidence", "formula", "assumptions",
      ].map(CSV.Cell.text)
    )
    for (index, line) in estimate.lines.enumerated() {
      csv.add(
        [
          .text(estimate.subtotals[line.campaign].file), .number(String(index + 1)),
          .text(line.label), .text(line.operation), .text(line.metering.rawValue),
          .text(line.unit.rawValue),
        ] + numbers(line.quantity) + numbers(line.credits?.map(\.decimal))
          + [
            .number(line.requests.description), .text(line.confidence?.rawValue ?? ""),
            .text(line.formula), .text(line.assumptions.joined(separator: "; ")),
          ]
      )
    }
    return csv.text
  }

  private func numbers(_ range: QuantityRange?) -> [CSV.Cell] {
    Bound.allCases.map { bound in
      .number(range.map { ((try? $0[bound].rounded(places: 6)) ?? $0[bound]).description })
    }
  }
}
