import CreditCore
import Foundation
import GRDB
import TestSupport
import Testing
import UsageStore

@testable import Intake

@Suite("What a webhook tells is charged once")
struct WebhookTests {
  private let desk: Desk

  init() throws { desk = try Desk() }

  private func stored(_ event: String, _ credits: Int64) -> WebhookOutcome {
    .stored(event: event, credits: Credits(micros: credits * 1_000_000))
  }

  /// What tells of one and the same work, and what it comes to.
  struct Work: CustomTestStringConvertible, Sendable {
    var event: String
    var data: String
    /// Of the event alone.
    var alone: String
    /// The call that a log has of it, and what stands behind the id of its line.
    var call: String
    var more = ""
    /// Of both, in whatever order they came.
    var together: [String]
    var testDescription: String { "\(event) \(more)" }
  }

  static let works = [
    Work(
      event: "meeting.booked",
      data: #"{"meeting_id":"m1"}"#,
      alone: "meeting.book counted 1 20",
      call: "POST /api/v1/appointments/bookings",
      together: ["meeting.book counted 1 20 POST"]
    ),
    Work(
      event: "meeting_booked",
      data: "{}",
      alone: "meeting.book counted 1 20",
      call: "POST /appointments/bookings",
      together: ["meeting.book counted 1 20 POST"]
    ),
    Work(
      event: "voice_ai.call_completed",
      data: #"{"duration":121,"room_name":"room_1"}"#,
      alone: "voice.outbound counted 2.016667 60",
      call: "POST /voice/calls",
      more: #","response_body":{"room_name":"room_1"}"#,
      together: ["voice.outbound counted 2.016667 60 POST"]
    ),
    Work(
      event: "voice_ai.call_completed",
      data: #"{"duration":60}"#,
      alone: "voice.outbound counted 1 20",
      call: "POST /voice/dialer/sessions/s1/resume",
      together: ["voice.outbound counted 1 20 POST"]
    ),
    Work(
      event: "enrichment.job_completed",
      data: #"{"job_id":"j1","total_credits_used":4.5,"successful_enrichments":3}"#,
      alone: "enrichment.waterfall measured 3 4.5",
      call: "POST /enrichment/enrich",
      more: #","request_body":{"contact_ids":[1,2,3,4]},"response_body":{"data":{"job_id":"j1"}}"#,
      together: ["enrichment.waterfall measured 3 4.5 POST"]
    ),
    Work(
      event: "enrichment.job_completed",
      data: #"{"job_id":"j1","total_credits_used":null,"successful_enrichments":3}"#,
      alone: "enrichment.waterfall counted 3 6",
      call: "POST /enrichment/enrich",
      together: ["enrichment.waterfall counted 3 6 POST"]
    ),
    Work(
      event: "newsletter.sent",
      data: #"{"recipients":250}"#,
      alone: "newsletter.send counted 250 250",
      call: "POST /newsletters/n1/issues/i1/send",
      together: ["newsletter.send counted 250 250 POST"]
    ),
    Work(
      event: "engagement.email_sent",
      data: #"{"sequence_id":"seq_1"}"#,
      alone: "sequence.enroll counted 1 1",
      call: "POST /sequences/seq_1/contacts",
      more: #","usage":{"step":4}"#,
      together: ["sequence.enroll counted 4 4 POST"]
    ),
    Work(
      event: "engagement.sms_sent",
      data: #"{"sequence_id":"seq_9","campaign_id":"cmp_1"}"#,
      alone: "sequence.enroll counted 1 1",
      call: "POST /campaigns/cmp_1/launch",
      more: #","usage":{"steps":12}"#,
      together: ["campaign.launch counted 12 12 POST"]
    ),
  ]

  @Test("an event alone is a charge by the price book", arguments: works)
  func alone(work: Work) throws {
    let before = try desk.charges()
    let outcome = try desk.send(desk.event(work.event, work.data))
    guard case .stored(work.event, let credits) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(before.isEmpty)
    #expect(try desk.charges() == [work.alone])
    #expect(work.alone.hasSuffix(" \(credits)"))
    try desk.expectClean()
  }

