public import CreditCore
import PriceBooks
import Rating
public import UsageStore

/// Looks after the database.
public enum DatabaseWorkflow {
  /// Everything that must hold of what is stored, with what does not.
  public static func check(_ store: UsageStore) throws -> [CheckOutcome] {
    [try books(store)] + (try store.check())
  }

  /// A book that rated usage is kept as it was.
  private static func books(_ store: UsageStore) throws -> CheckOutcome {
    var outcome = CheckOutcome("books", "each is what its name says")
    let stored: [StoredBook]
    do { stored = try store.books() } catch {
      outcome.differs("the database", found: "\(error)", expected: "to be read")
      return outcome
    }
    for edition in stored {
      outcome.rows += 1
      let name = "\(printable(edition.provider)) \(printable(edition.version))"
      let source = SourceText(name: name, bytes: Array(edition.content.utf8))
      do throws(BadInput) {
        let book = try BookShelf.book(source)
        if book.provider != edition.provider || book.version != edition.version
          || book.effective != edition.effective
        {
          outcome.differs(
            name,
            found: "\(book.provider) \(book.version) from \(book.effective)",
            expected: "\(name) from \(edition.effective)"
          )
        }
      } catch {
        let fault = error.diagnostics.first?.summary ?? "faults"
        outcome.differs(name, found: fault, expected: "a price book")
      }
    }
    return outcome
  }
}
