import CreditCore
import Digests
import HTTPTypes
import HummingbirdCore
import NIOCore
import Reports
import UsageStore

import struct HummingbirdCore.Request

/// Takes a request from its head to its answer, by the table of routes.
struct ServiceResponder: Sendable {
  let table: RouteTable
  let desk: ServiceDesk
  let doorkeeper: Doorkeeper
  let pace: Pace
  private static let targetLimit = 4 << 10

  /// The response to a request from an address; every fault is one.
  func respond(to request: Request, from address: String) async -> Response {
    let id = desk.requestIDs.next()
    let started = ContinuousClock.now
    desk.metrics.begin()
    var outcome = Outcome(path: request.head.path ?? "")
    var answer: Answer
    do { answer = try await take(request, id: id, from: address, &outcome) } catch {
      let fault = Fault(error)
      if fault.status.code == 500 { desk.log.say(.error, "\(id): \(error)") }
      answer = faultAnswer(fault, request, id: id, outcome)
    }
    let isHead = request.method == .head
    if answer.status == .ok, answer.hasTag, isHead || request.method == .get {
      tag(&answer, request.headers.value(of: .ifNoneMatch))
    }
    let elapsed = (ContinuousClock.now - started).components
    let microseconds =
      Int(elapsed.seconds) * 1_000_000
      + Int(elapsed.attoseconds / 1_000_000_000_000)
    desk.metrics.end(
      outcome.route,
      answer.status.code,
      microseconds: microseconds
    )
    desk.log.request(
      id: id,
      method: request.method.rawValue,
      path: outcome.path,
      status: answer.status.code,
      bytes: answer.bytes.count,
      microseconds: microseconds,
      client: outcome.client,
      address: address
    )
    return answer.response(requestID: id, isHead: isHead, at: desk.now())
  }

  /// People get a page; programs the envelope, and everybody where the page fails too.
  private func faultAnswer(
    _ fault: Fault,
    _ request: Request,
    id: String,
    _ outcome: Outcome
  ) -> Answer {
    let wantsPage = request.headers[.accept]?.contains("text/html") == true
    guard wantsPage, fault.status != .seeOther, !outcome.path.hasPrefix("/v1/"),
      let bytes = try? desk.pages.problem(fault.status.reasonPhrase, fault.message, nil)
    else { return fault.answer(requestID: id) }
    var answer = Answer(page: bytes, status: fault.status)
    answer.headers.append(contentsOf: fault.headers)
    return answer
  }

  /// What is to be logged of a request, as far as it came.
  private struct Outcome {
    var path: String
    var route: (method: String, path: String)?
    var client: Client?
  }

  /// Finds the route, lets the client in, and has the route's handler answer.
  private func take(
    _ request: Request,
    id: String,
    from address: String,
    _ outcome: inout Outcome
  ) async throws -> Answer {
    let target = request.head.path ?? ""
    guard target.utf8.count <= Self.targetLimit else {
      throw Fault(.uriTooLong, "uri_too_long", "a target has at most 4096 bytes")
    }
    let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    let path = String(target[..<end])
    outcome.path = path
    try requireKnownHost(request.head.authority)
    let route = try find(request.method, path)
    outcome.route = (route.method.rawValue, route.path)
    let visit = Visit(
      id: id,
      route: route,
      path: path,
      query: target[end...].dropFirst(),
      request: request.head,
      address: address,
      now: desk.now()
    )
    let client = try await admit(visit)
    outcome.client = client
    let call = try makeCall(visit, client, body: try await body(of: request, route))
    switch route.handler {
    case .quick(let handler): return try handler(call)
    case .reading(let handler):
      return try await desk.run {
        try QueryTime.limited(to: ServiceDesk.queryTime) { try handler(call) }
      }
    case .waiting(let handler): return try await handler(call)
    }
  }

  /// A request whose route is found.
  private struct Visit: Sendable {
    let id: String
    let route: Route
    let path: String
    let query: Substring
    let request: HTTPRequest
    let address: String
    let now: Instant
  }

  /// Who asks, where they may; throws ``Fault`` where not.
  ///
  /// Tokens are in memory; only what is to be kept of the visit waits for the disk.
  private func admit(_ visit: Visit) async throws -> Client {
    var note: Doorkeeper.Note?
    let found = Result { try client(of: visit) { note = $0 } }
    if let note { try await desk.run { try doorkeeper.keep(note) } }
    let known = try found.get()
    try allow(known, visit.route, visit.request)
    if let token = known.token { try pace.take(token.id, at: visit.now) }
    return known
  }

  private func makeCall(_ visit: Visit, _ client: Client, body: [UInt8]) throws(Fault) -> Call {
    Call(
      id: visit.id,
      method: visit.request.method,
      path: visit.path,
      query: try Query(visit.query, of: visit.route.parameters),
      headers: visit.request.headerFields,
      body: body,
      client: client,
      now: visit.now
    )
  }

