import CreditCore
import Foundation
import TestSupport
import Testing
import Transport

/// Messages as they are sent.
enum Samples {
  static func message(_ state: AlertMessage.State = .firing) throws -> AlertMessage {
    var message = AlertMessage(
      id: "msg_2f1c",
      rule: "low balance",
      severity: .critical,
      state: state,
      org: "org_demo",
      since: try #require(Instant("2026-11-20T11:00:00Z")),
      at: try #require(Instant("2026-11-20T12:00:00.5Z"))
    )
    message.value = try ExactDecimal("4999.5")
    message.threshold = ExactDecimal(5_000)
    message.unit = "credits"
    message.level = "50%"
    message.dataAsOf = Instant("2026-11-20T11:59:00Z")
    message.reason = "4,999.5 credits are left; <the rule> says \"5,000\" & more"
    message.action = "Add credits, or pause a campaign."
    return message
  }

  static let now = Instant(microseconds: 1_795_176_123_400_000)
}

/// What a web server of the tests was sent.
struct Post: Decodable {
  var headers: [String: String]
  var body: String

  static func all(_ server: LoopbackServer) throws -> [Post] {
    try JSONDecoder().decode([Post].self, from: get(server.origin + "/posts"))
  }
}

func get(_ url: String) throws -> Data {
  let response = try Connection().send(.init(.get, try WebAddress(url), policy: .loopbackOnly))
  return Data(response.body)
}