  @Test("with the request of a log it is one charge, whichever comes first", arguments: works)
  func together(work: Work) throws {
    for logFirst in [true, false] {
      let desk = try Desk()
      let line = desk.line(work.call, age: 90, id: "r1", work.more)
      let event = desk.event(work.event, work.data, id: "e1")
      if logFirst { try desk.ingest([line]) }
      _ = try desk.send(event)
      if !logFirst { try desk.ingest([line]) }
      #expect(try desk.charges() == work.together, "log first: \(logFirst)")
      // Nothing of it is new a second time.
      try desk.ingest([line])
      #expect(try desk.send(event) == .duplicate(event: work.event))
      #expect(try desk.charges() == work.together, "again, log first: \(logFirst)")
      try desk.expectClean()
    }
  }

  @Test("an event of other work is another charge", arguments: works)
  func apart(work: Work) throws {
    // Long before the event, and for something else.
    let call = work.call.replacing("seq_1", with: "seq_2").replacing("cmp_1", with: "cmp_2")
    let more = work.more.replacing("room_1", with: "room_2").replacing("j1", with: "j2")
    try desk.ingest([desk.line(call, age: 90_000, id: "r1", more)])
    let logged = try desk.charges()
    _ = try desk.send(desk.event(work.event, work.data))
    #expect(try desk.charges() == logged + [work.alone])
    try desk.expectClean()
  }

  @Test("requests that name no organisation are joined too, those of others are not")
  func organisations() throws {
    let line = desk.line("POST /appointments/bookings", age: 90, id: "r1")
    try desk.ingest([line], org: nil)
    _ = try desk.send(desk.event("meeting.booked", "{}"))
    #expect(try desk.charges() == ["meeting.book counted 1 20 POST"])
    let other = try Desk()
    _ = try other.send(other.event("meeting.booked", "{}"))
    try other.ingest([line], org: "org_2")
    #expect(try other.charges().count == 2)
    try other.ingest([other.line("POST /appointments/bookings", age: 90, id: "r2")], org: nil)
    #expect(try other.charges().count == 2)
    try other.expectClean()
  }

