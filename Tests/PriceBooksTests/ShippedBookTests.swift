import CreditCore
import PriceBooks
import Rating
import Testing

@Suite("The shipped book")
struct ShippedBookTests {
  @Test("every rate says who says so")
  func namesSources() throws {
    let book = try shippedBook()
    let known = Set(book.sources.map(\.id))
    func check(_ provenance: Provenance, _ what: String) {
      let named = provenance.source.split(separator: ",").map { $0.drop { $0 == " " } }
      #expect(!named.isEmpty, "\(what) has no source")
      for source in named { #expect(known.contains(String(source)), "\(what): \(source)") }
      for dispute in provenance.disputed {
        #expect(!dispute.says.isEmpty && !dispute.why.isEmpty, "\(what)")
      }
    }
    check(book.requestsPerSecond.provenance, "requests_per_second")
    for plan in book.plans { check(plan.provenance, plan.id) }
    for operation in book.operations {
      check(operation.rate.provenance, operation.id)
      for (plan, rate) in operation.planRates {
        check(rate.provenance, "\(operation.id) on \(plan)")
        #expect(book.plan(plan) != nil)
      }
      if let hold = operation.hold { check(hold.provenance, "hold of \(operation.id)") }
      for provider in operation.waterfall?.providers ?? [] {
        check(provider.provenance, provider.id)
        #expect(!provider.prices.isEmpty)
      }
      for verifier in operation.waterfall?.verifiers ?? [] {
        check(verifier.provenance, verifier.id)
      }
    }
  }

  @Test("a price stands only where it is metered, and a guess has a note")
  func isConsistent() throws {
    for operation in try shippedBook().operations {
      for rate in [operation.rate] + operation.planRates.values {
        #expect(rate.price == nil || rate.metering == .metered, "\(operation.id)")
        #expect(rate.metering != .free || rate.unit == .request, "\(operation.id)")
        #expect(rate.per > .zero, "\(operation.id)")
        if rate.metering == .metered, rate.provenance.confidence == .assumed {
          #expect(rate.provenance.note?.isEmpty == false, "\(operation.id)")
        }
        guard let price = rate.price else { continue }
        #expect(price.min <= price.bounds.low && price.bounds.low <= price.bounds.expected)
        #expect(price.bounds.expected <= price.bounds.high && price.bounds.high <= price.max)
      }
    }
  }

  @Test("ids are unique, patterns do not collide, names are words")
  func isUnambiguous() throws {
    let book = try shippedBook()
    #expect(Set(book.operations.map(\.id)).count == book.operations.count)
    #expect(book.matcher.collisions.isEmpty)
    #expect(!book.operations.contains { $0.title.isEmpty || $0.family.isEmpty })
    #expect(book.provider == "graph8")
    #expect(book.basePaths == ["/api/v1"])
    #expect(book.requestsPerSecond.value == ExactDecimal(5))
    #expect(book.requestsPerSecond.provenance.confidence == .published)
  }

  /// Price, block and rounding of each operation that the contract names.
  static let pinned: [(id: String, unit: Unit, price: String, per: String, rounding: Rounding)] = [
    ("email.verify_external", .verification, "1", "1", .exact),
    ("copilot.chat", .token, "1", "1000", .up),
    ("inbox.draft", .token, "1", "1000", .up),
    ("skill.execute_llm", .token, "1", "1000", .up),
    ("page.chat", .token, "1", "1000", .up),
    ("studio.generate", .token, "1", "1000", .up),
    ("voice.outbound", .minute, "20", "1", .up),
    ("meeting.book", .booking, "20", "1", .exact),
    ("sequence.enroll", .step, "1", "1", .exact),
    ("campaign.launch", .step, "1", "1", .exact),
    ("newsletter.send", .recipient, "1", "1", .exact),
    ("intent.process", .event, "1", "10", .exact),
    ("events.ingest", .event, "1", "10", .exact),
  ]

  @Test("the prices that the contract names, on every plan", arguments: pinned)
  func prices(id: String, unit: Unit, price: String, per: String, rounding: Rounding) throws {
    let operation = try #require(try shippedBook().operation(id))
    let (price, per) = (Price(try ExactDecimal(price)), try ExactDecimal(per))
    for plan in ["payg", "platform", "trial", "legacy"] {
      let rate = operation.rate(on: plan)
      #expect(rate.metering == .metered)
      #expect(rate.unit == unit)
      #expect(rate.price == price)
      #expect(rate.per == per)
      #expect(rate.rounding == rounding)
    }
  }

  @Test("a provider hit costs 1, 2 or 3 credits, and never less than 0.5 or more than 20")
  func pricesWaterfall() throws {
    let operation = try #require(try shippedBook().operation("enrichment.waterfall"))
    let price = try #require(operation.rate.price)
    let half = ExactDecimal(significand: 5, scale: 1)
    #expect(price.bounds.low == .one && price.bounds.expected == ExactDecimal(2))
    #expect(price.bounds.high == ExactDecimal(3))
    #expect(price.min == half && price.max == ExactDecimal(20))
    #expect(operation.rate.unit == .providerHit)
    #expect(operation.hold?.factor == ExactDecimal(significand: 125, scale: 2))
    let waterfall = try #require(operation.waterfall)
    #expect(waterfall.provider("leadmagic")?.price(of: "email") == half)
    #expect(waterfall.provider("leadmagic")?.price(of: "mobile") == ExactDecimal(3))
    #expect(waterfall.provider("leadmagic")?.price(of: "direct_phone") == nil)
    #expect(waterfall.provider("lusha")?.ownKeyOnly == true)
    #expect(waterfall.verifier("hunter")?.price == ExactDecimal(2))
    for (field, order) in waterfall.orders {
      for id in order {
        #expect(waterfall.provider(id) != nil, "\(id) for \(field)")
      }
    }
  }

  @Test("a push has no price, and is not free")
  func leavesPushUnpriced() throws {
    let rate = try #require(try shippedBook().operation("audience.push")).rate
    #expect(rate.metering == .unpriced && rate.unit == .record && rate.price == nil)
  }

  /// Credits a record on trial and on legacy.
  static let byRecord: [(id: String, trial: Int, legacy: Int)] = [
    ("search.contacts", 1, 1), ("search.companies", 1, 1), ("search.save_contacts", 1, 1),
    ("search.save_companies", 1, 1), ("lookup.person", 1, 2), ("lookup.company", 1, 2),
    ("email.verify_internal", 1, 1),
  ]

  @Test("what graph8 owns is free, except on trial and legacy, where it counts records")
  func pricesRecords() throws {
    let book = try shippedBook()
    for (id, trial, legacy) in Self.byRecord {
      let operation = try #require(book.operation(id))
      #expect(operation.rate(on: "payg").metering == .free, "\(id)")
      #expect(operation.rate(on: "platform").metering == .free, "\(id)")
      for (plan, price) in [("trial", trial), ("legacy", legacy)] {
        let rate = operation.rate(on: plan)
        #expect(rate.metering == .metered && rate.unit == .record, "\(id) on \(plan)")
        #expect(rate.price == Price(ExactDecimal(price)), "\(id) on \(plan)")
        #expect(rate.provenance.confidence == .documented, "\(id) on \(plan)")
      }
    }
    let others = book.operations.filter { operation in
      operation.rate.metering == .free && !Self.byRecord.contains { $0.id == operation.id }
    }
    #expect(others.filter { !$0.planRates.isEmpty }.map(\.id) == [])
  }

  static let neverFree: [(method: String, path: String)] = [
    ("POST", "/skills/s1/execute"), ("POST", "/workflows/w1/execute"), ("POST", "/pages/p1/chat"),
    ("POST", "/campaigns/c1/launch"), ("POST", "/newsletters/n1/issues/i1/send"),
    ("POST", "/tasks/t1/start"), ("POST", "/pipelines/suggest"), ("POST", "/sequences/s1/run"),
    ("POST", "/contacts/verify-emails"), ("POST", "/webhooks/w1/send"),
    ("POST", "/lists/l1/launch"),
    ("POST", "/icps/i1/execute"), ("POST", "/deals/d1/chat"), ("POST", "/quotes/q1/launch"),
  ]

  @Test("a free family does not cover execute, chat, launch or send", arguments: neverFree)
  func isNeverFreeByFamily(method: String, path: String) throws {
    let book = try shippedBook()
    let match = book.matcher.match(method: method, target: path)
    #expect(match.map { book.operations[$0.operation].rate.metering } != .free)
  }

  @Test("plans say what a credit costs there")
  func pricesPlans() throws {
    let book = try shippedBook()
    #expect(book.plans.map(\.id) == ["payg", "platform", "trial", "legacy"])
    #expect(book.plan("payg")?.usdPerCredit?.description == "0.05")
    #expect(book.plan("platform")?.usdPerCredit?.description == "0.00666")
    #expect(book.plan("platform")?.included?.credits == ExactDecimal(75_000))
    #expect(book.plan("platform")?.included?.per == "month")
    #expect(book.plan("trial")?.usdPerCredit == nil)
    #expect(book.plan("Platform") == nil)
  }
}
