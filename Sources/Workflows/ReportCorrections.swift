import CreditCore
import Rating
import Reports
import UsageStore

// What changed in a period that is over since it was reported.
extension ReportWorkflow {
  func corrections(
    _ question: Question,
    _ usage: PeriodUsage,
    _ mark: ImportMark,
    _ book: PriceBook,
    _ notes: inout [String],
    _ from: Instant,
    _ to: Instant
  ) throws -> [PeriodReport.Correction] {
    guard to <= question.now else { return [] }
    let current = ReportedUsage(made: question.now, imports: mark, rows: Self.rows(of: usage))
    var reports = try store.reports(of: question.org, from: from, until: to)
    if reports.last?.rows != current.rows {
      if question.isKept { try keep(current, question, &notes, from, to) }
      reports.append(current)
    }
    // The same amounts under another book are no news.
    return try zip(reports, reports.dropFirst()).map { try correction($0, $1, book) }
      .filter { !$0.operations.isEmpty }
  }

  private static func rows(of usage: PeriodUsage) -> [ReportedUsage.Row] {
    struct Key: Hashable {
      var operation: Int
      var book: Int64
    }
    var sums: [Key: SeriesAmounts] = [:]
    for entry in usage.entries where entry.amounts.requests != 0 {
      sums[Key(operation: entry.operation, book: entry.book), default: SeriesAmounts()] +=
        entry.amounts
    }
    return sums.map { key, sums in
      ReportedUsage.Row(
        operation: usage.operations[key.operation],
        book: usage.books[key.book] ?? "",
        requests: sums.requests,
        credits: sums.credits
      )
    }
    .sorted { ($0.operation, $0.book) < ($1.operation, $1.book) }
  }

  private func keep(
    _ current: ReportedUsage,
    _ question: Question,
    _ notes: inout [String],
    _ from: Instant,
    _ to: Instant
  ) throws {
    do {
      let store =
        store.isWriting
        ? store : try UsageStore(path: store.path, .writing(holder: "creditmeter report"))
      try store.keep(current, of: question.org, from: from, until: to)
    } catch let fault as EnvironmentFault {
      notes.append(
        "What is reported here could not be kept, so that a later change of it will not be told: "
          + "\(fault)."
      )
    }
  }

  private func correction(
    _ old: ReportedUsage,
    _ new: ReportedUsage,
    _ book: PriceBook
  ) throws -> PeriodReport.Correction {
    var changes: [String: (requests: Int128, credits: Int128)] = [:]
    for (report, sign) in [(old, Int128(-1)), (new, 1)] {
      for row in report.rows {
        changes[row.operation, default: (0, 0)].requests += sign * Int128(row.requests)
        changes[row.operation, default: (0, 0)].credits += sign * Int128(row.credits)
      }
    }
    let operations = changes.filter { $0.value.requests != 0 || $0.value.credits != 0 }
      .map { operation, change in
        (
          operation: operation, title: book.operation(operation)?.title ?? operation,
          requests: change.requests, credits: change.credits
        )
      }
      .sorted { left, right in
        let (a, b) = (left.credits.magnitude, right.credits.magnitude)
        return a == b ? left.operation < right.operation : a > b
      }
    return PeriodReport.Correction(
      reportedAt: old.made,
      correctedAt: new.made,
      requests: (old.requests, new.requests),
      credits: (old.credits, new.credits),
      operations: operations,
      reasons: try reasons(old, new)
    )
  }

  private func reasons(_ old: ReportedUsage, _ new: ReportedUsage) throws -> [String] {
    var reasons: [String] = []
    let files = try store.imports(after: old.imports, through: new.imports)
    let added = files.filter { $0.accepted > 0 }
    let late = new.requests - old.requests
    if late > 0 {
      let requests = late == 1 ? "1 request" : "\(grouped(late)) requests"
      reasons.append("\(requests) came late\(Self.names(added, of: "in"))")
    } else if late < 0 {
      reasons.append("\(grouped(-late)) requests are gone from the database")
    }
    let (before, after) = (Set(old.rows.map(\.book)), Set(new.rows.map(\.book)))
    if before != after {
      let books = (before.sorted().joined(separator: ", "), after.sorted().joined(separator: ", "))
      if before.isDisjoint(with: after) {
        reasons.append("priced with \(books.1) instead of \(books.0)")
      } else {
        reasons.append("priced with \(books.1), before with \(books.0)")
      }
    }
    let updated = files.filter { $0.updated > 0 }
    if !updated.isEmpty {
      let files = Self.names(updated, of: "from")
      reasons.append("records that know more replaced assumed amounts\(files)")
    }
    return reasons.isEmpty ? ["amounts were restated"] : reasons
  }

  private static func names(_ files: [ImportedFile], of word: String) -> String {
    let names = files.map(\.file).filter { !$0.isEmpty }
    if names.isEmpty { return "" }
    let shown = names.prefix(3).map { printable($0) }.joined(separator: ", ")
    return " \(word) \(shown)" + (names.count > 3 ? " and \(names.count - 3) more files" : "")
  }

  private func grouped(_ number: Int128) -> String {
    ExactDecimal(significand: number, scale: 0).grouped()
  }
}

extension ReportedUsage {
  var requests: Int128 { rows.reduce(0) { $0 + Int128($1.requests) } }
  var credits: Int128 { rows.reduce(0) { $0 + Int128($1.credits) } }
}
