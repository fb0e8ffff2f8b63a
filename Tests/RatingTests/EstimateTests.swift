import CampaignFiles
import CreditCore
import Rating
import Testing

@Suite("Estimates")
struct EstimateTests {
  static let outbound = """
    {operation: enrichment.waterfall, label: Enrich the target list, records: 5000,
     hit_rate: [0.55, 0.65, 0.8], credits_per_unit: [1, 1.2, 2]},
    {operation: sequence.enroll, contacts: 5000, steps_per_contact: 4},
    {operation: voice.outbound, calls: 300, connect_rate: 0.3, minutes_per_call: 2.5},
    {request: "POST /enrichment/verify-email?provider=kickbox", count: 500}
    """

  @Test("the campaign of the contract, to the micro-credit")
  func pricesExample() throws {
    let estimate = try estimate(Self.outbound, balance: "12450")
    #expect(
      estimate.lines.map { text($0.credits) } == ["2750/3900/8000", "20000", "5400", "500"]
    )
    #expect(
      estimate.lines.map { text($0.quantity) } == ["2750/3250/4000", "20000", "225", "500"]
    )
    #expect(estimate.lines.map(\.requests.description) == ["50", "50", "300", "500"])
    #expect(
      estimate.lines.map(\.operation) == [
        "enrichment.waterfall", "sequence.enroll", "voice.outbound", "email.verify_external",
      ]
    )
    #expect(estimate.lines.map(\.confidence) == [.assumed, .published, .published, .published])
    #expect(text(estimate.totals.credits) == "28650/29800/33900")
    #expect(estimate.totals.usd.map { text($0) } == "190.809/198.468/225.774")
    #expect(estimate.totals.requests == ExactDecimal(900))
    #expect(estimate.totals.duration == ExactDecimal(180))
    #expect(estimate.totals.unpricedLines == 0)
    #expect(estimate.balance.covered == .no)
    #expect(text(estimate.balance.after) == "-16200/-17350/-21450")
    #expect(text(estimate.balance.shortfall) == "16200/17350/21450")
    #expect(estimate.balance.probabilityCovered == 0)
    let hold = try #require(estimate.hold)
    #expect(try hold.peak == credits("12500"))
    #expect(hold.fits == false && hold.line == 1)
    #expect(hold.largestBatch == ExactDecimal(4_980))
    let runsOut = try #require(estimate.runsOut)
    #expect(runsOut.line == 2 && runsOut.unit == .step)
    #expect(runsOut.at == ExactDecimal(8_551) && runsOut.of == ExactDecimal(20_000))
    #expect(try runsOut.elapsedSeconds == decimal("14.4"))
  }

  static let lines: [(line: String, quantity: String, credits: String, requests: String)] = [
    // Amounts, rates and savings.
    ("{operation: enrichment.waterfall, records: 100}", "100", "100/200/300", "1"),
    ("{operation: enrichment.waterfall, records: 101}", "101", "101/202/303", "2"),
    (
      "{operation: enrichment.waterfall, records: 100, fields_per_record: 2, hit_rate: 0.5}",
      "100", "100/200/300", "1"
    ),
    (
      "{operation: enrichment.waterfall, records: 100, cache_share: 0.25, own_key_share: 0.2}",
      "60", "60/120/180", "1"
    ),
    (
      "{operation: enrichment.waterfall, records: 100, cache_share: [0.1, 0.2, 0.4]}",
      "60/80/90", "60/160/270", "1"
    ),
    ("{operation: enrichment.waterfall, provider_hits: 7}", "7", "7/14/21", "1"),
    (
      "{operation: enrichment.waterfall, records: 100, credits_per_unit: 0.123456}",
      "100", "12.3456", "1"
    ),
    // Blocks that were started are paid, for each call.
    ("{operation: copilot.chat, calls: 10, tokens_per_call: 1240}", "12400", "20", "10"),
    ("{operation: copilot.chat, calls: 10, tokens_per_call: 1000}", "10000", "10", "10"),
    ("{operation: copilot.chat, calls: 10, tokens_per_call: 0.5}", "5", "10", "10"),
    ("{operation: copilot.chat, calls: 10, tokens_per_call: 0}", "0", "0", "10"),
    ("{operation: copilot.chat, tokens: 12400, requests: 1}", "12400", "13", "1"),
    ("{operation: copilot.chat, tokens: 1000, requests: 1}", "1000", "1", "1"),
    ("{operation: copilot.chat, tokens: 1001, requests: 1}", "1001", "2", "1"),
    ("{operation: copilot.chat, count: 3}", "3000", "3", "3"),
    (
      "{operation: voice.outbound, calls: 90, connect_rate: 0.5, minutes_per_call: [1, 1.01, 2]}",
      "45/45.45/90", "900/1800/1800", "90"
    ),
    ("{operation: voice.outbound, minutes: 2.2, requests: 1}", "2.2", "60", "1"),
    ("{operation: voice.outbound, count: 4}", "6", "160", "4"),
    (
      "{operation: voice.outbound, calls: 3, minutes_per_call: 1.5, credits_per_unit: 10}",
      "4.5", "45", "3"
    ),
    // Parts of a block cost their part.
    ("{operation: intent.process, events: 15}", "15", "1.5", "1"),
    ("{operation: intent.process, events: 1}", "1", "0.1", "1"),
    ("{operation: intent.process, events: 0.00001}", "0.00001", "0.000001", "1"),
    ("{operation: intent.process, events: 0.000004}", "0.000004", "0", "1"),
    ("{operation: intent.process, events: 0.000005}", "0.000005", "0.000001", "1"),
    // The others.
    ("{operation: meeting.book, bookings: 12}", "12", "240", "12"),
    ("{operation: meeting.book, count: 12}", "12", "240", "12"),
    ("{operation: sequence.enroll, contacts: 250, steps_per_contact: 3}", "750", "750", "3"),
    ("{operation: sequence.enroll, steps: 750}", "750", "750", "8"),
    ("{operation: campaign.launch, contacts: 250, steps_per_contact: 3}", "750", "750", "1"),
    ("{operation: newsletter.send, recipients: 9000}", "9000", "9000", "1"),
    ("{operation: newsletter.send, newsletters: 2, recipients: 9000}", "18000", "18000", "2"),
    ("{operation: events.ingest, events: 12345}", "12345", "1234.5", "1"),
    ("{operation: contacts.manage, count: 40}", "40", "0", "40"),
    ("{operation: enrichment.ai, records: 250}", "250", "750", "3"),
    ("{operation: pipelines.suggest, count: 2}", "2", "100/150/200", "2"),
    ("{operation: audience.push, records: 5000}", "5000", "none", "1"),
    ("{operation: audience.push, records: 5000, credits_per_unit: 0.5}", "5000", "2500", "1"),
    ("{operation: workflow.execute, count: 5}", "5", "none", "5"),
    // A range of two values has its middle as expected value.
    ("{operation: meeting.book, bookings: [10, 15]}", "10/12.5/15", "200/250/300", "13"),
    ("{operation: meeting.book, count: [10, 15]}", "10/12.5/15", "200/250/300", "13"),
    (
      "{operation: intent.process, events: [0, 0.00001]}", "0/0.000005/0.00001",
      "0/0.000001/0.000001", "1"
    ),
    // Requests, where they are given.
    (
      "{operation: copilot.chat, calls: [1, 2.2, 9], tokens_per_call: 1}", "1/2.2/9", "1/2.2/9", "3"
    ),
    ("{operation: sequence.enroll, steps: 750, requests: 2}", "750", "750", "2"),
    ("{operation: sequence.enroll, steps: 750, requests: [1, 2.5, 9]}", "750", "750", "3"),
  ]

  @Test("a line costs what its drivers and its rate make of it", arguments: lines)
  func prices(line: String, quantity: String, credits: String, requests: String) throws {
    let priced = try RatingTests.line(line)
    #expect(text(priced.quantity) == quantity)
    #expect(text(priced.credits) == credits)
    #expect(priced.requests.description == requests)
  }

  static let requests:
    [(line: String, operation: String, quantity: String, credits: String, requests: String)] =
      [
        (
          "{request: POST /voice/calls, count: 10, minutes_per_call: 2.5}", "voice.outbound", "25",
          "600", "10"
        ),
        (
          "{request: POST /voice/calls, calls: 4, connect_rate: 0.5, minutes_per_call: 1}",
          "voice.outbound", "2", "40", "4"
        ),
        (
          "{request: POST /sequences/s/contacts, contacts: 100, steps_per_contact: 3, count: 2}",
          "sequence.enroll", "300", "300", "2"
        ),
        ("{request: POST /sequences/s/contacts, count: 2}", "sequence.enroll", "2", "2", "2"),
        ("{request: POST /api/v1/contacts/, count: 2}", "contacts.manage", "2", "0", "2"),
        ("{request: post /skills/s/execute, count: 2}", "skill.execute_llm", "2000", "2", "2"),
        (
          "{request: \"POST /skills/s/execute?type=api\", count: 2}", "skill.execute_api", "2", "0",
          "2"
        ),
        ("{request: POST /nowhere, count: 5}", "unknown", "5", "none", "5"),
        (
          "{request: POST /nowhere, count: 5, credits_per_unit: [1, 3]}", "unknown", "5", "5/10/15",
          "5"
        ),
        ("{request: POST /nowhere, count: 5, requests: 2}", "unknown", "5", "none", "2"),
      ]

  @Test("a line may be named by one of its requests", arguments: requests)
  func pricesRequests(
    line: String,
    operation: String,
    quantity: String,
    credits: String,
    requests: String
  ) throws {
    let priced = try RatingTests.line(line)
    #expect(priced.operation == operation)
    #expect(text(priced.quantity) == quantity)
    #expect(text(priced.credits) == credits)
    #expect(priced.requests.description == requests)
  }

  @Test("what is assumed is said")
  func saysAssumptions() throws {
    let waterfall = try line("{operation: enrichment.waterfall, records: 100}")
    #expect(waterfall.assumptions.contains("hit_rate not given: 1 assumed"))
    #expect(waterfall.assumptions.contains("1 to 3 credits a provider hit, 2 expected"))
    #expect(
      try line("{operation: copilot.chat, count: 3}").assumptions == [
        "1000 tokens a request assumed"
      ]
    )
    #expect(try line("{operation: copilot.chat, count: 3}").confidence == .assumed)
    #expect(try line("{operation: copilot.chat, tokens: 3}").confidence == .documented)
    #expect(try line("{operation: meeting.book, bookings: 3}").assumptions == [])
    #expect(
      try line("{operation: audience.push, records: 1}").assumptions == ["no published price"]
    )
    #expect(try line("{operation: audience.push, records: 1}").confidence == nil)
    let push = try line("{operation: audience.push, records: 1, credits_per_unit: 1}")
    #expect(push.metering == .metered && push.confidence == .assumed)
    #expect(try line("{operation: audience.push, records: 1}").metering == .unpriced)
    #expect(try line("{operation: workflow.execute, count: 1}").metering == .unpriced)
    let unknown = try line("{request: POST /nowhere, count: 1}")
    #expect(unknown.assumptions.first?.contains("POST /nowhere") == true)
  }

  @Test("an unpriced line is left out of the total, and counted")
  func leavesOutUnpriced() throws {
    let estimate = try estimate(
      "{operation: audience.push, records: 9}, {operation: meeting.book, count: 1}",
      balance: "20"
    )
    #expect(text(estimate.totals.credits) == "20")
    #expect(estimate.totals.unpricedLines == 1)
    #expect(estimate.balance.covered == .yes)
    #expect(estimate.warnings.contains { $0.contains("1 unpriced line, not in the total") })
    #expect(estimate.totals.requests == ExactDecimal(2))
  }

  @Test("a plan that sells no credits has no dollars")
  func hasNoDollars() throws {
    #expect(try estimate("{operation: meeting.book, count: 1}", plan: "trial").totals.usd == nil)
    let payg = try estimate("{operation: meeting.book, count: 1}", plan: "payg")
    #expect(payg.totals.usd.map { text($0) } == "1")
  }

  @Test("several campaigns are one estimate with a subtotal each")
  func addsCampaigns() throws {
    let book = try shippedBook()
    let campaigns = try CampaignReader(book: book).campaigns([
      source("name: A\noperations: [{operation: meeting.book, count: 1}]\n"),
      source(#"{"operations": [{"operation": "meeting.book", "count": [1, 3]}]}"#, name: "b.json"),
    ])
    let plan = try #require(book.plan("platform"))
    let estimate = try Estimator(book: book, plan: plan).estimate(campaigns, balance: nil)
    #expect(estimate.name == "A + b")
    #expect(estimate.subtotals.map { text($0.credits) } == ["20", "20/40/60"])
    #expect(text(estimate.totals.credits) == "40/60/80")
    #expect(estimate.lines.map(\.campaign) == [0, 1])
    #expect(estimate.balance.covered == .unknown)
    #expect(estimate.balance.probabilityCovered == nil)
    let alone = try campaigns.map { campaign in
      try Estimator(book: book, plan: plan).estimate([campaign], balance: nil).totals.credits
    }
    #expect(text(try alone[0] + alone[1]) == text(estimate.totals.credits))
  }

  static let tooLarge = [
    "{operation: meeting.book, bookings: 1e13}",
    "{operation: meeting.book, bookings: 461168601843}, {operation: meeting.book, bookings: 1}",
    "{operation: sequence.enroll, contacts: 1e30, steps_per_contact: 1e30}",
    "{operation: sequence.enroll, steps: [1, 1e37]}",
    "{operation: copilot.chat, calls: 1e20, tokens_per_call: 1e20}",
    "{operation: contacts.manage, count: 1e38}, {operation: contacts.manage, count: 1e38}",
  ]

  @Test("numbers that do not fit are refused at their line, never trapped", arguments: tooLarge)
  func refusesTooLarge(operations: String) throws {
    let fault = #expect(throws: Diagnostic.self) { try estimate(operations, balance: "1") }
    #expect(fault?.mark.line == 2)
    #expect(fault?.message.contains("too large") == true)
  }

  @Test("the largest amount that fits is exact")
  func holdsLargest() throws {
    let priced = try line("{operation: intent.process, events: 92233720368547.75807}")
    #expect(priced.credits?.expected.micros == Int64.max)
  }
}
