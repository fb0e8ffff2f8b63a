import CreditCore

extension PeriodReport {
  /// One table of rows for a spreadsheet: the section that a row is of, and its numbers, plain.
  ///
  /// Rows of a section with the same name add up to the total.
  var csv: [UInt8] {
    var csv = CSV()
    csv.add(
      [
        "period", "section", "name", "value", "title", "unit", "quantity", "requests",
        "charged_requests", "credits", "share", "previous_credits", "measured", "counted",
        "assumed", "unpriced_requests", "errors", "rate_limited",
      ].map(CSV.Cell.text)
    )
    let row = Row(period: period.label, total: totals.credits)
    csv.add(row.cells("total", "", .absent, "", nil, totals, comparedSums))
    for day in days {
      csv.add(row.cells("day", "date", .text(day.date.description), "", nil, day.sums, nil))
    }
    for group in operations { csv.add(row.cells("operation", "operation", group)) }
    if by != .operation {
      if case .tag = by {
      } else {
        for group in groups { csv.add(row.cells(by.name, by.name, group)) }
      }
    }
    for tag in tags {
      for group in tag.groups { csv.add(row.cells("tag", tag.name, group)) }
    }
    for outcome in outcomes { csv.add(row.cells(outcome)) }
    for step in reconciliation { csv.add(row.cells(step)) }
    return Array(csv.text.utf8)
  }

  private struct Row {
    let period: String
    let total: Int128

    func cells(_ section: String, _ name: String, _ group: Group) -> [CSV.Cell] {
      cells(section, name, group.value, group.title, group.unit, group.sums, group.previous)
    }

    func cells(
      _ section: String,
      _ name: String,
      _ value: UsageValue,
      _ title: String,
      _ unit: Unit?,
      _ sums: UsageSums,
      _ previous: UsageSums?
    ) -> [CSV.Cell] {
      [
        .text(period), .text(section), .text(name), CSV.Cell(value), .text(title),
        .text(unit?.rawValue ?? ""),
        .number(unit.map { _ in sums.quantityDecimal.normalized.description }),
        whole(sums.requests), whole(sums.chargedRequests), credits(sums.credits),
        .number(Figures.share(sums.credits, of: total).normalized.description),
        previous.map { credits($0.credits) } ?? .number(nil), credits(sums.measured),
        credits(sums.counted), credits(sums.assumed), whole(sums.unpricedRequests),
        whole(sums.errors), whole(sums.rateLimited),
      ]
    }

    func cells(_ outcome: OutcomeCost) -> [CSV.Cell] {
      row(
        "outcome",
        outcome.id,
        outcome.title,
        quantity: outcome.count.map { Figures.credits($0).normalized.description },
        outcome.credits
      )
    }

    func cells(_ step: Step) -> [CSV.Cell] {
      row("balance", step.title, "", quantity: nil, step.credits)
    }

    private func row(
      _ section: String,
      _ name: String,
      _ title: String,
      quantity: String?,
      _ amount: Int128
    ) -> [CSV.Cell] {
      [
        .text(period), .text(section), .text(name), .text(""), .text(title), .text(""),
        .number(quantity), .number(nil), .number(nil), credits(amount),
      ] + Array(repeating: CSV.Cell.number(nil), count: 8)
    }

    private func whole(_ number: Int128) -> CSV.Cell {
      .number(Figures.whole(number).description)
    }

    private func credits(_ micros: Int128) -> CSV.Cell {
      .number(Figures.credits(micros).normalized.description)
    }
  }
}
