import CreditCore
import TestSupport
import Testing

@testable import Graph8API
@testable import Transport

/// A clock that waiting alone moves, and answers one after another.
private final class Scene {
  var now: Int64 = 0
  var waits: [Int64] = []
  var requests: [HTTPRequest] = []
  var answers: [Result<HTTPResponse, TransportFault>]

  init(_ answers: [Result<HTTPResponse, TransportFault>]) { self.answers = answers }

  func client(org: String? = "org_demo", url: String = "https://api.example.com") throws
    -> Graph8Client
  {
    let start = try #require(Instant("2026-11-20T12:00:00Z"))
    let pace = Graph8Pace(
      now: { Instant(microseconds: start.microseconds + self.now) },
      microseconds: { self.now },
      wait: {
        self.waits.append($0)
        self.now += $0
      },
      mustEnd: { false },
      random: { 0 }
    )
    let account = try Graph8Account(address: url, key: Secret("g8_live_canary"), org: org)
    return Graph8Client(account, perSecond: ExactDecimal(5), pace) {
      (request) throws(TransportFault) in
      self.requests.append(request)
      self.now += 1_000
      if self.answers.isEmpty { throw TransportFault(.unreachable, at: nil, "nothing more") }
      return try self.answers.removeFirst().get()
    }
  }
}

private func answer(
  _ body: String,
  _ status: Int = 200,
  _ headers: [(name: String, value: String)] = []
) -> Result<HTTPResponse, TransportFault> {
  .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
}

private let balance = #"{"balance":12450,"billing_period_used":62550,"tier":"platform"}"#

private typealias Failure = (
  status: Int, body: String, headers: [(name: String, value: String)],
  kind: Graph8Fault.Kind, words: [String]
)

private let page = "<!DOCTYPE html><html><body>Error 1015</body></html>"

