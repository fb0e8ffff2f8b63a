import CreditCore
import Foundation
import PriceBooks
import Rating

private let shipped = Result { try ShippedBook.book() }

func shippedBook() throws -> PriceBook { try shipped.get() }

/// A book of its own, or one that extends the shipped one.
func book(_ text: String) throws -> PriceBook {
  try BookReader.book(SourceText(name: "book.yaml", bytes: Array(text.utf8))) { provider in
    provider == ShippedBook.provider ? try? shippedBook() : nil
  }
}

/// The shipped book with other values.
func overriding(_ text: String) throws -> PriceBook { try book(overrideText(text)) }

func overrideText(_ text: String) -> String {
  """
  extends: graph8
  version: "test"
  effective: 2026-11-01T00:00:00Z
  \(text)
  """
}

/// Every fault of a book.
func faults(of text: String) -> [Diagnostic] {
  do {
    _ = try book(text)
    return []
  } catch let error as BadInput {
    return error.diagnostics
  } catch {
    return []
  }
}
