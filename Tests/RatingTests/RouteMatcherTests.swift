import CreditCore
import Rating
import Testing

@Suite("Requests of the shipped book")
struct ShippedRouteTests {
  private func operation(
    _ request: String,
    field: (String) -> String? = { _ in nil }
  ) throws -> String? {
    let book = try shippedBook()
    let parts = request.split(separator: " ", maxSplits: 1).map(String.init)
    return book.matcher.match(method: parts[0], target: parts[1], bodyField: field)
      .map { book.operations[$0.operation].id }
  }

  static let rows: [(request: String, operation: String)] = [
    ("POST /enrichment/enrich", "enrichment.waterfall"),
    ("POST /enrichment/waterfall/enrich", "enrichment.waterfall"),
    ("POST /enrichment/verify-email?provider=kickbox", "email.verify_external"),
    ("GET /enrichment/verify-email?provider=zerobounce", "email.verify_external"),
    ("POST /public/copilot/chat", "copilot.chat"),
    ("POST /inbox/thr_81/draft", "inbox.draft"),
    ("GET /inbox/thr_81/draft", "inbox.draft"),
    ("POST /skills/sk_1/execute", "skill.execute_llm"),
    ("POST /pages/17/chat", "page.chat"),
    ("POST /global-context/generate/brief", "studio.generate"),
    ("POST /intelligence/analyze", "studio.generate"),
    ("POST /intelligence/retry", "studio.generate"),
    ("POST /org/brand-snapshot/refresh", "studio.generate"),
    ("POST /voice/dialer/sessions/5f0c7f6e-3b1d-4c5e-9f00-1b2c3d4e5f60/resume", "voice.outbound"),
    ("POST /voice/calls", "voice.outbound"),
    ("POST /appointments/bookings", "meeting.book"),
    ("POST /sequences/seq_123/contacts", "sequence.enroll"),
    ("POST /campaigns/cmp_9/launch", "campaign.launch"),
    ("POST /newsletters/4/issues/12/send", "newsletter.send"),
    ("POST /audience-syncs/a1/trigger", "audience.push"),
    ("BACKGROUND intent signal processing", "intent.process"),
    ("BACKGROUND event-stream ingest at scale", "events.ingest"),
    ("POST /search/contacts", "search.contacts"),
    ("POST /search/companies/save", "search.save_companies"),
    ("POST /enrichment/lookup/person", "lookup.person"),
    ("GET /enrichment/lookup/company", "lookup.company"),
    ("POST /enrichment/verify-email", "email.verify_internal"),
    ("GET /icps/1", "icps.manage"),
    ("PATCH /contacts/1", "contacts.manage"),
    ("PUT /contacts/1", "contacts.manage"),
    ("DELETE /contacts/1", "contacts.manage"),
    ("GET /intent/topics/acme.com/history", "intent.read"),
    ("GET /voice/dialer/calls/room_a_b/transcript", "voice.review_calls"),
    ("POST /quotes/q1/send", "quotes.manage"),
  ]

  @Test("each request of the contract finds its operation", arguments: rows)
  func finds(request: String, operation: String) throws {
    #expect(try self.operation(request) == operation)
    let (method, target) = try #require(
      request.firstIndex(of: " ").map { (request[..<$0], request[request.index(after: $0)...]) }
    )
    if method == "BACKGROUND" { return }
    let path = String(target.prefix { $0 != "?" })
    let query = String(target.dropFirst(path.count))
    let variants = [
      "\(method.lowercased()) \(target)",
      "\(method) /api/v1\(target)",
      "\(method) \(path)/\(query)",
      "\(method) //api//v1/\(path.replacing("/", with: "//"))//\(query)",
      "\(method) https://be.graph8.com/api/v1\(target)",
      "\(method) HTTPS://api.graph8.com:8443\(path)\(query)",
      "\(method) http://user:secret@localhost\(path)\(query.isEmpty ? "?" : query + "&")x=1#top",
      "\(method) \(path)\(query)#fragment",
      "\(method) \(target.dropFirst())",
    ]
    for variant in variants { #expect(try self.operation(variant) == operation, "\(variant)") }
  }

  static let types: [(type: String?, operation: String)] = [
    (nil, "skill.execute_llm"), ("", "skill.execute_llm"), ("llm", "skill.execute_llm"),
    ("api", "skill.execute_api"), ("code", "skill.execute_other"),
    ("LLM", "skill.execute_other"),
  ]

  @Test("the type of a skill decides, in the body or in the query", arguments: types)
  func readsBody(type: String?, operation: String) throws {
    let fromBody = try self.operation("POST /skills/s1/execute") { $0 == "type" ? type : nil }
    #expect(fromBody == operation)
    let query = type.map { "?type=\($0)" } ?? ""
    #expect(try self.operation("POST /skills/s1/execute" + query) == operation)
  }

