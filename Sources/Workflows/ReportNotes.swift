import CreditCore
import Reports
import UsageStore

// What a reader of a report must know beside its numbers.
extension ReportWorkflow {
  /// Throws ``BadInput`` for an organisation that nothing is stored of.
  func requireKnown(_ org: String) throws {
    let known = try store.organisations()
    if known.contains(where: { $0.isSpelled(like: org) }) { return }
    throw BadInput(
      Diagnostic(
        "nothing is stored of the organisation \"\(printable(org))\"",
        at: SourceMark(
          source: SourceText(name: "--org", bytes: Array(org.utf8)),
          line: 1,
          column: 1,
          width: org.unicodeScalars.count
        ),
        expected: known.isEmpty
          ? "logs to be ingested first"
          : "one of \(known.prefix(8).map { printable($0) }.joined(separator: ", "))",
        hint: nearest(to: org, among: known).map { "did you mean \(printable($0))?" }
      )
    )
  }

  func notes(
    _ question: Question,
    _ report: PeriodReport,
    _ query: PeriodQuery
  ) throws -> [String] {
    var notes: [String] = []
    let noun = report.period.kind.noun
    if report.from > report.asOf {
      notes.append("This \(noun) has not begun.")
    } else if report.isOpen {
      notes.append(
        "This \(noun) is not over: it is compared with the \(noun) before up to the same time."
      )
    }
    notes += try extent(question, report, query)
    let unpriced = report.totals.unpricedRequests
    if unpriced > 0 {
      let requests = unpriced == 1 ? "1 request has" : "\(grouped(unpriced)) requests have"
      let owner = unpriced == 1 ? "its" : "their"
      notes.append("\(requests) no known price: no total has \(owner) credits.")
    }
    for day in report.days where day.hours != 24 {
      notes.append("\(day.date.weekdayWord), \(day.date.words), has \(day.hours) hours.")
    }
    return notes
  }

  /// Organisations that spend without a balance that is known, where others have one.
  static func withoutBalance(_ usage: PeriodUsage, _ accounts: [Account]) -> [String] {
    if accounts.isEmpty { return [] }
    let known = Set(accounts.flatMap(\.orgs).map { UsageValue.text($0) })
    var spending: Set<Int> = []
    for entry in usage.entries where entry.amounts.credits != 0 { spending.insert(entry.org) }
    let unknown = spending.map { UsageValue.text(usage.orgs[$0]) }
      .filter { !known.contains($0) }.sorted()
    if unknown.isEmpty { return [] }
    let names = unknown.prefix(5).map { $0.text.isEmpty ? "no organisation" : printable($0.text) }
    let more = unknown.count > 5 ? " and \(unknown.count - 5) more" : ""
    return [
      "No balance is known of \(names.joined(separator: ", "))\(more): what they spend is in no "
        + "balance here."
    ]
  }

  /// What is stored of the period and the one before.
  private func extent(
    _ question: Question,
    _ report: PeriodReport,
    _ query: PeriodQuery
  ) throws -> [String] {
    let noun = report.period.kind.noun
    guard let first = try store.firstRequest(of: question.org) else {
      return ["No requests are stored."]
    }
    if report.totals.requests == 0 {
      let date = report.zone.local(first).date
      return ["No requests of this \(noun) are stored; the first are of \(date)."]
    }
    let start = "Requests are stored from \(report.zone.description(of: first)) on"
    if first > report.from { return [start + "."] }
    return first > query.previousStart
      ? [start + ": of the \(noun) before, a part is missing."] : []
  }

  private func grouped(_ number: Int128) -> String {
    ExactDecimal(significand: number, scale: 0).grouped()
  }
}
