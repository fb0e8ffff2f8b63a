import CreditCore
import Rating
import Testing

@Suite("Logged requests")
struct RequestRatingTests {
  struct Case: CustomStringConvertible, Sendable {
    var request: String
    var status: Int? = 200
    var replayed = false
    var usage: [Unit: String] = [:]
    var charged: String?
    /// Numbers of the bodies, by `request/…` or `response/…`.
    var bodies: [String: String] = [:]
    var steps: [String: Int] = [:]
    var plan = "platform"
    /// Operation, metering, quantity, credits and basis.
    var charge: String

    var description: String { "\(request) on \(plan), \(bodies) \(usage.count)" }
  }

  private func charge(_ given: Case, book: PriceBook? = nil) throws -> Charge {
    let parts = given.request.split(separator: " ", maxSplits: 1).map(String.init)
    let request = Request(
      method: parts[0],
      path: parts[1],
      status: given.status,
      replayed: given.replayed,
      usage: try given.usage.mapValues { try decimal($0) },
      creditsCharged: try given.charged.map { try credits($0) }
    )
    let numbers = try given.bodies.mapValues { try decimal($0) }
    let steps = given.steps
    let facts = CallFacts(
      number: { numbers[$0.side.rawValue + $0.pointer.description] },
      sequenceSteps: { steps[$0].map { ExactDecimal($0) } }
    )
    return try (book ?? shippedBook()).charge(for: request, plan: given.plan, facts: facts)
  }

  private func text(_ charge: Charge) -> String {
    let quantity = charge.quantity?.description ?? "none"
    let credits = charge.credits?.description ?? "none"
    return "\(charge.operation) \(charge.metering) \(quantity) \(charge.unit.rawValue) "
      + "\(credits) \(charge.basis)"
  }

  static let enrol = "POST /sequences/seq_1/contacts"
  static let enrich = "POST /enrichment/enrich"
  static let booked = "meeting.book metered 1 booking 20 counted"
  static let unbooked = "meeting.book metered 0 booking 0 counted"

