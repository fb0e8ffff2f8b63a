public import CreditCore
import Transport

/// Where the provider is, and who asks.
public struct Graph8Account: Sendable {
  /// The origin and base path of the API.
  let address: WebAddress
  let base: String
  let key: Secret
  public var org: String?

  /// The API as the provider publishes it.
  public static let usualAddress = "https://be.graph8.com"

  /// `address`: the origin, with or without `/api/v1`; http for this machine alone.
  ///
  /// Throws ``EnvironmentFault`` for an address or a key that cannot be used.
  public init(address: String?, key: Secret, org: String?) throws(EnvironmentFault) {
    do throws(TransportFault) {
      let parsed = try WebAddress(address ?? Self.usualAddress)
      _ = try parsed.serverPolicy()
      self.address = parsed
    } catch {
      throw EnvironmentFault("CREDITMETER_API_URL cannot be used: \(error)")
    }
    var path = self.address.path
    while path.hasSuffix("/") { path.removeLast() }
    base = path.hasSuffix("/api/v1") ? path : path + "/api/v1"
    guard !key.revealed.isEmpty, key.revealed.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw EnvironmentFault("the graph8 key is empty, or has characters that no key has")
    }
    self.key = key
    if let org, !org.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
      throw EnvironmentFault("G8_ORG_ID has characters that no organisation's id has")
    }
    self.org = org
  }

  public var origin: String { address.description }
}

/// Time, waiting and chance, which whoever asks decides.
public struct Graph8Pace {
  public var now: () -> Instant
  /// Microseconds since some instant; they never go back.
  public var microseconds: () -> Int64
  /// Waits so many microseconds, or less where the run is to end.
  public var wait: (Int64) -> Void
  public var mustEnd: () -> Bool
  public var random: () -> UInt64

  public init(
    now: @escaping () -> Instant,
    microseconds: @escaping () -> Int64,
    wait: @escaping (Int64) -> Void,
    mustEnd: @escaping () -> Bool,
    random: @escaping () -> UInt64
  ) {
    self.now = now
    self.microseconds = microseconds
    self.wait = wait
    self.mustEnd = mustEnd
    self.random = random
  }
}

/// Asks the provider, one call after another, at the pace that it allows.
///
/// One client is for all calls of an organisation, and belongs to one thread at a time.
public final class Graph8Client {
  public let account: Graph8Account
  private let pace: Graph8Pace
  private let exchange: (HTTPRequest) throws(TransportFault) -> HTTPResponse
  private(set) var limit: RateLimit
  /// By how many microseconds the provider's clock is ahead of this machine's, by its last answer;
  /// nil before any, or where it does not tell.
  public private(set) var clockDifference: Int64?

  /// `perSecond`: how many calls any second may have.
  ///
  /// Throws ``EnvironmentFault`` where there is no memory for it.
  public convenience init(
    _ account: Graph8Account,
    perSecond: ExactDecimal,
    _ pace: Graph8Pace
  ) throws(EnvironmentFault) {
    let connection: Connection
    do { connection = try Connection() } catch { throw EnvironmentFault(error.description) }
    connection.mustEnd = pace.mustEnd
    self.init(account, perSecond: perSecond, pace) { (request) throws(TransportFault) in
      try connection.send(request)
    }
  }

  init(
    _ account: Graph8Account,
    perSecond: ExactDecimal,
    _ pace: Graph8Pace,
    exchange: @escaping (HTTPRequest) throws(TransportFault) -> HTTPResponse
  ) {
    self.account = account
    self.pace = pace
    self.exchange = exchange
    limit = RateLimit(perSecond: perSecond.approximate)
  }

  // MARK: What can be asked

  /// The balance now.
  ///
  /// Throws ``Graph8Fault``.
  public func balance(_ endpoint: BalanceEndpoint) throws(Graph8Fault) -> Snapshot {
    let response = try get(endpoint.path)
    return try snapshot(response, endpoint, org: account.org, now: pace.now())
  }

  /// All pages of the credit ledger, the newest rows first, each handed on as it comes.
  ///
  /// Throws ``Graph8Fault``, also for pages that lead back to one that was there, and what `take`
  /// throws.
  public func transactions(_ take: (Page) throws -> Void) throws {
    try pages("/usage/transactions", limit: 200, take)
  }

  /// The provider's own log of requests, as far back as it has it.
  ///
  /// Throws as ``transactions(_:)`` does.
  public func logs(_ take: (Page) throws -> Void) throws { try pages("/logs", limit: 200, take) }

  private static let mostPages = 100_000

