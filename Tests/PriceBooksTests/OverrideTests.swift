import CreditCore
import Foundation
import PriceBooks
import Rating
import Testing

@Suite("Books that extend the shipped one")
struct OverrideTests {
  private func dump(_ operations: [Rating.Operation]) -> [String] {
    operations.map { operation in
      var copy = operation
      copy.planRates = [:]
      let plans = operation.planRates.keys.sorted().map { "\($0): \(operation.rate(on: $0))" }
      return "\(copy) \(plans)"
    }
  }

  @Test("the edition with 50 requests a second changes the limit and nothing else")
  func changesLimitOnly() throws {
    let file = repository().appending(path: "pricing/editions/graph8-50rps.yaml")
    let shipped = try shippedBook()
    let edition = try book(try String(contentsOf: file, encoding: .utf8))
    #expect(edition.requestsPerSecond.value == ExactDecimal(50))
    #expect(edition.requestsPerSecond.provenance.confidence == .documented)
    let changes = BookDifference(from: shipped, to: edition).changes
    #expect(changes.map(\.what) == ["requests per second"])
    #expect(changes.first?.before == "5" && changes.first?.after == "50")
    #expect(dump(edition.operations) == dump(shipped.operations))
    #expect(edition.plans.map { "\($0)" } == shipped.plans.map { "\($0)" })
    #expect(edition.provider == shipped.provider && edition.basePaths == shipped.basePaths)
    #expect(edition.version != shipped.version)
  }

  @Test("an override without operations is the shipped book")
  func keepsEverything() throws {
    let book = try overriding("")
    let shipped = try shippedBook()
    #expect(dump(book.operations) == dump(shipped.operations))
    #expect(BookDifference(from: shipped, to: book).changes.isEmpty)
    #expect(book.version == "test")
    #expect(book.effective.description == "2026-11-01T00:00:00Z")
  }

  @Test("an operation is merged key by key")
  func mergesKeys() throws {
    let base = try shippedBook()
    let shipped = try #require(base.operation("voice.outbound"))
    let book = try overriding(
      "operations: [{id: voice.outbound, price: 15, source: SEED, confidence: published}]"
    )
    let operation = try #require(book.operation("voice.outbound"))
    #expect(operation.rate.price == Price(ExactDecimal(15)))
    #expect(operation.rate.rounding == .up && operation.rate.unit == .minute)
    #expect(operation.rate.provenance == Provenance(source: "SEED", confidence: .published))
    #expect(operation.drivers == shipped.drivers)
    #expect(operation.requests == shipped.requests)
    #expect(operation.title == shipped.title)
    #expect(book.index(of: "voice.outbound") == base.index(of: "voice.outbound"))
    let changes = BookDifference(from: base, to: book).changes
    #expect(changes.map(\.what) == ["voice.outbound"])
  }

  @Test("lists are replaced whole")
  func replacesLists() throws {
    let book = try overriding("operations: [{id: voice.outbound, requests: [POST /dial]}]")
    func operation(_ path: String) -> String? {
      book.matcher.match(method: "POST", target: path).map { book.operations[$0.operation].id }
    }
    #expect(operation("/dial") == "voice.outbound")
    #expect(operation("/voice/calls") == nil)
  }

  @Test("an operation that is no longer metered loses its price, and its price on a plan stays")
  func dropsPrice() throws {
    let book = try overriding("operations: [{id: meeting.book, metering: free}]")
    let rate = try #require(book.operation("meeting.book")).rate
    #expect(rate.metering == .free && rate.price == nil && rate.effectiveMetering == .free)
    let search = try overriding("operations: [{id: search.contacts, metering: unpriced}]")
    let operation = try #require(search.operation("search.contacts"))
    #expect(operation.rate.metering == .unpriced)
    #expect(operation.rate(on: "trial").price == Price(.one))
  }

  @Test("a push gets the price of a contract")
  func pricesPush() throws {
    let book = try overriding(
      """
      sources: {ORDER: {title: our order form, rank: 0}}
      operations:
        - {id: audience.push, metering: metered, price: 0.5, rounding: exact, source: ORDER,
           confidence: documented}
      """
    )
    let rate = try #require(book.operation("audience.push")).rate
    #expect(rate.price == Price(ExactDecimal(significand: 5, scale: 1)))
    #expect(rate.provenance.source == "ORDER" && rate.provenance.confidence == .documented)
    #expect(rate.unit == .record)
    #expect(book.sources.contains { $0.id == "SEED" })
  }

  @Test("a plan of an operation is merged with what it was there, else with the operation")
  func mergesPlanRates() throws {
    let book = try overriding(
      """
      operations:
        - id: lookup.person
          plans: {legacy: {price: 3, source: SEED, confidence: published}, payg: {metering: metered, price: 1, rounding: exact, source: SEED, confidence: published}}
        - id: meeting.book
          price: 18
          source: SEED
          confidence: published
          plans: {trial: {confidence: assumed}}
      """
    )
    let lookup = try #require(book.operation("lookup.person"))
    #expect(lookup.rate(on: "legacy").price == Price(ExactDecimal(3)))
    #expect(lookup.rate(on: "legacy").unit == .record)
    #expect(lookup.rate(on: "trial").price == Price(.one))
    #expect(lookup.rate(on: "payg").unit == .request)
    #expect(lookup.rate(on: "platform").metering == .free)
    let meeting = try #require(book.operation("meeting.book"))
    #expect(meeting.rate(on: "trial").price == Price(ExactDecimal(18)))
    #expect(meeting.rate(on: "trial").provenance.confidence == .assumed)
    #expect(meeting.rate(on: "payg").provenance.confidence == .published)
  }

  @Test("plans of the book are merged key by key, and new ones are added")
  func mergesPlans() throws {
    let book = try overriding(
      "plans: {payg: {usd_per_credit: 0.04}, team: {title: Team, usd_per_credit: 0.01}}"
    )
    #expect(book.plan("payg")?.usdPerCredit?.description == "0.04")
    #expect(book.plan("payg")?.included?.credits == ExactDecimal(1_000))
    #expect(book.plan("payg")?.atZero == "refused")
    #expect(book.plan("team")?.title == "Team")
    #expect(book.plans.map(\.id) == ["payg", "platform", "trial", "legacy", "team"])
  }

  @Test("new operations come last and are found by their requests")
  func addsOperations() throws {
    let book = try overriding(
      """
      base_paths: [/api/v2, /api/v1]
      operations:
        - {id: fax.send, title: Send a fax, metering: metered, unit: request, price: 2,
           rounding: exact, requests: ["POST /fax/{id}"], source: SEED, confidence: assumed}
      """
    )
    #expect(book.operations.last?.id == "fax.send")
    for target in ["/api/v2/fax/1", "/api/v1/fax/1", "/fax/1"] {
      let match = try #require(book.matcher.match(method: "POST", target: target))
      #expect(book.operations[match.operation].id == "fax.send")
    }
  }

  @Test("a metered operation without a price is rated as unpriced")
  func isUnpricedWithoutPrice() throws {
    let rate = try #require(try shippedBook().operation("workflow.execute")).rate
    #expect(rate.metering == .metered && rate.effectiveMetering == .unpriced)
  }
}
