import CreditCore
import Rating
import Testing

@Suite("Plans")
struct PlanTests {
  static let lines: [(line: String, plan: String, unit: Unit, credits: String, requests: String)] =
    [
      ("{operation: search.contacts, count: 4}", "platform", .request, "0", "4"),
      ("{operation: search.contacts, count: 4}", "payg", .request, "0", "4"),
      ("{operation: search.contacts, count: 4}", "trial", .record, "4", "4"),
      ("{operation: search.contacts, count: 4}", "legacy", .record, "4", "4"),
      ("{operation: search.contacts, records: 250}", "trial", .record, "250", "3"),
      ("{operation: search.contacts, records: 250}", "legacy", .record, "250", "3"),
      ("{operation: search.contacts, records: 250, count: 4}", "trial", .record, "250", "4"),
      ("{operation: search.contacts, records: 250, count: 4}", "platform", .request, "0", "4"),
      ("{operation: search.save_companies, records: 10001}", "trial", .record, "10001", "2"),
      ("{operation: lookup.person, records: 3}", "trial", .record, "3", "3"),
      ("{operation: lookup.person, records: 3}", "legacy", .record, "6", "3"),
      ("{operation: lookup.company, count: 3}", "legacy", .record, "6", "3"),
      ("{request: POST /enrichment/verify-email, count: 5}", "trial", .record, "5", "5"),
      ("{request: POST /enrichment/verify-email, count: 5}", "platform", .request, "0", "5"),
      ("{operation: contacts.manage, count: 40}", "legacy", .request, "0", "40"),
      ("{operation: quotes.manage, count: 40}", "trial", .request, "0", "40"),
      ("{operation: webhooks.manage, count: 40}", "trial", .request, "0", "40"),
      ("{operation: meeting.book, count: 2}", "legacy", .booking, "40", "2"),
      ("{operation: voice.outbound, calls: 2, minutes_per_call: 1}", "trial", .minute, "40", "2"),
    ]

  @Test("what graph8 owns costs by the record on trial and legacy alone", arguments: lines)
  func prices(
    line: String,
    plan: String,
    unit: Unit,
    credits: String,
    requests: String
  ) throws {
    let priced = try RatingTests.line(line, plan: plan)
    #expect(priced.unit == unit)
    #expect(text(priced.credits) == credits)
    #expect(priced.requests.description == requests)
    #expect(priced.metering == (credits == "0" ? .free : .metered))
  }

  @Test("a record a request is assumed where only requests are known, and said")
  func saysAssumedRecord() throws {
    let counted = try line("{operation: search.contacts, count: 4}", plan: "trial")
    #expect(counted.assumptions == ["1 record a request assumed"])
    #expect(counted.confidence == .assumed)
    let known = try line("{operation: search.contacts, records: 4}", plan: "trial")
    #expect(known.assumptions == [])
    #expect(known.confidence == .documented)
    let free = try line("{operation: search.contacts, count: 4}", plan: "payg")
    #expect(free.assumptions == [])
    #expect(free.confidence == .published)
  }
}
