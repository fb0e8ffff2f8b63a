import CreditCore
import Digests
import Foundation
import Notifications
import TestSupport
import Testing

@Suite("Messages arrive at web servers as those expect them")
struct WebSinkTests {
  let server: LoopbackServer

  init() throws { server = try LoopbackServer("Servers/web-server") }

  func url(_ path: String) -> Secret { Secret(server.origin + path) }

  struct Body: Decodable {
    var schema: String
    var id: String
    var rule: String
    var severity: String
    var state: String
    var org: String
    var value: Double?
    var threshold: Double?
    var unit: String
    var since: String
    var at: String
    var dataAsOf: String?
    var reason: String
    var action: String

    static func read(_ text: String) throws -> Body {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Body.self, from: Data(text.utf8))
    }
  }

  static let keys: [(secret: String, key: [UInt8])] = [
    (
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      bytes(base64: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") ?? []
    ),
    ("canary of words", Array("canary of words".utf8)),
  ]

  @Test("a webhook is signed, and a second attempt has the same id", arguments: keys.indices)
  func webhook(index: Int) throws {
    let (secret, key) = Self.keys[index]
    let sink = WebhookSink(url: url("/hook/204"), secret: Secret(secret))
    let message = try Samples.message()
    let later = Instant(microseconds: Samples.now.microseconds + 300_000_000)
    #expect(sink.deliver(message, at: Samples.now) == .delivered)
    #expect(sink.deliver(message, at: later) == .delivered)
    let posts = try Post.all(server)
    #expect(posts.count == 2)
    for (post, time) in zip(posts, ["1795176123", "1795176423"]) {
      #expect(post.headers["webhook-id"] == "msg_2f1c")
      #expect(post.headers["webhook-timestamp"] == time)
      let code = try hmacSHA256(key: key, "msg_2f1c.\(time).\(post.body)".utf8)
      #expect(post.headers["webhook-signature"] == "v1," + base64Text(code))
      #expect(post.headers["content-type"] == "application/json")
    }
    #expect(posts[0].body == posts[1].body)
    let body = try Body.read(posts[0].body)
    #expect(body.schema == "creditmeter.alert/1")
    #expect(body.id == "msg_2f1c" && body.rule == "low balance" && body.org == "org_demo")
    #expect(body.severity == "critical" && body.state == "firing" && body.unit == "credits")
    #expect(body.value == 4_999.5 && body.threshold == 5_000)
    #expect(body.since == "2026-11-20T11:00:00Z" && body.at == "2026-11-20T12:00:00.5Z")
    #expect(body.dataAsOf == "2026-11-20T11:59:00Z")
    #expect(body.reason == message.reason && body.action == message.action)
  }

  @Test("a value that is not known is null, and never 0")
  func unknown() throws {
    var message = try Samples.message()
    (message.value, message.threshold, message.dataAsOf) = (nil, nil, nil)
    message.reason = "a\u{1}b\n\"c\" \u{2028} é"
    let body = try Body.read(message.json)
    #expect(body.value == nil && body.threshold == nil && body.dataAsOf == nil)
    #expect(body.reason == message.reason)
    #expect(!message.json.contains("\n"))
    message.value = try ExactDecimal("0.1234567890123")
    #expect(message.json.contains(#""value":0.123457,"#))
  }

  @Test("without a secret nothing is signed, and a secret that is none refuses")
  func secrets() throws {
    let message = try Samples.message()
    #expect(
      WebhookSink(url: url("/hook/200"), secret: nil).deliver(message, at: Samples.now)
        == .delivered
    )
    #expect(try Post.all(server).first?.headers["webhook-signature"] == nil)
    let outcome = WebhookSink(url: url("/hook/200"), secret: Secret("whsec_canary!"))
      .deliver(message, at: Samples.now)
    guard case .refused(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("whsec_") && !reason.contains("canary"))
    #expect(try Post.all(server).count == 1)
  }

  static let answers: [(path: String, word: String, after: Int64?)] = [
    ("/hook/200", "delivered", nil), ("/hook/202", "delivered", nil),
    ("/big/200000?200", "delivered", nil), ("/big/200000?410", "gone", nil),
    ("/hook/410", "gone", nil), ("/hook/400", "refused", nil),
    ("/hook/401", "refused", nil), ("/hook/403", "refused", nil), ("/hook/404", "refused", nil),
    ("/hook/405", "refused", nil), ("/hook/413", "refused", nil), ("/hook/422", "refused", nil),
    ("/to/hook/200", "refused", nil), ("/to/x?http://169.254.169.254/", "refused", nil),
    ("/hook/408", "retry", nil), ("/hook/409", "retry", nil), ("/hook/429?7", "retry", 7),
    ("/hook/503?999999999", "retry", 86_400), ("/hook/500?soon", "retry", nil),
    ("/hook/500", "retry", nil), ("/cut/", "retry", nil), ("/garbage/", "retry", nil),
  ]

  @Test("an answer says what becomes of the message", arguments: answers)
  func outcome(path: String, word: String, after: Int64?) throws {
    let address = path + (path.hasPrefix("/cut") ? "?canary" : "")
    let sink = SlackSink(url: url(address))
    let outcome = sink.deliver(try Samples.message(), at: Samples.now)
    switch outcome {
    case .delivered: #expect(word == "delivered")
    case .gone(let reason):
      #expect(word == "gone")
      #expect(reason.hasPrefix(server.origin + " "))
    case .refused(let reason):
      #expect(word == "refused")
      #expect(!reason.contains("canary"))
    case .retry(let reason, let pause):
      #expect(word == "retry")
      #expect(pause?.seconds == after)
      #expect(!reason.contains("canary") && !reason.contains("/hook"))
    }
  }

  @Test("Slack gets text in which nothing is a link or a call")
  func slack() throws {
    var message = try Samples.message(.resolved)
    message.rule = "<!channel> & co"
    let sink = SlackSink(url: url("/hook/200"))
    #expect(sink.deliver(message, at: Samples.now) == .delivered)
    let post = try #require(try Post.all(server).first)
    let text = try #require(
      try JSONDecoder().decode([String: String].self, from: Data(post.body.utf8))["text"]
    )
    #expect(text.hasPrefix("*RESOLVED: &lt;!channel&gt; &amp; co, 50% (org_demo)*\n"))
    #expect(text.contains("Add credits, or pause a campaign."))
    #expect(text.contains("value 4999.5 credits, threshold 5000"))
    #expect(!text.contains("<"))
  }

  @Test("what leads to this machine or a private network in disguise is refused")
  func disguises() throws {
    for host in ["https://127.0.0.1", "https://0x7f.1", "http://10.0.0.1", "https://[::1]"] {
      let sink = SlackSink(url: Secret("\(host):\(server.port)/hook/200"))
      guard case .refused = sink.deliver(try Samples.message(), at: Samples.now) else {
        Issue.record("\(host) was sent to")
        continue
      }
    }
    #expect(try Post.all(server).isEmpty)
  }

  @Test("a destination without its variable refuses, and says which")
  func variables() throws {
    let sinks = Sinks(
      variable: { $0 == "SLACK_URL" ? server.origin + "/hook/200" : nil },
      write: { _ in }
    )
    let message = try Samples.message()
    let slack = Destination(name: "team", kind: .slack(.variable("SLACK_URL")))
    #expect(sinks.sink(for: slack).deliver(message, at: Samples.now) == .delivered)
    let hook = Destination(
      name: "ops",
      kind: .webhook(.literal(server.origin + "/hook/200"), secretVariable: "OPS_SECRET")
    )
    #expect(
      sinks.sink(for: hook).deliver(message, at: Samples.now)
        == .refused("the variable OPS_SECRET is not set")
    )
    #expect(try Post.all(server).count == 1)
  }

  @Test("standard output gets a line for each message")
  func output() throws {
    var lines: [String] = []
    let sinks = Sinks(variable: { _ in nil }, write: { lines.append($0) })
    let sink = sinks.sink(for: Destination(name: "log", kind: .stdout))
    var message = try Samples.message()
    message.org = "org\nforged\u{1B}[2J"
    #expect(sink.deliver(message, at: Samples.now) == .delivered)
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasPrefix("2026-11-20T12:00:00.5Z  CRITICAL: low balance, 50% (org") == true
    )
    #expect(lines.first?.filter(\.isNewline).count == 1)
    #expect(lines.first?.contains("\u{1B}") == false)
  }
}
