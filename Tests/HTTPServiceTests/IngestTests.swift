import ByteSources
import CreditCore
import HTTPTypes
import Intake
import Testing
import UsageStore

@testable import HTTPService

@Suite("What clients send is stored once, whoever else stores something")
struct IngestTests {
  private static func lines(_ ids: Range<Int>) -> [UInt8] {
    let lines = ids.map { id in
      #"{"timestamp":"2026-11-26T10:00:\#(10 + id % 50)Z","method":"POST","status":200,"#
        + #""path":"/api/v1/voice/calls","request_id":"r\#(id)","org_id":"acme","#
        + #""usage":{"minutes":1}}"#
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  /// Sends a batch: how many of it were new, and how many known.
  private func send(_ ids: Range<Int>, _ service: TestService) async throws -> [Int?] {
    let reply = try await service.ask(
      .post,
      "/v1/requests",
      type: "application/x-ndjson",
      body: Self.lines(ids)
    )
    return [try reply.field("accepted") as? Int, try reply.field("duplicates") as? Int]
  }

  @Test("a batch knows what another import stored since the batch before")
  func between() async throws {
    let service = try TestService(isOpen: true)
    #expect(try await send(0..<40, service) == [40, 0])
    // It waits for the session to end.
    let options = IngestWorkflow.Options(now: TestService.now)
    let shelf = service.desk.shelf
    try IngestWorkflow.run(service.store, shelf, options) { workflow in
      try workflow.read(MemorySource(Self.lines(30..<70)), name: "a file")
      #expect(workflow.counts.accepted == 30)
    }
    #expect(try await send(60..<90, service) == [20, 10])
    #expect(try await send(0..<90, service) == [0, 90])
    #expect(try service.store.usage(UsageQuery()).totals.requests == 90)
    #expect(try service.store.check().allSatisfy { $0.differences == 0 })
  }

  @Test("sessions that follow one another know the same, and each counts its own")
  func sessions() async throws {
    let service = try TestService(isOpen: true)
    for batch in 0..<6 {
      #expect(
        try await send(batch * 20..<batch * 20 + 30, service) == [
          batch == 0 ? 30 : 20, batch == 0 ? 0 : 10,
        ]
      )
      // Longer than a session waits for more.
      try await Task.sleep(for: .milliseconds(40))
    }
    #expect(try service.store.usage(UsageQuery()).totals.requests == 130)
    #expect(try service.store.check().allSatisfy { $0.differences == 0 })
  }

  @Test("a Content-Type is its media type, whatever stands around it")
  func mediaTypes() {
    for (text, expected) in [
      ("text/csv", "text/csv"), (" Text/CSV ; charset=utf-8", "text/csv"), ("", nil),
      ("a/b;", "a/b"), (" ", ""), (";a/b", ""),
    ] {
      #expect(mediaType(text) == expected)
    }
  }
}
