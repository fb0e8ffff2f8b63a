import CreditCore
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import PriceBooks
import Settings
import UsageStore

@testable import HTTPService

/// The service without a port: requests go in at the head, answers come out whole.
final class TestService: Sendable {
  let folder: URL
  let store: UsageStore
  let access: AccessStore
  let desk: ServiceDesk
  private let responder: ServiceResponder
  /// Read once: it is the same for all.
  private static let shelf = Result { try BookShelf([]) }
  /// Where time stands.
  static let now = Instant("2026-11-26T12:00:00Z") ?? Instant(microseconds: 0)

  init(isOpen: Bool = false, _ adjust: (inout ServiceSettings) throws -> Void = { _ in }) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "http-\(UUID().uuidString)")
    let path = folder.appending(path: "usage.db").path
    store = try UsageStore(path: path, .writing(holder: "a test"))
    access = try AccessStore(beside: path)
    var settings = ServiceSettings(host: "127.0.0.1", port: 0, team: Settings())
    try adjust(&settings)
    let clock = ServiceClock(now: { TestService.now }, milliseconds: { 0 })
    desk = try ServiceDesk(
      store,
      try Self.shelf.get(),
      settings,
      access: isOpen ? nil : access,
      clock: clock,
      log: ServiceLog(now: clock.now, write: { _ in })
    )
    responder = ServiceResponder(
      table: RouteTable(desk.routes),
      desk: desk,
      doorkeeper: desk.doorkeeper,
      pace: Pace(perSecond: settings.requestsPerSecond)
    )
  }

  deinit {
    desk.ingest.close()
    try? FileManager.default.removeItem(at: folder)
  }

  func token(
    _ scopes: Set<AccessScope>,
    org: String = "acme",
    expires: Instant = Instant("2027-01-01T00:00:00Z") ?? TestService.now
  ) throws -> (id: String, text: String) {
    let made = try access.createToken(org: org, scopes: scopes, expires: expires, at: Self.now)
    return (made.token.id, made.text.revealed)
  }

  struct Reply {
    var status: Int
    var headers: HTTPFields
    var text: String

    /// The object or list that it is.
    func json() throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    func field(_ name: String) throws -> Any? { (try json() as? [String: Any])?[name] }

    var errorCode: String? {
      ((try? field("error")) as? [String: Any])?["code"] as? String
    }
  }

  func ask(
    _ method: HTTPRequest.Method,
    _ target: String,
    token: String? = nil,
    type: String? = nil,
    headers: HTTPFields = [:],
    body: [UInt8] = []
  ) async throws -> Reply {
    var fields = headers
    if let token { fields[.authorization] = "Bearer \(token)" }
    if let type { fields[.contentType] = type }
    if !body.isEmpty { fields[.contentLength] = String(body.count) }
    let head = HTTPRequest(
      method: method,
      scheme: "http",
      authority: "127.0.0.1",
      path: target,
      headerFields: fields
    )
    let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
    let response = await responder.respond(to: request, from: "127.0.0.1")
    let collector = Collector()
    // Events have no end.
    if response.headers[.contentType]?.hasPrefix("text/event-stream") != true {
      try await response.body.write(collector)
    }
    return Reply(
      status: response.status.code,
      headers: response.headers,
      text: String(buffer: collector.buffer)
    )
  }

  private final class Collector: ResponseBodyWriter {
    var buffer = ByteBuffer()
    func write(_ buffer: ByteBuffer) async throws {
      var buffer = buffer
      self.buffer.writeBuffer(&buffer)
    }
    func finish(_: HTTPFields?) async throws {}
  }
}
