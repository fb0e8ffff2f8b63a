import CreditCore
import Foundation
import Notifications
import TestSupport
import Testing

@Suite("Prometheus Alertmanager takes the alerts")
struct AlertmanagerTests {
  struct Alert: Decodable {
    struct Status: Decodable { var state: String }

    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
    var status: Status
  }

  @Test("an alert is there until its resolution is told, under every form of the address")
  func lifecycle() throws {
    let server = try LoopbackServer("Servers/alertmanager")
    #expect(eventually { (try? get(server.origin + "/-/ready")).map { !$0.isEmpty } == true })
    func alerts() throws -> [Alert] {
      try JSONDecoder().decode([Alert].self, from: get(server.origin + "/api/v2/alerts"))
    }
    let now = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    var message = try Samples.message()
    message.since = Instant(microseconds: now.microseconds - 60_000_000)
    message.at = now
    for path in ["", "/"] {
      let sink = AlertmanagerSink(url: Secret(server.origin + path))
      #expect(sink.deliver(message, at: now) == .delivered)
    }
    #expect(eventually { (try? alerts().count) == 1 })
    let alert = try #require(try alerts().first)
    #expect(
      alert.labels == [
        "alertname": "low balance", "severity": "critical", "service": "creditmeter",
        "org": "org_demo", "level": "50%",
      ]
    )
    #expect(alert.annotations["summary"] == "CRITICAL: low balance, 50% (org_demo)")
    #expect(alert.annotations["description"]?.contains("Add credits") == true)
    #expect(alert.annotations["message_id"] == "msg_2f1c")
    #expect(alert.status.state == "active" || alert.status.state == "unprocessed")
    // It would end by itself after five minutes otherwise.
    #expect(alert.endsAt > message.at.description.prefix(4))
    let end = try #require(Instant(alert.endsAt))
    #expect(end.microseconds - now.microseconds > 300 * 86_400_000_000)
    message.state = .resolved
    message.at = now
    let sink = AlertmanagerSink(url: Secret(server.origin))
    #expect(sink.deliver(message, at: now) == .delivered)
    #expect(eventually { (try? alerts().isEmpty) == true })
  }

  @Test("one that nobody runs is tried again")
  func nobody() throws {
    let outcome = AlertmanagerSink(url: Secret("http://127.0.0.1:1"))
      .deliver(try Samples.message(), at: Samples.now)
    guard case .retry = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }
}

/// Waits until something is so; false where it never is.
private func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<600 {
    if condition() { return true }
    Thread.sleep(forTimeInterval: 0.05)
  }
  return false
}
