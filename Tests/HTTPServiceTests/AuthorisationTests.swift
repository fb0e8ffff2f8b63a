import CreditCore
import Foundation
import HTTPTypes
import LocalFiles
import Testing

@testable import HTTPService
@testable import UsageStore

// One after the other: each has files of its own open, and Foundation cannot wait for a child beyond
// a thousand of them.
@Suite("Who may do what: every route, with every kind of proof", .serialized)
struct AuthorisationTests {
  /// What a client shows.
  enum Proof: String, CaseIterable {
    case none, malformed, unknown, expired, revoked, wrongScope, otherOrganisation, right
  }

  /// A text of the other organisation, which must never be seen.
  private static let mark = "canary-5b1d"

  @Test("every route of the table takes only the right token", arguments: Proof.allCases)
  func matrix(proof: Proof) async throws {
    let service = try TestService()
    let owner = try service.token([.ingest, .admin], org: Self.mark)
    let line = """
      {"timestamp":"2026-11-25T10:00:00Z","method":"POST","path":"/api/v1/voice/calls",\
      "status":200,"request_id":"\(Self.mark)","tags":{"campaign":"\(Self.mark)"}}
      """
    let ingested = try await service.ask(
      .post,
      "/v1/requests",
      token: owner.text,
      type: "application/x-ndjson",
      body: Array(line.utf8)
    )
    try #require(ingested.status == 200)
    for route in service.desk.routes {
      let reply = try await service.ask(
        route.method,
        Self.target(route),
        token: try Self.proof(proof, for: route, service),
        type: route.body?.types.first,
        body: route.body == nil ? [] : Array("{}".utf8)
      )
      let place: Comment = "\(route.method.rawValue) \(route.path)"
      #expect(Self.holds(proof, route.access, reply), place)
      #expect(!reply.text.contains(Self.mark), place)
    }
  }

  /// Whether a route of that access may answer a client with that proof so.
  private static func holds(
    _ proof: Proof,
    _ access: Route.Access,
    _ reply: TestService.Reply
  ) -> Bool {
    switch (access, proof) {
    case (.open, .none): reply.status == 200
    case (.open, .malformed), (.open, .unknown), (.open, .expired), (.open, .revoked):
      [200, 401].contains(reply.status)
    case (.ownProof, _): reply.status != 500
    case (_, .none), (_, .malformed), (_, .unknown), (_, .expired), (_, .revoked):
      reply.status == 401 && reply.headers[.wwwAuthenticate] != nil
    case (.token, .wrongScope), (.page, .wrongScope): reply.status == 403
    case (_, .otherOrganisation), (_, .right), (.open, .wrongScope):
      ![401, 403, 500].contains(reply.status)
    }
  }

  private static func target(_ route: Route) -> String {
    let required = route.parameters.filter(\.isRequired).map { parameter in
      "\(parameter.name)=\(parameter.example ?? "x")"
    }
    return route.path + (required.isEmpty ? "" : "?" + required.joined(separator: "&"))
  }

  private static func proof(
    _ proof: Proof,
    for route: Route,
    _ service: TestService
  ) throws -> String? {
    let scope: AccessScope
    switch route.access {
    case .token(let needed), .page(let needed): scope = needed
    case .open, .ownProof: scope = .read
    }
    switch proof {
    case .none: return nil
    case .malformed: return "g8u_short"
    case .unknown:
      let text = try service.token([scope]).text
      return String(text.dropLast()) + (text.hasSuffix("A") ? "B" : "A")
    case .expired: return try service.token([scope], expires: TestService.now).text
    case .revoked:
      let token = try service.token([scope])
      _ = try service.access.revokeToken(token.id, at: TestService.now)
      return token.text
    case .wrongScope: return try service.token(Set(AccessScope.allCases).subtracting([scope])).text
    case .otherOrganisation: return try service.token([scope], org: "beta").text
    case .right: return try service.token([scope]).text
    }
  }

  @Test("a token is revoked by the next request, by whichever process")
  func revocation() async throws {
    let service = try TestService()
    let token = try service.token([.read])
    #expect(try await service.ask(.get, "/v1/balance", token: token.text).status == 200)
    let other = try AccessStore(beside: service.store.path)
    _ = try other.revokeToken(token.id, at: TestService.now)
    #expect(try await service.ask(.get, "/v1/balance", token: token.text).status == 401)
  }

  @Test("a token stands in one header, after its scheme in any case, and is nothing else")
  func forms() async throws {
    let service = try TestService()
    let token = try service.token([.read]).text
    func status(_ values: String...) async throws -> Int {
      var fields = HTTPFields()
      for value in values { fields.append(HTTPField(name: .authorization, value: value)) }
      return try await service.ask(.get, "/v1/balance", headers: fields).status
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
      #expect(try await status("\(scheme) \(token)") == 200)
    }
    for wrong in [
      token, "Bearer", "Bearer\t\(token)", "Bearer  \(token)", "Basic \(token)",
      "Bearer \(token), Bearer \(token)", "Bearer g8U_\(token.dropFirst(4))",
    ] {
      #expect(try await status(wrong) == 401, "\(wrong)")
    }
    // The neighbours of letters and digits.
    for last in ["", "_", "/", ":", "@", "[", "`", "{", "é"] {
      #expect(try await status("Bearer \(token.dropLast())\(last)") == 401, "\(last)")
    }
    #expect(try await status("Bearer \(token)", "Bearer \(token)") == 401)
  }

  @Test("who guesses is sent away for a minute")
  func guesses() async throws {
    let service = try TestService()
    let doorkeeper = service.desk.doorkeeper
    func guess() -> Int {
      do {
        _ = try doorkeeper.client(
          [.authorization: "Bearer nonsense"],
          address: "203.0.113.9",
          takesCookie: false,
          at: TestService.now
        )
        return 200
      } catch { return Fault(error).status.code }
    }
    for _ in 0..<20 { #expect(guess() == 401) }
    #expect(guess() == 429)
  }

  @Test("an audit log that was changed, shortened or put together anew is found")
  func audit() throws {
    let service = try TestService()
    for _ in 0..<4 { _ = try service.token([.read]) }
    let whole = try service.access.verifyAudit()
    #expect(whole.count == 4 && whole.difference == nil)
    for (statement, number) in [
      ("UPDATE audit SET org = 'other' WHERE number = 2", 2),
      ("DELETE FROM audit WHERE number = 3", 4),
      ("UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = 1) WHERE number = 4", 4),
    ] {
      let copy = try TestService()
      for _ in 0..<4 { _ = try copy.token([.read]) }
      #expect(throws: (any Error).self) { try copy.access.execute(statement) }
      try copy.access.execute("DROP TRIGGER audit_is_not_changed")
      try copy.access.execute("DROP TRIGGER audit_is_not_shortened")
      try copy.access.execute(statement)
      #expect(try copy.access.verifyAudit().difference?.number == Int64(number))
    }
    #expect(try service.access.hasAudit(digest: whole.last))
  }

  @Test("no token is in any file of the service")
  func secrets() throws {
    let service = try TestService()
    let token = try service.token([.read])
    let secret = token.text.suffix(43)
    for name in try Files.names(in: service.folder.path) {
      let bytes = try Files.read(service.folder.appending(path: name).path).bytes
      #expect(!String(decoding: bytes, as: UTF8.self).contains(secret), "in \(name)")
    }
  }
}
