import CreditCore
import Rating
import TestSupport
import Testing

@Suite("Holds")
struct HoldTests {
  static let holds:
    [(operations: String, balance: String?, peak: String, fits: Bool?, batch: String?, line: Int)] =
      [
        ("{operation: enrichment.waterfall, records: 100}", nil, "375", nil, nil, 1),
        ("{operation: enrichment.waterfall, records: 100}", "375", "375", true, "100", 1),
        ("{operation: enrichment.waterfall, records: 100}", "374.999999", "375", false, "99", 1),
        ("{operation: enrichment.waterfall, records: 100}", "0", "375", false, "0", 1),
        (
          "{operation: enrichment.waterfall, records: [50, 60, 100]}", "1000", "375", true, "266", 1
        ),
        (
          "{operation: enrichment.waterfall, records: 100, hit_rate: 0.1, cache_share: 0.9}",
          "1000", "375", true, "266", 1
        ),
        (
          "{operation: enrichment.waterfall, records: 100, fields_per_record: [1, 2, 4]}",
          "1000", "1500", false, "66", 1
        ),
        (
          "{operation: enrichment.waterfall, records: 100, credits_per_unit: [1, 1.2, 2]}",
          "1000", "250", true, "400", 1
        ),
        ("{operation: enrichment.waterfall, provider_hits: 100}", "1000", "375", true, "266", 1),
        (
          "{operation: enrichment.waterfall, records: 100, field: mobile, providers: "
            + "[{provider: apollo, hit_rate: 0.5}, {provider: leadmagic, hit_rate: 0.5}]}",
          "1000", "375", true, "266", 1
        ),
        (
          "{operation: enrichment.waterfall, records: 100, providers: "
            + "[{provider: lusha, hit_rate: 0.5, own_key: true}, {provider: leadmagic, hit_rate: 0.5}]}",
          "1000", "62.5", true, "1600", 1
        ),
        // The lines before have been paid when a job starts.
        (
          "{operation: meeting.book, count: 10}, {operation: enrichment.waterfall, records: 100}",
          "500", "375", false, "80", 2
        ),
        (
          "{operation: enrichment.waterfall, records: 10}, {operation: meeting.book, count: 1}, "
            + "{operation: enrichment.waterfall, records: 100}",
          "1000", "375", true, "256", 3
        ),
        (
          "{operation: enrichment.waterfall, records: 100}, {operation: enrichment.waterfall, records: 10}",
          "1000", "375", true, "266", 1
        ),
      ]

  @Test("a job reserves records x dearest price x 1.25", arguments: holds.indices)
  func reserves(place: Int) throws {
    let (operations, balance, peak, fits, batch, line) = Self.holds[place]
    let hold = try #require(try estimate(operations, balance: balance).hold)
    #expect(hold.peak.description == peak, "\(operations)")
    #expect(hold.fits == fits, "\(operations)")
    #expect(hold.largestBatch?.description == batch, "\(operations)")
    #expect(hold.line == line, "\(operations)")
  }

  @Test("the warning names the batch that passes")
  func warns() throws {
    let estimate = try estimate(
      "{operation: enrichment.waterfall, records: 1000, hit_rate: 0.1}",
      balance: "1000"
    )
    #expect(estimate.balance.covered == .yes)
    #expect(estimate.warnings.contains { $0.contains("a batch of 266 passes") })
  }

  @Test("what starts no job reserves nothing")
  func reservesNothing() throws {
    #expect(try estimate("{operation: meeting.book, count: 1}", balance: "1").hold == nil)
  }
}

@Suite("Where a balance runs out")
struct RunsOutTests {
  static let cases: [(operations: String, balance: String, place: String?)] = [
    ("{operation: meeting.book, count: 5}", "100", nil),
    ("{operation: meeting.book, count: 5}", "99.999999", "line 1, 5 of 5, 1 s"),
    ("{operation: meeting.book, count: 5}", "0", "line 1, 1 of 5, 0.2 s"),
    ("{operation: meeting.book, count: 5}", "59", "line 1, 3 of 5, 0.6 s"),
    ("{operation: contacts.manage, count: 5}", "0", nil),
    (
      "{operation: audience.push, records: 9}, {operation: meeting.book, count: 5}", "20",
      "line 2, 2 of 5, 0.6 s"
    ),
    (
      "{operation: contacts.manage, count: 10}, {operation: meeting.book, count: 5}", "20",
      "line 2, 2 of 5, 2.4 s"
    ),
    (
      "{operation: meeting.book, count: 5}, {operation: sequence.enroll, contacts: 1000, steps_per_contact: 4}",
      "2100", "line 2, 2001 of 4000, 2.2 s"
    ),
    (
      "{operation: voice.outbound, calls: 10, minutes_per_call: 2.5}", "150",
      "line 1, 6 of 25, 0.6 s"
    ),
    ("{operation: meeting.book, count: [1, 2, 100]}", "40", nil),
  ]

