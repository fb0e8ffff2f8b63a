import CreditCore
import PriceBooks
import Rating

/// A price book is read or refused with places that exist; one that is read prices requests.
enum BookCheck {
  static func check(_ bytes: [UInt8]) throws {
    let source = SourceText(name: "book.yaml", bytes: bytes)
    let book: PriceBook
    do throws(BadInput) {
      book = try BookReader.book(source, extending: { _ in nil })
    } catch {
      return try check(error, in: source)
    }
    let again = try? BookReader.book(source, extending: { _ in nil })
    try require(again?.operations.map(\.id) == book.operations.map(\.id), "read otherwise again")
    for plan in book.plans.map(\.id) + ["platform"] {
      for (place, operation) in book.operations.enumerated() {
        try rate(book, place, operation, plan: plan)
      }
    }
    for path in ["/", "/a/b?c=d", "https://example.com/a//b/", "/%2e%2e/x"] {
      _ = try? book.charge(for: Request(method: "GET", path: path), plan: "platform")
    }
  }

  private static func rate(
    _ book: PriceBook,
    _ place: Int,
    _ operation: Operation,
    plan: String
  ) throws {
    var request = Request(method: "GET", path: "/")
    for quantity in [ExactDecimal(0), ExactDecimal(7), ExactDecimal(Int64.max)] {
      for unit in Unit.allCases { request.usage[unit] = quantity }
      guard let rated = try? book.rate(request, of: place, plan: plan) else { continue }
      if let credits = rated.credits {
        try require(credits >= .zero, "\(operation.id) costs \(credits)")
      }
      let isUnknown = rated.metering == .unpriced && rated.credits != nil
      try require(!isUnknown, "\(operation.id) is unpriced and costs something")
    }
  }

  private static func check(_ bad: BadInput, in source: SourceText) throws {
    try require(!bad.diagnostics.isEmpty, "refused without a reason")
    try require(bad.brief.split(separator: "\n").count <= 10, "a message of too many lines")
    // YAML has line ends that no editor counts.
    let text = String(decoding: source.bytes, as: UTF8.self).unicodeScalars
    let isPlainText = !text.contains { ["\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) }
    for fault in bad.diagnostics where isPlainText {
      let mark = fault.mark
      try require(isPlain(fault.summary), "a message with control characters")
      guard mark.source.name == source.name else { continue }
      let line = source.line(mark.line)
      try require(line != nil || source.bytes.isEmpty, "line \(mark.line) is not there")
      let scalars = String(decoding: line ?? [], as: UTF8.self).unicodeScalars.count
      try require((1...(scalars + 1)).contains(mark.column), "column \(mark.column) of \(scalars)")
    }
  }
}