  static let lookalikes = [
    "GET /contactsx", "GET /contacts-export", "GET /v1/contacts", "GET /api/v2/contacts",
    "GET /api/v10/contacts", "GET /api/contacts", "GET /api/v1/api/v1/contacts",
    "GET /api/v1contacts", "GET /Contacts", "POST /contacts/1/2/3/4", "GET /intent",
    "POST /sequences/contacts",
    "POST /sequences//contacts", "POST /sequences/s1/contacts/extra", "GET /campaigns/c1/launch",
    "POST /x/sequences/s1/contacts", "POST /enrichment/enrich2", "POST /enrichment",
    "DELETE /voice/calls", "POST /voice", "POST /newsletters/n1/issues/send", "GET /",
    "GET /api/v1",
    "GET https://be.graph8.com", "GET https://be.graph8.com/api/v1/",
    "POST /sequences/a%2Fcontacts",
    "GET /api%2Fv1%2Fcontacts", "CONTACTS /contacts", "GETX /contacts", "G /contacts",
    "GET /contacts%", "GET /contacts%2", "GET /contacts%zz", "POST /contacts%20",
    "GET /enrichment/verify-emails", "GET contacts.example.com/contacts", "GET ?path=/contacts",
  ]

  @Test("what only looks like a known request finds nothing", arguments: lookalikes)
  func findsNothing(request: String) throws {
    #expect(try operation(request) == nil)
  }

  static let encoded: [(request: String, operation: String)] = [
    ("GET /%63ontacts", "contacts.manage"),
    ("GET /%61pi/v1/contacts/1", "contacts.manage"),
    ("GET /contacts/a%20b", "contacts.manage"),
    ("GET /contacts/a%2Fnotes", "contacts.manage"),
    ("GET /contacts/%E4%BD%A0", "contacts.manage"),
    ("GET /contacts/%", "contacts.manage"),
    ("POST /enrichment/verify%2Demail?provider=kick%62ox", "email.verify_external"),
    ("POST /enrichment/verify-email?x=1&provider=zerobounce&y=2", "email.verify_external"),
    ("POST /enrichment/verify-email?provider=", "email.verify_internal"),
    ("POST /enrichment/verify-email?provider", "email.verify_internal"),
    ("POST /enrichment/verify-email?providers=kickbox", "email.verify_internal"),
    ("POST /enrichment/verify-email?xprovider=kickbox", "email.verify_internal"),
    ("POST /enrichment/verify-email#?provider=kickbox", "email.verify_internal"),
    ("POST /enrichment/verify-email?provider=hunter", "email.verify_other"),
    ("POST /enrichment/verify-email?provider=kickbox2", "email.verify_other"),
    ("POST /enrichment/verify-email?provider=kickbox%20", "email.verify_other"),
    ("POST contacts?next=https://example.com/voice/calls", "contacts.manage"),
    ("POST contacts?at=12://x", "contacts.manage"),
  ]

  @Test("paths and queries are decoded, never more", arguments: encoded)
  func decodes(request: String, operation: String) throws {
    #expect(try self.operation(request) == operation)
  }
}

@Suite("Which of several patterns wins")
struct RoutePrecedenceTests {
  private func matcher(_ patterns: [String]) throws -> RouteMatcher {
    RouteMatcher(
      basePaths: ["/api/v1/"],
      routes: try patterns.enumerated().map { (try RequestPattern($1), $0) }
    )
  }

