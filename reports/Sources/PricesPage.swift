public import CreditCore
import Rating

extension DashboardPages {
  private static let methods = ["POST", "GET", "PUT", "PATCH", "DELETE"]
  private static let mostPatterns = 4

  /// The operations of a price book, and what a request is by it.
  public func prices(
    _ search: PriceSearch,
    _ session: PageSession
  ) throws(EnvironmentFault) -> [UInt8] {
    let found = search.found
    let isAsked = !search.words.isEmpty || search.metering != nil
    // Who asks what a call costs is not looking for others.
    let isListed = !found.isEmpty && (isAsked || search.explanation == nil)
    let list: PageValues = [
      "heading": isAsked
        ? EstimatePage.count(found.reduce(0) { $0 + $1.operations.count }, "operation") + " found"
        : "All operations",
      "families": found.map { family -> PageValues in
        ["family": family.family, "rows": family.operations.map { Self.row($0, search) }]
      },
    ]
    let methods = Self.methods + (Self.methods.contains(search.method) ? [] : [search.method])
    let chosen = search.method.isEmpty ? "POST" : search.method
    let content: PageValues = [
      "book": "\(search.book.provider) \(search.book.version)",
      "count": ExactDecimal(search.book.operations.count).grouped(),
      "plan": search.book.plan(search.plan)?.title ?? search.plan,
      "methods": methods.filter { !$0.isEmpty }.map { method -> PageValues in
        ["name": method, "isChosen": method == chosen]
      },
      "path": Markup(exactly: search.path),
      "words": Markup(exactly: search.words),
      "meterings": Metering.allCases.map { metering -> PageValues in
        ["name": metering.rawValue, "isChosen": metering == search.metering]
      },
      "plans": search.book.plans.map { plan -> PageValues in
        [
          "id": Markup(exactly: plan.id), "title": plan.title,
          "isChosen": plan.id == search.plan,
        ]
      },
      "explained": search.explanation.map { [Self.values(of: $0)] } ?? [] as [PageValues],
      "none": isAsked && found.isEmpty ? ["No operation has all of these words."] : [],
      "list": isListed ? [list] : [] as [PageValues],
      "all": isAsked || !isListed,
    ]
    return try page("prices.mustache", content, session, place: .prices, title: "Prices")
  }

  private static func row(_ operation: Operation, _ search: PriceSearch) -> PageValues {
    let rate = operation.rate(on: search.plan)
    let patterns = operation.requests.map(\.text)
    let more = patterns.count - mostPatterns
    let disputes = rate.provenance.disputed.count
    return [
      "id": operation.id,
      "title": operation.title,
      "requests": Array(patterns.prefix(mostPatterns)),
      "more": more > 0 ? ["and \(more) more"] : patterns.isEmpty ? ["in the background"] : [],
      "metering": rate.effectiveMetering.rawValue,
      "price": rate.effectiveMetering == .unpriced ? "not known" : rate.priceWords,
      "unit": rate.blockWords,
      "confidence": rate.provenance.confidence.rawValue,
      "disputed": disputes == 0 ? [] : [disputes == 1 ? "disputed" : "disputed by \(disputes)"],
    ]
  }

  private static func values(of explanation: PriceExplanation) -> PageValues {
    let metering = explanation.metering
    let facts = explanation.facts
    let heading =
      explanation.price.map { "\(PeriodPage.capitalized($0))" }
      ?? "No pattern of the price book matches"
    let (style, sign) =
      switch metering {
      case .metered: ("quiet", "=")
      case .free: ("good", "0")
      case .unpriced: ("doubt", "?")
      }
    return [
      "style": style, "sign": sign, "heading": heading,
      "request": "\(explanation.method) \(explanation.path)",
      "facts": facts.filter { $0.name != "price" }.map { fact -> PageValues in
        [
          "name": fact.name.isEmpty ? "Note" : PeriodPage.capitalized(fact.name),
          "value": fact.value,
        ]
      },
    ]
  }
}
