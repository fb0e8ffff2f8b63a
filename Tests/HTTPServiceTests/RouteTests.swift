import CreditCore
import Foundation
import HTTPTypes
import Testing
import UsageStore

@testable import HTTPService

// One after the other, as in AuthorisationTests.
@Suite("What routes take and give", .serialized)
struct RouteTests {
  private static let line = """
    {"timestamp":"2026-11-25T10:00:00Z","method":"POST","path":"/api/v1/voice/calls",\
    "status":200,"request_id":"a","usage":{"minutes":1.5}}
    """

  private func post(
    _ service: TestService,
    _ text: String,
    type: String = "application/x-ndjson",
    headers: HTTPFields = [:],
    token: String
  ) async throws -> TestService.Reply {
    try await service.ask(
      .post,
      "/v1/requests",
      token: token,
      type: type,
      headers: headers,
      body: Array(text.utf8)
    )
  }

  @Test("every answer has the date, as HTTP writes it")
  func givesDate() async throws {
    let service = try TestService(isOpen: true)
    for target in ["/healthz", "/v1/balance", "/nowhere"] {
      let reply = try await service.ask(.get, target)
      #expect(reply.headers[.date] == "Thu, 26 Nov 2026 12:00:00 GMT", "\(target)")
    }
  }

  @Test("requests are stored once, however often and in whichever form they come")
  func ingest() async throws {
    let service = try TestService()
    let token = try service.token([.ingest, .read]).text
    let first = try await post(service, Self.line, token: token)
    #expect(try first.field("accepted") as? Int == 1)
    #expect(try first.field("credits") as? Int == 40)
    for (text, type) in [
      (Self.line, "application/x-ndjson"), ("[\(Self.line)]", "application/json"),
      ("{\"data\":[\(Self.line)]}", "application/json; charset=utf-8"),
    ] {
      let again = try await post(service, text, type: type, token: token)
      #expect(again.status == 200)
      #expect(try again.field("duplicates") as? Int == 1)
    }
    let usage = try await service.ask(.get, "/v1/usage?by=operation", token: token)
    let totals = try #require(try usage.field("totals") as? [String: Any])
    #expect(totals["credits"] as? Int == 40)
  }