  static let contests: [(patterns: [String], request: String, winner: String?)] = [
    (["GET /a/{id}", "GET /a/b"], "/a/b", "GET /a/b"),
    (["GET /a/{id}", "GET /a/b"], "/a/c", "GET /a/{id}"),
    (["GET /a/**", "GET /a/{id}", "GET /a/b"], "/a/b", "GET /a/b"),
    (["GET /a/**", "GET /a/{id}"], "/a/x", "GET /a/{id}"),
    (["GET /a/**", "GET /a/{id}"], "/a/x/y", "GET /a/**"),
    (["GET /a/**"], "/a", nil),
    (["GET /**", "GET /a/**"], "/a/b/c", "GET /a/**"),
    (["GET /**"], "/anything/at/all", "GET /**"),
    (["GET /{x}/b", "GET /a/{y}"], "/a/b", "GET /a/{y}"),
    (["GET /a/{x}/c", "GET /{y}/b/d"], "/a/b/d", "GET /{y}/b/d"),
    (["GET /a/b/c", "GET /a/{x}/d"], "/a/b/d", "GET /a/{x}/d"),
    (["GET /a/b/c/d", "GET /a/{x}/c/e", "GET /a/**"], "/a/b/c/f", "GET /a/**"),
    (["POST /a/b", "GET /a/{id}"], "/a/b", "GET /a/{id}"),
    (["GET /a/b?k=1", "GET /a/{id}"], "/a/b", "GET /a/{id}"),
    (["GET /a|b/c"], "/b/c", "GET /a|b/c"),
    (["GET /a|b/c"], "/a|b/c", nil),
    (["GET /a/{id}", "GET /a|b/c"], "/a/c", "GET /a|b/c"),
    (["GET /a", "GET /a?k=1"], "/a?k=1", "GET /a?k=1"),
    (["GET /a", "GET /a?k=1"], "/a?k=2", "GET /a"),
    (["GET /a?k={any}", "GET /a?k=1"], "/a?k=1", "GET /a?k=1"),
    (["GET /a?k={any}", "GET /a?k=1"], "/a?k=2", "GET /a?k={any}"),
    (["GET /a?k=1", "GET /a?k=1&l=2"], "/a?l=2&k=1", "GET /a?k=1&l=2"),
    (["GET /a?k=1", "GET /a?k={any}&l={any}"], "/a?l=2&k=1", "GET /a?k={any}&l={any}"),
    (
      ["GET /a?k=1&l=2", "GET /a?k={any}&l={any}&m={any}"],
      "/a?k=1&l=2&m=3", "GET /a?k={any}&l={any}&m={any}"
    ),
    (["GET /a?k=1|2"], "/a?k=2", "GET /a?k=1|2"),
    (["GET /a?k=1|2"], "/a?k=1|2", nil),
    (["* /a", "GET /a"], "/a", "GET /a"),
    (["GET /a", "* /a"], "/a", "GET /a"),
    (["* /a", "POST /a"], "/a", "* /a"),
    (["GET /"], "/", "GET /"),
    (["GET /"], "/api/v1", "GET /"),
  ]

  @Test("the most specific pattern wins, in whatever order they stand", arguments: contests)
  func picks(patterns: [String], request: String, winner: String?) throws {
    for patterns in [patterns, patterns.reversed()] {
      let matcher = try matcher(patterns)
      let match = matcher.match(method: "GET", target: request)
      #expect(match.map { matcher.patterns[$0.pattern].text } == winner)
      #expect(match?.operation == match?.pattern)
    }
  }

  static let pairs: [(first: String, second: String, collide: Bool)] = [
    ("GET /a", "GET /a", true),
    ("GET /a/{x}", "GET /a/{y}", true),
    ("GET|POST /a", "POST|PUT /a", true),
    ("GET /a|b", "GET /b|c", true),
    ("GET /a/**", "GET /a/**", true),
    ("GET /a?k=1", "GET /a?k=1", true),
    ("GET /a?k=1|2", "GET /a?k=2|3", true),
    ("GET /a?k={any}", "GET /a?k={any}", true),
    ("GET /a?k=1&l=1", "GET /a?l=1&k=1", true),
    ("* /a", "* /a", true),
    ("GET /a", "POST /a", false),
    ("GET /a/{x}", "GET /a/b", false),
    ("GET /a/{x}", "GET /a/**", false),
    ("GET /a?k=1", "GET /a?k=2", false),
    ("GET /a?k=1", "GET /a?k={any}", false),
    ("GET /a?k=1", "GET /a", false),
    ("GET /a", "GET /a/b", false),
  ]

  @Test("patterns that no request can tell apart are found", arguments: pairs)
  func findsCollisions(first: String, second: String, collide: Bool) throws {
    let collisions = try matcher(["GET /z", first, second]).collisions
    #expect(collisions.isEmpty != collide)
    if collide { #expect(collisions.contains { $0.first == 1 && $0.second == 2 }) }
  }

  @Test("a long chain of placeholders is searched to its end")
  func backtracks() throws {
    let depth = 12
    var patterns: [String] = []
    for last in ["x", "y"] {
      for literal in 0..<depth {
        let segments = (0..<depth).map { $0 == literal ? "a" : "{p}" }
        patterns.append("GET /" + segments.joined(separator: "/") + "/" + last)
      }
    }
    let matcher = try matcher(patterns)
    let path = String(repeating: "/a", count: depth)
    let match = try #require(matcher.match(method: "GET", target: path + "/y"))
    #expect(matcher.patterns[match.pattern].text.hasPrefix("GET /a/{p}/"))
    #expect(matcher.match(method: "GET", target: path + "/z") == nil)
    #expect(matcher.match(method: "GET", target: String(repeating: "/a", count: 100_000)) == nil)
  }
}