  @Test("each event is joined to a request of its own")
  func oneToOne() throws {
    for logFirst in [true, false] {
      let desk = try Desk()
      let lines = (0..<3).map {
        desk.line("POST /voice/dialer/sessions/s1/resume", age: Int64(600 - $0), id: "r\($0)")
      }
      let events = (0..<5).map {
        desk.event("voice_ai.call_completed", #"{"duration":150}"#, id: "e\($0)", age: Int64($0))
      }
      if logFirst { try desk.ingest(lines) }
      for event in events { _ = try desk.send(event) }
      if !logFirst { try desk.ingest(lines) }
      let charges = try desk.charges()
      // Five calls of three minutes each, of which three are those of the requests.
      #expect(charges.count == 5)
      #expect(charges.allSatisfy { $0.hasPrefix("voice.outbound counted 2.5 60") })
      #expect(charges.filter { $0.hasSuffix("POST") }.count == 3)
      try desk.expectClean()
    }
  }

  @Test("an event is known for ever, by its key, its id, or its bytes")
  func duplicates() throws {
    let bodies = [
      desk.event("meeting.booked", #"{"idempotency_key":"k1"}"#, id: "e1"),
      desk.event("meeting.booked", "{}", id: "e2"), desk.event("meeting.booked", #"{"n":1}"#),
    ]
    for body in bodies { #expect(try desk.send(body) == stored("meeting.booked", 20)) }
    // The same key under another id, at another time, from another process.
    try desk.reopen()
    let again = desk.event("meeting.booked", #"{"idempotency_key":"k1","x":1}"#, id: "e9", age: 60)
    for body in bodies + [again] {
      #expect(try desk.send(body) == .duplicate(event: "meeting.booked"))
    }
    #expect(try desk.charges().count == 3)
    try desk.expectClean()
  }

  @Test("a job that two events tell of is charged once")
  func jobTwice() throws {
    let data = #"{"job_id":"j1","total_credits_used":4}"#
    #expect(
      try desk.send(desk.event("enrichment.job_completed", data, id: "e1"))
        == stored("enrichment.job_completed", 4)
    )
    #expect(
      try desk.send(desk.event("enrichment.job_completed", data, id: "e2"))
        == .ignored(event: "enrichment.job_completed")
    )
    #expect(try desk.charges().count == 1)
  }

  @Test("an event that nobody charges for is counted, and changes nothing")
  func unknown() throws {
    for (name, data) in [
      ("test", "{}"), ("visitor.identified", "{}"), ("engagement.email_sent", "{}"),
      ("credits.changed", #"{"balance":1,"credits":5}"#),
    ] {
      #expect(try desk.send(desk.event(name, data)) == .ignored(event: name))
    }
    #expect(try desk.charges().isEmpty)
    let counts = try desk.store.eventCounts(of: "org_1", since: Instant(microseconds: 0))
    #expect(counts.map(\.name).count == 4)
    #expect(counts.allSatisfy { $0.events == 1 && $0.charged == 0 })
  }

  @Test("any order of log lines and events comes to the same", arguments: 0..<12)
  func anyOrder(seed: Int) throws {
    let desk = try Desk()
    var random = SeededRandom(seed: UInt64(seed))
    var acts: [() throws -> Void] = []
    var expected: [String] = []
    for hour in 1...5 {
      let age = Int64(hour) * 3_600
      let time = Instant(microseconds: desk.now.microseconds - (age - 50) * 1_000_000)
      let stories: [(call: String, more: String, event: String, data: String, charge: String)] = [
        (
          "POST /appointments/bookings", "", "meeting.booked", #"{"booked_at":"\#(time)"}"#,
          "meeting.book counted 1 20 POST"
        ),
        (
          "POST /voice/calls", #","response_body":{"room_name":"room_\#(hour)"}"#,
          "voice_ai.call_completed",
          #"{"completed_at":"\#(time)","room_name":"room_\#(hour)","duration":\#(hour * 60)}"#,
          "voice.outbound counted \(hour) \(hour * 20) POST"
        ),
        (
          "POST /enrichment/enrich", #","response_body":{"job_id":"j\#(hour)"}"#,
          "enrichment.job_completed",
          #"{"completed_at":"\#(time)","job_id":"j\#(hour)","credits":\#(hour)}"#,
          "enrichment.waterfall measured 1 \(hour) POST"
        ),
      ]
      for (number, story) in stories.enumerated() {
        let id = "\(hour)-\(number)"
        let line = desk.line(story.call, age: age, id: id, story.more)
        let event = desk.event(story.event, story.data, id: id)
        acts += [{ try desk.ingest([line]) }, { _ = try desk.send(event) }]
        expected.append(story.charge)
      }
    }
    // Some of it comes twice.
    for act in (acts + acts.filter { _ in random.chance(0.3) }).shuffled(using: &random) {
      try act()
    }
    #expect(try desk.charges().sorted() == expected.sorted())
    try desk.expectClean()
  }

  @Test("an event is kept with its charge, or not at all")
  func oneTransaction() throws {
    let other = try DatabaseQueue(path: desk.folder.appending(path: "usage.db").path)
    let event = desk.event("meeting.booked", "{}", id: "e1")
    for table in ["events", "charge_blocks", "daily_blocks", "totals"] {
      let change = table == "totals" ? "UPDATE" : "INSERT"
      let trigger = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
      try other.write {
        try $0.execute(sql: "CREATE TRIGGER broken BEFORE \(change) ON \(table) \(trigger)")
      }
      #expect(throws: (any Error).self, "\(table)") { try desk.send(event) }
      try other.write { try $0.execute(sql: "DROP TRIGGER broken") }
      #expect(try desk.charges().isEmpty)
      #expect(try desk.store.eventCounts(of: "org_1", since: Instant(microseconds: 0)).isEmpty)
    }
    #expect(try desk.send(event) == stored("meeting.booked", 20))
    try desk.expectClean()
  }

  @Test("numbers that nothing can hold are no charge, and none that break")
  func absurd() throws {
    for (number, data) in [
      #"{"duration":1e400}"#, #"{"duration":99999999999999999999999999}"#,
      #"{"duration":"x"}"#, #"{"duration":-5}"#, #"{"duration":[1,2]}"#, "[]", "7",
    ].enumerated() {
      _ = try desk.send(desk.event("voice_ai.call_completed", data, id: "e\(number)"))
    }
    try desk.expectClean()
  }
}