  private func pages(_ path: String, limit: Int, _ take: (Page) throws -> Void) throws {
    var (number, cursors) = (1, Set<String>())
    var query = "?limit=\(limit)"
    for _ in 0..<Self.mostPages {
      let response = try get(path, query)
      let found = try page(response, "GET \(path)", number: number)
      try take(found)
      switch found.next {
      case .none: return
      case .number(let next):
        // An empty page is the last one, whatever it says.
        if found.rows == 0 { return }
        number = next
        query = "?limit=\(limit)&page=\(next)"
      case .cursor(let cursor):
        guard cursors.insert(cursor).inserted else {
          throw Graph8Fault(.garbled, "the pages of GET \(path) lead back to one that was there")
        }
        query = "?limit=\(limit)&cursor=\(percentEncoded(cursor))"
      }
    }
    throw Graph8Fault(.garbled, "the pages of GET \(path) have no end")
  }

  // MARK: Asking

  /// The answer to a call, if it is a success.
  private func get(_ path: String, _ query: String = "") throws(Graph8Fault) -> HTTPResponse {
    let result: Result<HTTPResponse, Graph8Fault>
    do throws(TransportFault) {
      result = try complete(try request(path, query), "GET \(path)")
    } catch { throw Graph8Fault(error) }
    return try result.get()
  }

  private func complete(
    _ first: HTTPRequest,
    _ name: String
  ) throws(TransportFault) -> Result<HTTPResponse, Graph8Fault> {
    var (request, redirects) = (first, 0)
    var call = CallState(at: pace.microseconds())
    var last: Result<HTTPResponse, TransportFault>?
    while true {
      if pace.mustEnd() {
        return .failure(Graph8Fault(.stopped, "\(name): stopped before it was done"))
      }
      let now = pace.microseconds()
      switch call.step(at: now, limited: limit.wait(at: now)) {
      case .wait(let microseconds): pace.wait(microseconds)
      case .send(let milliseconds):
        request.milliseconds = milliseconds
        let result = attempt(request, &call)
        last = result
        if redirects < Self.mostRedirects, case .success(let response) = result,
          let next = try request.redirected(by: response)
        {
          request = next
          redirects += 1
          call.follow()
        }
      case .end: return Self.result(last, name)
      case .later(let microseconds):
        guard case .failure(var fault) = Self.result(last, name) else { continue }
        if fault.kind == .limited { fault.waitAtLeast = microseconds }
        return .failure(fault)
      }
    }
  }

  private static let mostRedirects = 3

  private func attempt(
    _ request: HTTPRequest,
    _ call: inout CallState
  ) -> Result<HTTPResponse, TransportFault> {
    limit.start()
    let result: Result<HTTPResponse, TransportFault>
    do throws(TransportFault) {
      result = .success(try exchange(request))
    } catch { result = .failure(error) }
    let now = pace.microseconds()
    limit.end(at: now)
    switch result {
    case .success(let response):
      let pause = retryAfter(response, now: pace.now())
      heed(response, pause, at: now)
      call.take(.answer(status: response.status), retryAfter: pause, at: now, random: pace.random())
    case .failure(let fault):
      call.take(.fault(fault), retryAfter: nil, at: now, random: pace.random())
    }
    return result
  }

  /// Takes what the answer says of limits, for all calls that follow.
  private func heed(_ response: HTTPResponse, _ pause: Int64?, at now: Int64) {
    if let date = response.date {
      clockDifference = date.microseconds - pace.now().microseconds
    }
    if let pause { limit.pause(until: now + pause) }
    if let perSecond = response["X-RateLimit-Limit-Second"].flatMap({ Int($0) }) {
      limit.tighten(to: perSecond)
    }
    if response["X-RateLimit-Remaining"] == "0" {
      let clock = response.date ?? pace.now()
      if let reset = untilReset(response, clock) {
        limit.pause(until: now + min(reset, 60_000_000))
      }
    }
  }

  private func request(
    _ path: String,
    _ query: String
  ) throws(TransportFault) -> HTTPRequest {
    let address = try account.address.at(account.base + path + query)
    var request = HTTPRequest(.get, address, policy: try address.serverPolicy())
    request.headers = [
      .init("Authorization", Secret("Bearer " + account.key.revealed)),
      .init("Accept", "application/json"),
    ]
    if let org = account.org { request.headers.append(.init("X-Org-Id", org)) }
    return request
  }

  private static func result(
    _ last: Result<HTTPResponse, TransportFault>?,
    _ name: String
  ) -> Result<HTTPResponse, Graph8Fault> {
    switch last {
    case .success(let response) where response.status == 200: .success(response)
    case .success(let response): .failure(Graph8Fault(response, to: name))
    case .failure(let fault): .failure(Graph8Fault(fault))
    case nil: .failure(Graph8Fault(.limited, "\(name): graph8 wants no call now"))
    }
  }
}

private func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var result: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.append(byte)
    default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: result, as: UTF8.self)
}