  private func find(_ method: HTTPRequest.Method, _ path: String) throws(Fault) -> Route {
    switch table.find(method, path) {
    case .found(let route): return route
    case .otherMethods(let methods):
      let names = methods.map(\.rawValue).sorted().joined(separator: ", ")
      throw Fault(
        .methodNotAllowed,
        "method_not_allowed",
        "\(path) takes \(names)",
        headers: [.allow: names]
      )
    case .nothing:
      throw Fault(.notFound, "not_found", "there is nothing at \(printable(path))")
    }
  }

  /// A page of another site must not reach a service of this machine by a name of its own.
  private func requireKnownHost(_ authority: String?) throws(Fault) {
    let hosts = desk.settings.hosts
    guard !hosts.isEmpty else { return }
    var name = (authority ?? "").lowercased()
    if name.hasPrefix("[") {
      name = String(name.dropFirst().prefix { $0 != "]" })
    } else {
      name = String(name.utf8.prefix { $0 != UInt8(ascii: ":") }) ?? ""
    }
    if hosts.contains(name) { return }
    throw Fault(.misdirectedRequest, "unknown_host", "this service is not \(printable(name))")
  }

  private func client(of visit: Visit, onNote: (Doorkeeper.Note) -> Void) throws -> Client {
    let hasProof = visit.request.headerFields.contains(.authorization)
    switch visit.route.access {
    case .ownProof: return Client(proof: .none, address: visit.address)
    case .open where !hasProof && desk.access != nil:
      return Client(proof: .none, address: visit.address)
    default:
      return try doorkeeper.client(
        visit.request.headerFields,
        address: visit.address,
        takesCookie: visit.route.isPage,
        at: visit.now,
        onNote: onNote
      )
    }
  }

  private func allow(_ client: Client, _ route: Route, _ request: HTTPRequest) throws(Fault) {
    let scope: AccessScope
    switch route.access {
    case .open, .ownProof: return
    case .token(let needed), .page(let needed): scope = needed
    }
    if case .none = client.proof {
      if route.isPage, request.headerFields[.accept]?.contains("text/html") == true {
        throw Fault(
          .seeOther,
          "unauthorized",
          "sign in first",
          headers: [.location: "/sign-in"]
        )
      }
      throw Fault(
        .unauthorized,
        "unauthorized",
        "this needs a token: Authorization: Bearer g8u_…",
        headers: Doorkeeper.challenge
      )
    }
    guard client.may(scope) else {
      throw Fault(.forbidden, "forbidden", "the token has no scope \(scope.rawValue)")
    }
    // Browsers send a cookie along, and reach this machine, whatever page asks them to.
    if case .bearer = client.proof { return }
    if request.method == .get || request.method == .head { return }
    if let site = request.headerFields[.secFetchSite], site != "same-origin", site != "none" {
      throw Fault(.forbidden, "forbidden", "another site sent this")
    }
  }

  private func body(of request: Request, _ route: Route) async throws -> [UInt8] {
    guard let expected = route.body else { return [] }
    let type = request.headers.value(of: .contentType).flatMap(mediaType)
    guard type == nil && !expected.isRequired || expected.types.contains(type ?? "") else {
      let known = expected.types.joined(separator: ", ")
      throw Fault.unsupported("Content-Type is one of \(known)")
    }
    let length = request.headers.value(of: .contentLength).flatMap { Int($0) } ?? 0
    if length > expected.limit { throw Fault.tooLarge }
    var bytes: [UInt8] = []
    // No more than a little is believed before it is there.
    bytes.reserveCapacity(min(max(length, 0), 128 << 10))
    for try await buffer in request.body {
      if bytes.count + buffer.readableBytes > expected.limit { throw Fault.tooLarge }
      bytes.append(contentsOf: buffer.readableBytesView)
    }
    let encoding = request.headers.value(of: .contentEncoding)?.lowercased()
    guard let limit = expected.unpackedLimit else {
      if let encoding, encoding != "identity" {
        throw Fault.unsupported("the body of this route is not packed")
      }
      return bytes
    }
    if encoding == nil { return bytes }
    let packed = bytes
    return try await desk.run { try unpacked(packed, encoding: encoding, limit: limit) }
  }

  /// Lets clients ask whether an answer is still the same; one without a digest is sent untagged.
  private func tag(_ answer: inout Answer, _ known: String?) {
    guard answer.stream == nil, let digest = try? sha256(answer.bytes) else { return }
    let tag = "\"\(hexText(digest.prefix(16)))\""
    answer.headers.append(HTTPField(name: .eTag, value: tag))
    let isKnown = known?.split(separator: ",").contains { part in
      let text = part.drop { $0 == " " }
      return text == tag || text == "W/\(tag)" || text == "*"
    }
    if isKnown == true {
      answer.status = .notModified
      answer.bytes = []
    }
  }
}

extension HTTPFields {
  /// What the subscript gives, which copies even a value that stands alone.
  func value(of name: HTTPField.Name) -> String? {
    guard let first = firstIndex(where: { $0.name == name }) else { return nil }
    let isAlone = !self[(first + 1)...].contains { $0.name == name }
    return isAlone ? self[first].value : self[name]
  }
}

extension HTTPField.Name {
  static let secFetchSite = named("Sec-Fetch-Site")
}
