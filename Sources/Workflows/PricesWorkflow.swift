import CreditCore
import Documents
import LocalFiles
import PriceBooks
public import Rating
public import Reports

/// Questions about price books.
public enum PricesWorkflow {
  /// What a request is; `body` is its body as JSON, for patterns with conditions on it.
  public static func explain(
    method: String,
    path: String,
    body: String?,
    book: PriceBook,
    plan: String
  ) throws -> PriceExplanation {
    var requestBody: Node?
    if let body {
      do {
        requestBody = try Document.parse(
          SourceText(name: "--body", bytes: Array(body.utf8)),
          format: .json
        )
      } catch { throw BadInput(error) }
    }
    let facts = CallFacts(requestBody: requestBody, responseBody: nil)
    return PriceExplanation(
      book: book,
      plan: plan,
      method: method,
      path: path,
      match: book.matcher.match(method: method, target: path, bodyField: facts.field)
    )
  }

  /// The first of two books, or the shipped one, and the last.
  public static func editions(of paths: [String]) throws -> (old: PriceBook, new: PriceBook) {
    let books = try paths.map(BookShelf.book(at:))
    let old = books.count > 1 ? books[0] : try ShippedBook.book()
    return (old, books.last ?? old)
  }

  /// The golden cases of a book, by default those beside it; of the shipped book without one.
  public static func test(book path: String?, cases: String?) throws -> [CaseWorkflow.Outcome] {
    let book = try path.map { try BookShelf.book(at: $0) } ?? (try ShippedBook.book())
    let source: SourceText
    if let cases {
      source = try Files.read(cases)
    } else if let path {
      source = try Files.read(CaseWorkflow.casesPath(besides: path))
    } else {
      source = CaseWorkflow.shippedCases
    }
    return try CaseWorkflow(book: book).run(source)
  }
}
