import CampaignFiles
import CreditCore
import PriceBooks
import Rating
import Testing

private let shipped = Result { try ShippedBook.book() }

func shippedBook() throws -> PriceBook { try shipped.get() }

/// The shipped book with other operations in place of, or besides, its own.
func overriding(_ operations: String) throws -> PriceBook {
  let text = """
    extends: graph8
    version: test
    effective: 2026-11-01T00:00:00Z
    operations: [\(operations)]
    """
  return try BookReader.book(source(text, name: "book.yaml")) { _ in try? shippedBook() }
}

func source(_ text: String, name: String = "plan.yaml") -> SourceText {
  SourceText(name: name, bytes: Array(text.utf8))
}

func decimal(_ text: String) throws -> ExactDecimal { try ExactDecimal(text) }

func credits(_ text: String) throws -> Credits { try Credits(rounding: ExactDecimal(text)) }

/// The estimate of a campaign whose operations stand in `operations`, separated by commas.
func estimate(
  _ operations: String,
  plan: String = "platform",
  balance: String? = nil,
  book: PriceBook? = nil
) throws -> Estimate {
  let book = try book ?? shippedBook()
  let text = source("name: test\noperations: [\(operations)]\n")
  let campaigns = try CampaignReader(book: book).campaigns([text])
  return try Estimator(book: book, plan: try #require(book.plan(plan)))
    .estimate(campaigns, balance: try balance.map { try credits($0) })
}

/// The estimate of one operation.
func line(
  _ operation: String,
  plan: String = "platform",
  book: PriceBook? = nil
) throws -> EstimateLine {
  try #require(try estimate(operation, plan: plan, book: book).lines.first)
}

/// One number, or `low/expected/high`.
func text(_ range: QuantityRange) -> String {
  range.isRanged ? "\(range.low)/\(range.expected)/\(range.high)" : "\(range.expected)"
}

func text(_ range: CreditRange?) -> String { range.map { text($0.map(\.decimal)) } ?? "none" }
