public import CreditCore
public import Rating

/// What somebody looks for in a price book, and what is found.
public struct PriceSearch: Sendable {
  public var book: PriceBook
  /// The plan that rates are of.
  public var plan: String
  /// Words that an operation must have, all of them.
  public var words = ""
  public var metering: Metering?
  /// A request whose price is asked for; empty for none.
  public var method = ""
  public var path = ""
  public var explanation: PriceExplanation?

  public init(book: PriceBook, plan: String) {
    self.book = book
    self.plan = plan
  }

  /// The operations that have the words, by family.
  public var found: [(family: String, operations: [Operation])] {
    let words = words.lowercased().split { $0.isWhitespace }.prefix(16)
    var families: [String: [Operation]] = [:]
    for operation in book.operations {
      let rate = operation.rate(on: plan)
      if let metering, metering != rate.effectiveMetering { continue }
      let text = ([operation.id, operation.title] + operation.requests.map(\.text))
        .joined(separator: "\n").lowercased()
      guard words.allSatisfy({ text.contains($0) }) else { continue }
      families[operation.family, default: []].append(operation)
    }
    return families.sorted { $0.key < $1.key }.map { family, operations in
      (family: family, operations: operations.sorted { $0.id < $1.id })
    }
  }
}