  @Test("many clients at once share commits, and each hears of its own")
  func groups() async throws {
    let service = try TestService()
    let tokens = try (0..<3).map { try service.token([.ingest], org: "org\($0)").text }
    let replies = try await withThrowingTaskGroup(of: (Int, TestService.Reply).self) { group in
      for number in 0..<60 {
        let token = tokens[number % 3]
        group.addTask {
          let lines = (0...number % 7).map { place in
            Self.line.replacingOccurrences(of: "\"a\"", with: "\"r\(number)-\(place)\"")
          }
          let text = (lines + (number % 5 == 0 ? ["nonsense"] : [])).joined(separator: "\n")
          return (number, try await post(service, text, token: token))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(replies.count == 60)
    for (number, reply) in replies {
      #expect(try reply.field("accepted") as? Int == number % 7 + 1)
      #expect(try reply.field("rejected") as? Int == (number % 5 == 0 ? 1 : 0))
      let rejects = try #require(try reply.field("rejects") as? [[String: Any]])
      #expect(rejects.count == (number % 5 == 0 ? 1 : 0))
      if let reject = rejects.first { #expect(reject["line"] as? Int == number % 7 + 2) }
    }
  }

  @Test("what says that it is of another organisation is refused")
  func otherOrganisation() async throws {
    let service = try TestService()
    let token = try service.token([.ingest, .read]).text
    let foreign = Self.line.replacingOccurrences(
      of: "\"status\"",
      with: "\"org_id\":\"beta\",\"status\""
    )
    let reply = try await post(service, foreign, token: token)
    #expect(try reply.field("rejected") as? Int == 1)
    let snapshot = #"{"timestamp":"2026-11-25T10:00:00Z","org_id":"beta","balance":5}"#
    let balance = try await service.ask(
      .post,
      "/v1/snapshots",
      token: token,
      type: "application/json",
      body: Array(snapshot.utf8)
    )
    #expect(try balance.field("rejected") as? Int == 1)
    #expect(try service.store.organisations().isEmpty)
  }

  @Test("a balance is given as it came, null where it is not known")
  func balance() async throws {
    let service = try TestService()
    let token = try service.token([.ingest, .read]).text
    let unknown = try await service.ask(.get, "/v1/balance", token: token)
    #expect(try unknown.field("balance") is NSNull)
    let snapshot = """
      {"timestamp":"2026-11-25T10:00:00Z","balance":1200.5,"billing_period_used":7,"tier":"payg"}
      """
    _ = try await service.ask(
      .post,
      "/v1/snapshots",
      token: token,
      type: "application/json",
      body: Array(snapshot.utf8)
    )
    let known = try await service.ask(.get, "/v1/balance", token: token)
    #expect(try known.field("balance") as? Double == 1_200.5)
    #expect(try known.field("at") as? String == "2026-11-25T10:00:00Z")
    let tag = try #require(known.headers[.eTag])
    let same = try await service.ask(
      .get,
      "/v1/balance",
      token: token,
      headers: [.ifNoneMatch: tag]
    )
    #expect(same.status == 304 && same.text.isEmpty)
  }

  @Test("an Idempotency-Key gives the same answer again, and refuses another request")
  func idempotency() async throws {
    let service = try TestService()
    let token = try service.token([.ingest]).text
    let headers: HTTPFields = [.idempotencyKey: "k1"]
    let first = try await post(service, Self.line, headers: headers, token: token)
    let second = try await post(service, Self.line, headers: headers, token: token)
    #expect(first.text == second.text)
    #expect(second.headers[.idempotentReplay] == "true")
    let other = try await post(service, Self.line + "\n", headers: headers, token: token)
    #expect(other.status == 409)
  }

  /// What is refused: the request, and how.
  static let refusals: [(String, HTTPRequest.Method, String, String?, Int, Int)] = [
    ("no such place", .get, "/v1/nothing", nil, 0, 404),
    ("another method", .delete, "/v1/usage", nil, 0, 405),
    ("an unknown parameter", .get, "/v1/usage?bye=day", nil, 0, 400),
    ("an unknown grouping", .get, "/v1/usage?by=dya", nil, 0, 400),
    ("a parameter twice", .get, "/v1/usage?by=day&by=day", nil, 0, 400),
    ("half a percent", .get, "/v1/usage?by=%4", nil, 0, 400),
    ("no instant", .get, "/v1/usage?since=yesterday", nil, 0, 400),
    ("no zone", .get, "/v1/usage?by=day&timezone=Mars/Olympus", nil, 0, 400),
    ("a page beyond", .get, "/v1/usage?by=day&limit=1001", nil, 0, 400),
    ("no such metering", .get, "/v1/prices?metering=fre", nil, 0, 400),
    ("no such week", .get, "/v1/reports/weekly?period=2026-W60", nil, 0, 400),
    ("nothing to forecast", .get, "/v1/forecast", nil, 0, 409),
    ("a missing parameter", .get, "/v1/prices/explain?method=GET", nil, 0, 400),
    (
      "a target too long", .get, "/v1/usage?by=" + String(repeating: "a", count: 4_100), nil, 0, 414
    ),
    ("a form", .post, "/v1/requests", "application/x-www-form-urlencoded", 10, 415),
    ("no type", .post, "/v1/requests", nil, 10, 415),
    ("too much", .post, "/v1/requests", "application/x-ndjson", 8 << 20 + 1, 413),
    ("no campaign", .post, "/v1/estimates", "application/yaml", 10, 400),
    ("no JSON", .post, "/v1/silences", "application/json", 10, 400),
  ]

  @Test("what is refused says why", arguments: refusals)
  func refuses(
    what: String,
    method: HTTPRequest.Method,
    target: String,
    type: String?,
    size: Int,
    status: Int
  ) async throws {
    let service = try TestService()
    let token = try service.token(Set(AccessScope.allCases)).text
    let reply = try await service.ask(
      method,
      target,
      token: token,
      type: type,
      body: Array(repeating: UInt8(ascii: "x"), count: size)
    )
    #expect(reply.status == status, "\(what): \(reply.text)")
    let error = try #require(try reply.field("error") as? [String: Any])
    #expect(Set(error.keys) == ["code", "message", "field", "request_id"])
    #expect(error["request_id"] as? String == reply.headers[.requestID])
    #expect((error["message"] as? String)?.isEmpty == false)
  }

  @Test("packed bodies are unpacked up to their limit, and only as they say they are packed")
  func packed() throws {
    let line = Array(Self.line.utf8)
    #expect(try unpacked(line, encoding: nil, limit: 10) == line)
    for encoding in ["br", "deflate", "gzip, gzip"] {
      #expect(throws: Fault.self) { try unpacked(line, encoding: encoding, limit: 1_000) }
    }
    do {
      _ = try unpacked(line, encoding: "gzip", limit: 1_000)
      Issue.record("plain bytes passed for gzip")
    } catch { #expect(Fault(error).status == .badRequest) }
  }

  @Test("pages of a list follow one another without a gap")
  func pages() async throws {
    let service = try TestService()
    let token = try service.token([.ingest, .read]).text
    let lines = (0..<25).map { Self.line.replacingOccurrences(of: "\"a\"", with: "\"r\($0)\"") }
    _ = try await post(service, lines.joined(separator: "\n"), token: token)
    var (cursor, rows): (String?, Int) = (nil, 0)
    repeat {
      let next = cursor.map { "&cursor=\($0)" } ?? ""
      let reply = try await service.ask(.get, "/v1/usage?limit=10\(next)", token: token)
      let page = try #require(try reply.field("pagination") as? [String: Any])
      rows += try #require(try reply.field("rows") as? [Any]).count
      #expect(page["total"] as? Int == 25)
      cursor = page["next_cursor"] as? String
      #expect(page["has_next"] as? Bool == (cursor != nil))
    } while cursor != nil
    #expect(rows == 25)
  }

  @Test("a silence needs a rule, an end within 30 days and a reason, and is in the audit log")
  func silence() async throws {
    let service = try TestService()
    let token = try service.token([.admin]).text
    func silence(_ body: String) async throws -> TestService.Reply {
      try await service.ask(
        .post,
        "/v1/silences",
        token: token,
        type: "application/json",
        body: Array(body.utf8)
      )
    }
    let kept = try await silence(#"{"rule":"low","until":"4h","reason":"known"}"#)
    #expect(kept.status == 201)
    #expect(try kept.field("until") as? String == "2026-11-26T16:00:00Z")
    for body in [
      #"{"rule":"low","until":"4h"}"#, #"{"rule":"low","until":"31d","reason":"x"}"#,
      #"{"rule":"low","until":"2026-11-26T11:00:00Z","reason":"x"}"#,
      #"{"rule":"low","until":"4h","reason":"x","more":1}"#,
    ] {
      #expect(try await silence(body).status == 400)
    }
    let entry = try #require(try service.access.audit(limit: 1).first).entry
    #expect(entry.action == "silence.create" && entry.subject == "low" && entry.org == "acme")
  }

  @Test("the document names every route, its parameters and every answer")
  func document() async throws {
    let service = try TestService()
    let reply = try await service.ask(.get, "/openapi.json")
    #expect(try reply.field("openapi") as? String == "3.1.0")
    let paths = try #require(try reply.field("paths") as? [String: [String: [String: Any]]])
    for route in service.desk.routes {
      let operation = try #require(paths[route.path]?[route.method.rawValue.lowercased()])
      let parameters = operation["parameters"] as? [[String: Any]] ?? []
      #expect(parameters.compactMap { $0["name"] as? String } == route.parameters.map(\.name))
      let responses = try #require(operation["responses"] as? [String: Any])
      #expect(responses.count >= 3)
    }
    #expect(paths.values.map(\.count).reduce(0, +) == service.desk.routes.count)
  }

  @Test("HEAD gives the headers of GET")
  func head() async throws {
    let service = try TestService()
    let reply = try await service.ask(.head, "/healthz")
    #expect(reply.status == 200 && reply.text.isEmpty && reply.headers[.contentLength] == "3")
  }

  @Test("one that asks too often is told when to come again")
  func pace() async throws {
    let service = try TestService { $0.requestsPerSecond = 5 }
    let token = try service.token([.read]).text
    for _ in 0..<20 {
      #expect(try await service.ask(.get, "/v1/balance", token: token).status == 200)
    }
    let late = try await service.ask(.get, "/v1/balance", token: token)
    #expect(late.status == 429 && late.headers[.retryAfter] == "1")
  }

  @Test("another host's name does not reach a service of this machine")
  func hosts() async throws {
    let service = try TestService { $0.hosts = ["localhost"] }
    #expect(try await service.ask(.get, "/healthz").status == 421)
  }
}