  @Test("the expected cost passes the balance at a line, a unit and a time", arguments: cases)
  func runsOut(operations: String, balance: String, place: String?) throws {
    let found = try estimate(operations, balance: balance).runsOut
    let seen = found.map {
      "line \($0.line), \($0.at) of \($0.of), \($0.elapsedSeconds) s"
    }
    #expect(seen == place)
  }

  @Test("without a balance nothing is said")
  func saysNothing() throws {
    #expect(try estimate("{operation: meeting.book, count: 1}").runsOut == nil)
  }
}

@Suite("What an amount pays for")
struct FitTests {
  private func fitted(_ operations: String, _ amount: String) throws -> [String] {
    try estimate(operations).fit(credits(amount)).lines.map { line in
      line.quantity.map { text($0) } ?? "unknown"
    }
  }

  static let cases: [(operations: String, amount: String, quantities: [String])] = [
    ("{operation: meeting.book, count: 5}", "100", ["5"]),
    ("{operation: meeting.book, count: 5}", "99", ["4"]),
    ("{operation: meeting.book, count: 5}", "0", ["0"]),
    ("{operation: contacts.manage, count: 5}", "0", ["5"]),
    (
      "{operation: audience.push, records: 5}, {operation: meeting.book, count: 1}", "20",
      ["unknown", "1"]
    ),
    (
      "{operation: meeting.book, count: 5}, {operation: meeting.book, count: 5}", "150", ["5", "2"]
    ),
    ("{operation: meeting.book, count: 5}, {operation: meeting.book, count: 5}", "50", ["2", "0"]),
    ("{operation: meeting.book, count: [2, 4, 8]}", "100", ["2/4/5"]),
    (
      "{operation: meeting.book, count: [2, 4, 8]}, {operation: meeting.book, count: 9}", "100",
      ["2/4/5", "3/1/0"]
    ),
    ("{operation: enrichment.waterfall, records: 100}", "150", ["100/75/50"]),
    ("{operation: voice.outbound, calls: 10, minutes_per_call: 2.5}", "150", ["5"]),
    ("{operation: voice.outbound, minutes: 10}", "59", ["2"]),
    ("{operation: copilot.chat, tokens: 12400}", "5", ["5000"]),
    ("{operation: copilot.chat, tokens: 12400}", "1.5", ["1000"]),
    ("{operation: copilot.chat, tokens: 12400}", "0.9", ["0"]),
    ("{operation: copilot.chat, tokens: 12400}", "12.5", ["12000"]),
    ("{operation: intent.process, events: 1000}", "12.345678", ["123"]),
    ("{operation: sequence.enroll, steps: 10, credits_per_unit: 1.0000001}", "5", ["4"]),
  ]

  @Test("lines are paid in their order until nothing is left", arguments: cases)
  func pays(operations: String, amount: String, quantities: [String]) throws {
    #expect(try fitted(operations, amount) == quantities)
  }

  @Test("300 random lines: what is said to be paid costs no more, and one more would")
  func paysNoMore() throws {
    var random = SeededRandom()
    let kinds = [
      ("meeting.book", "bookings"), ("copilot.chat", "tokens"), ("voice.outbound", "minutes"),
      ("intent.process", "events"), ("sequence.enroll", "steps"),
    ]
    for number in 1...300 {
      let (operation, unit) = random.pick(kinds)
      let quantity = 1 + random.below(5_000)
      let price = random.chance(0.3) ? ", credits_per_unit: 0.\(1 + random.below(99_999))" : ""
      func line(_ quantity: ExactDecimal) -> String {
        "{operation: \(operation), \(unit): \(quantity)\(price)}"
      }
      let whole = try estimate(line(ExactDecimal(quantity)))
      let cost = whole.totals.credits.expected.micros
      if cost < 2 { continue }
      let amount = Credits(micros: Int64(random.below(Int(cost))))
      let paid = try #require(try whole.fit(amount).lines.first?.quantity?.expected)
      let paidCost = try estimate(line(paid)).totals.credits.expected
      let more = try estimate(line(paid + .one)).totals.credits.expected
      if paidCost <= amount, more > amount { continue }
      Issue.record(
        "seed \(random.seed), line \(number): \(amount) pays \(paid) of \(line(ExactDecimal(quantity)))"
      )
      return
    }
  }
}