private let failures: [Failure] = [
  (
    401, #"{"error":{"code":"unauthorized","message":"no","request_id":"req_9"}}"#, [],
    .notAllowed,
    ["401", "req_9", "G8_API_KEY"]
  ),
  (
    402, #"{"error":{"code":"insufficient_credits","message":"empty"}}"#, [], .outOfCredits,
    ["out of credits", "empty"]
  ),
  (402, #"{"detail":{"error":"insufficient_credits","message":"empty"}}"#, [], .outOfCredits, []),
  (
    402, #"{"detail":{"error":"subscription_invalid","message":"none"}}"#, [], .noSubscription,
    ["subscription"]
  ),
  (402, #"{"detail":"subscription_invalid"}"#, [], .noSubscription, []),
  (402, #""out of it""#, [], .outOfCredits, ["out of it"]),
  (
    403, #"{"type":"forbidden","code":"missing_scope","message":"usage:read is missing"}"#,
    [(name: "X-Request-Id", value: "req_h")], .forbidden, ["req_h", "usage:read is missing"]
  ),
  (403, page, [], .blocked, ["firewall"]),
  (404, #"{"detail":"Not Found"}"#, [], .noAccount, ["no credits on record", "--api"]),
  (
    422, #"{"detail":[{"loc":["query"],"msg":"bad page","type":"value"}]}"#, [], .refused,
    ["bad page"]
  ),
  (418, "short and stout", [], .refused, ["418"]),
  (302, "", [], .garbled, []),
  (429, page, [(name: "Retry-After", value: "90")], .limited, ["firewall", "90 s", "91 s"]),
  (
    429, #"{"detail":"Rate limit exceeded."}"#, [(name: "Retry-After", value: "40")], .limited,
    ["Rate limit exceeded"]
  ),
]

@Suite("What graph8 answers is understood, in both editions")
struct ClientTests {
  @Test("both endpoints tell the balance, exactly")
  func balances() throws {
    let snapshot = try Scene([answer(balance)]).client().balance(.credits)
    #expect(snapshot.balance == Credits(micros: 12_450_000_000))
    #expect(snapshot.billingPeriodUsed == Credits(micros: 62_550_000_000))
    #expect(snapshot.tier == "platform")
    #expect(snapshot.org == "org_demo")
    let usage =
      #"{"data":{"customer_id":"org_a","credits":75000.0,"held_credits":0.0,"#
      + #""available_credits":12450.30000000000001,"total_earned":75000.0,"total_used":0.1}}"#
    let other = try Scene([answer(usage)]).client(org: nil).balance(.usage)
    #expect(other.balance == Credits(micros: 12_450_300_000))
    #expect(other.billingPeriodUsed == Credits(micros: 100_000))
    #expect(other.org == "org_a")
    #expect(throws: Graph8Fault.self) { try Scene([answer(usage)]).client().balance(.usage) }
  }

  @Test("the request is what graph8 wants, under every form of the address")
  func request() throws {
    for url in [
      "https://api.example.com", "https://api.example.com/", "https://api.example.com/api/v1",
      "https://api.example.com/api/v1/",
    ] {
      let scene = Scene([answer(balance)])
      _ = try scene.client(url: url).balance(.credits)
      let request = try #require(scene.requests.first)
      #expect(request.address.complete == "https://api.example.com/api/v1/me/credits")
      let headers = Dictionary(
        uniqueKeysWithValues: request.headers.map { ($0.name, $0.value.revealed) }
      )
      #expect(headers["Authorization"] == "Bearer g8_live_canary")
      #expect(headers["X-Org-Id"] == "org_demo")
    }
    for url in ["http://api.example.com", "ftp://x", "api.example.com", "https://a:b@example.com"] {
      #expect(throws: EnvironmentFault.self) { try Scene([]).client(url: url) }
    }
  }

  @Test("an answer that is no success is explained in words", arguments: failures.indices)
  func failure(index: Int) throws {
    let failure = failures[index]
    let scene = Scene([answer(failure.body, failure.status, failure.headers)])
    let fault = try #require(
      Self.fault { () throws(Graph8Fault) in
        _ = try Self.client(scene).balance(.credits)
      }
    )
    #expect(fault.kind == failure.kind, "\(fault)")
    #expect(scene.requests.count == 1)
    for words in failure.words where !(words == "90 s" || words == "91 s") {
      #expect(fault.description.contains(words), "\(fault)")
    }
    if failure.words.contains("90 s") {
      #expect(["90 s", "91 s"].contains { fault.description.hasSuffix($0) }, "\(fault)")
    }
    #expect(!fault.description.contains("canary"))
  }

  private static func client(_ scene: Scene) -> Graph8Client {
    // The address is a good one.
    guard let client = try? scene.client() else { preconditionFailure("no client") }
    return client
  }

  static func fault(_ body: () throws(Graph8Fault) -> Void) -> Graph8Fault? {
    do throws(Graph8Fault) { try body() } catch { return error }
    return nil
  }

  static let noBalances: [String] = [
    "", "null", "[]", "[1]", "12450", #""12450""#, page, "{", #"{"balance":1,}"#, "{}",
    #"{"balance":null}"#, #"{"balance":true}"#, #"{"balance":"many"}"#, #"{"balance":""}"#,
    #"{"balance":NaN}"#, #"{"balance":1e400}"#, #"{"balance":0.1234567}"#, #"{"balance":[1]}"#,
    #"{"balance":1,"balance":2}"#, #"{"balance":99999999999999}"#, #"{"balance":1,"tier":7}"#,
    #"{"balance":1,"billing_period_used":"x"}"#,
  ]

  @Test("an answer without a balance is none, and never zero", arguments: noBalances)
  func unusable(body: String) throws {
    let fault = Self.fault { () throws(Graph8Fault) in
      _ = try Self.client(Scene([answer(body)])).balance(.credits)
    }
    #expect(fault?.kind == .garbled)
  }

  @Test("amounts below zero and amounts in quotes are amounts")
  func amounts() throws {
    let negative = #"{"balance":-12.5}"#
    #expect(
      try Scene([answer(negative)]).client().balance(.credits).balance
        == Credits(micros: -12_500_000)
    )
    let quoted = #"{"balance":"12450.25"}"#
    #expect(
      try Scene([answer(quoted)]).client().balance(.credits).balance
        == Credits(micros: 12_450_250_000)
    )
  }

  @Test("a fault that passes is waited for")
  func retries() throws {
    let scene = Scene([
      answer("", 500), .failure(TransportFault(.cutOff, at: nil, "")),
      answer(page, 429, [(name: "Retry-After", value: "3")]), answer(balance),
    ])
    _ = try scene.client().balance(.credits)
    #expect(scene.requests.count == 4)
    #expect(scene.waits == [250_000, 500_000, 3_000_000])
    let insecure = Scene([.failure(TransportFault(.insecure, at: nil, ""))])
    #expect(throws: Graph8Fault.self) { try insecure.client().balance(.credits) }
    #expect(insecure.requests.count == 1)
  }

  @Test("a pause that one call is asked for holds for all that follow")
  func shared() throws {
    let limited = answer("", 429, [(name: "Retry-After", value: "60")])
    let scene = Scene([limited, answer(balance)])
    let client = try scene.client()
    #expect(throws: Graph8Fault.self) { try client.balance(.credits) }
    let fault = try #require(
      Self.fault { () throws(Graph8Fault) in
        _ = try client.balance(.credits)
      }
    )
    #expect(fault.waitAtLeast.map { $0 > 59_000_000 } == true)
    #expect(scene.requests.count == 1)
    scene.now += 60_000_000
    #expect(try client.balance(.credits).balance != nil)
  }

  @Test("the limit that the headers tell is kept, and a window that is used up")
  func headers() throws {
    let told = answer(
      balance,
      200,
      [
        (name: "X-RateLimit-Limit-Second", value: "2"), (name: "X-RateLimit-Remaining", value: "0"),
        (name: "X-RateLimit-Reset", value: "1795176010"),
      ]
    )
    let scene = Scene([told, answer(balance)])
    let client = try scene.client()
    _ = try client.balance(.credits)
    #expect(client.limit.calls == 2)
    _ = try client.balance(.credits)
    #expect(scene.waits == [10_000_000])
  }

  @Test("pages are followed by number and by cursor, and never in a circle")
  func pages() throws {
    let numbered = Scene([
      answer(#"{"data":[1,2],"pagination":{"page":1,"has_next":true,"next_cursor":null}}"#),
      answer(#"{"data":[3],"pagination":{"page":2,"has_next":false}}"#),
    ])
    #expect(try rows(numbered) == [2, 1])
    #expect(
      numbered.requests.map(\.address.complete) == [
        "https://api.example.com/api/v1/usage/transactions?limit=200",
        "https://api.example.com/api/v1/usage/transactions?limit=200&page=2",
      ]
    )
    let cursors = Scene([
      answer(#"{"data":[1],"pagination":{"has_next":true,"next_cursor":"a b/="}}"#),
      answer(#"{"data":[2],"pagination":{"next_cursor":null}}"#),
    ])
    #expect(try rows(cursors) == [1, 1])
    #expect(cursors.requests[1].address.complete.hasSuffix("&cursor=a%20b%2F%3D"))
    #expect(try rows(Scene([answer("[]")])) == [0])
    #expect(try rows(Scene([answer(#"{"data":[1,2,3]}"#)])) == [3])
    let again = answer(#"{"data":[1],"pagination":{"has_next":true,"next_cursor":"x"}}"#)
    #expect(throws: Graph8Fault.self) { try rows(Scene([again, again, again])) }
    let empty = answer(#"{"data":[],"pagination":{"has_next":true}}"#)
    #expect(try rows(Scene([empty, empty])) == [0])
    #expect(throws: Graph8Fault.self) { try rows(Scene([answer(#"{"rows":[]}"#)])) }
  }

  private func rows(_ scene: Scene) throws -> [Int] {
    var rows: [Int] = []
    try scene.client().transactions { rows.append($0.rows) }
    return rows
  }
}