  static let cases: [Case] = [
    // Only a success is charged, once.
    Case(request: "POST /appointments/bookings", status: nil, charge: booked),
    Case(request: "POST /appointments/bookings", status: 200, charge: booked),
    Case(request: "POST /appointments/bookings", status: 201, charge: booked),
    Case(request: "POST /appointments/bookings", status: 299, charge: booked),
    Case(request: "POST /appointments/bookings", status: 199, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: 300, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: 402, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: 429, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: 500, charge: unbooked),
    Case(request: "POST /appointments/bookings", replayed: true, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: nil, replayed: true, charge: unbooked),
    Case(request: "POST /appointments/bookings", status: 500, charged: "7", charge: unbooked),
    // Measured over usage over bodies over the book's default.
    Case(request: enrich, charge: "enrichment.waterfall metered 1 provider_hit 2 assumed"),
    Case(
      request: enrich,
      bodies: ["request/contact_ids": "3"],
      charge: "enrichment.waterfall metered 3 provider_hit 6 assumed"
    ),
    Case(
      request: enrich,
      bodies: ["request/contact_ids": "3", "response/successful_enrichments": "2"],
      charge: "enrichment.waterfall metered 2 provider_hit 4 counted"
    ),
    Case(
      request: enrich,
      bodies: ["response/data/successful_enrichments": "0"],
      charge: "enrichment.waterfall metered 0 provider_hit 0 counted"
    ),
    Case(
      request: enrich,
      usage: [.providerHit: "5"],
      bodies: ["response/successful_enrichments": "2"],
      charge: "enrichment.waterfall metered 5 provider_hit 10 counted"
    ),
    Case(
      request: enrich,
      usage: [.providerHit: "5"],
      bodies: ["response/successful_enrichments": "2", "response/total_credits_used": "3.5"],
      charge: "enrichment.waterfall metered 5 provider_hit 3.5 measured"
    ),
    Case(
      request: enrich,
      usage: [.providerHit: "5"],
      charged: "4.25",
      bodies: ["response/total_credits_used": "3.5"],
      charge: "enrichment.waterfall metered 5 provider_hit 4.25 measured"
    ),
    Case(
      request: enrich,
      charged: "0",
      charge: "enrichment.waterfall metered 1 provider_hit 0 measured"
    ),
    Case(
      request: enrich,
      usage: [.token: "5"],
      charge: "enrichment.waterfall metered 1 provider_hit 2 assumed"
    ),
    // Steps need the sequence's own count.
    Case(request: enrol, charge: "sequence.enroll metered 1 step 1 assumed"),
    Case(
      request: enrol,
      bodies: ["response/contacts_affected": "40"],
      charge: "sequence.enroll metered 1 step 1 assumed"
    ),
    Case(
      request: enrol,
      bodies: ["response/contacts_affected": "40"],
      steps: ["seq_1": 4],
      charge: "sequence.enroll metered 160 step 160 counted"
    ),
    Case(
      request: "POST https://be.graph8.com/api/v1/sequences/seq_1/contacts/?x=/y#z",
      bodies: ["request/contact_ids": "40"],
      steps: ["seq_1": 4],
      charge: "sequence.enroll metered 160 step 160 counted"
    ),
    Case(
      request: enrol,
      usage: [.step: "9"],
      bodies: ["response/contacts_affected": "40"],
      steps: ["seq_1": 4],
      charge: "sequence.enroll metered 9 step 9 counted"
    ),
    Case(
      request: "POST /campaigns/c/launch",
      bodies: ["response/execution/contacts_total": "100", "response/steps_created": "5"],
      charge: "campaign.launch metered 500 step 500 counted"
    ),
    // Started blocks, for each call.
    Case(request: "POST /voice/calls", charge: "voice.outbound metered 1.5 minute 40 assumed"),
    Case(
      request: "POST /voice/calls",
      bodies: ["response/call_duration": "90"],
      charge: "voice.outbound metered 1.5 minute 40 counted"
    ),
    Case(
      request: "POST /voice/calls",
      bodies: ["response/call_duration": "60"],
      charge: "voice.outbound metered 1 minute 20 counted"
    ),
    Case(
      request: "POST /voice/calls",
      usage: [.minute: "2.01"],
      charge: "voice.outbound metered 2.01 minute 60 counted"
    ),
    Case(
      request: "POST /voice/calls",
      usage: [.minute: "0"],
      charge: "voice.outbound metered 0 minute 0 counted"
    ),
    Case(
      request: "POST /public/copilot/chat",
      usage: [.token: "1240"],
      charge: "copilot.chat metered 1240 token 2 counted"
    ),
    Case(
      request: "BACKGROUND intent signal processing",
      usage: [.event: "15"],
      charge: "intent.process metered 15 event 1.5 counted"
    ),
    // A guessed rate is never counted.
    Case(
      request: "POST /pipelines/suggest",
      charge: "pipelines.suggest metered 1 request 75 assumed"
    ),
    Case(
      request: "POST /campaigns/generate-ideas",
      usage: [.token: "1000"],
      charge: "campaign.write metered 1000 token 1 assumed"
    ),
    // Free is free, unknown is not.
    Case(request: "GET /contacts", charge: "contacts.manage free 1 request 0 counted"),
    Case(request: "GET /contacts", status: 404, charge: "contacts.manage free 0 request 0 counted"),
    Case(
      request: "GET /nowhere",
      charge: "unknown unpriced 1 request none unpriced"
    ),
    Case(request: "GET /nowhere", status: 404, charge: "unknown unpriced 0 request 0 counted"),
    Case(request: "GET /nowhere", replayed: true, charge: "unknown unpriced 0 request 0 counted"),
    Case(
      request: "GET /nowhere",
      charged: "1.5",
      charge: "unknown unpriced 1 request 1.5 measured"
    ),
    Case(
      request: "POST /audience-syncs/a/trigger",
      bodies: ["response/record_count": "9"],
      charge: "audience.push unpriced 9 record none unpriced"
    ),
    Case(
      request: "POST /audience-syncs/a/trigger",
      charge: "audience.push unpriced none record none unpriced"
    ),
    Case(
      request: "POST /audience-syncs/a/trigger",
      charged: "9",
      charge: "audience.push unpriced none record 9 measured"
    ),
    Case(
      request: "POST /workflows/w/execute",
      charge: "workflow.execute metered 1 request none unpriced"
    ),
    Case(
      request: "POST /workflows/w/execute",
      bodies: ["response/cost_credits": "2"],
      charge: "workflow.execute metered 1 request 2 measured"
    ),
    // Trial and legacy.
    Case(
      request: "POST /search/contacts",
      plan: "trial",
      charge: "search.contacts metered 1 record 1 assumed"
    ),
    Case(
      request: "POST /search/contacts",
      bodies: ["response/data": "25"],
      plan: "trial",
      charge: "search.contacts metered 25 record 25 counted"
    ),
    Case(
      request: "POST /search/contacts",
      bodies: ["response/data": "0"],
      plan: "legacy",
      charge: "search.contacts metered 0 record 0 counted"
    ),
    Case(
      request: "POST /search/contacts",
      bodies: ["response/data": "25"],
      charge: "search.contacts free 1 request 0 counted"
    ),
    Case(
      request: "POST /enrichment/lookup/person",
      plan: "legacy",
      charge: "lookup.person metered 1 record 2 assumed"
    ),
  ]

  @Test("a request costs what was used, as far as it is known", arguments: cases)
  func rates(given: Case) throws {
    let charge = try charge(given)
    #expect(text(charge) == given.charge)
    #expect(try charge.bookVersion == shippedBook().version)
  }

  @Test("credits that do not fit are thrown")
  func throwsOverflow() throws {
    for minutes in ["1e12", "1e37"] {
      let given = Case(request: "POST /voice/calls", usage: [.minute: minutes], charge: "")
      #expect(throws: ArithmeticOverflow()) { try charge(given) }
    }
    let reported = Case(
      request: Self.enrich,
      bodies: ["response/total_credits_used": "1e30"],
      charge: ""
    )
    #expect(throws: ArithmeticOverflow()) { try charge(reported) }
  }

  @Test("another version of the book signs its own charges")
  func signs() throws {
    let book = try overriding("{id: meeting.book, price: 25, source: SEED, confidence: published}")
    let given = Case(request: "POST /appointments/bookings", charge: "")
    let charge = try charge(given, book: book)
    #expect(charge.bookVersion == "test")
    #expect(charge.credits?.description == "25")
  }
}
