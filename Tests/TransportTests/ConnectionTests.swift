import CreditCore
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite("An exchange over the network ends, and ends well or with a reason")
struct ConnectionTests {
  let server: LoopbackServer

  init() throws { server = try LoopbackServer("Servers/web-server") }

  func request(_ path: String, _ method: HTTPRequest.Method = .get) throws -> HTTPRequest {
    var request = HTTPRequest(method, try WebAddress(server.origin + path), policy: .loopbackOnly)
    request.milliseconds = 5_000
    return request
  }

  struct Echo: Decodable {
    var method: String
    var path: String
    var body: String
    var headers: [String: String]
    var from: Int
  }

  @Test("what is asked arrives, and the connection is kept")
  func echo() throws {
    let connection = try Connection()
    var ports: Set<Int> = []
    for body in ["", "one", String(repeating: "é", count: 100_000)] {
      var request = try request("/echo/x?y=1&z=%20", .post)
      request.headers = [
        .init("Authorization", Secret("Bearer key")), .init("Content-Type", "application/json"),
        .init("X-Empty", ""),
      ]
      request.body = Array(body.utf8)
      let response = try connection.send(request)
      #expect(response.status == 200)
      let echo = try JSONDecoder().decode(Echo.self, from: Data(response.body))
      #expect(echo.method == "POST")
      #expect(echo.path == "/echo/x?y=1&z=%20")
      #expect(echo.body == body)
      #expect(echo.headers["authorization"] == "Bearer key")
      #expect(echo.headers["content-type"] == "application/json")
      #expect(echo.headers["expect"] == nil)
      #expect(echo.headers["user-agent"]?.hasPrefix("creditmeter/") == true)
      ports.insert(echo.from)
    }
    let response = try connection.send(try request("/echo/"))
    let echo = try JSONDecoder().decode(Echo.self, from: Data(response.body))
    #expect(echo.method == "GET")
    #expect(echo.headers["authorization"] == nil)
    #expect(ports == [echo.from])
  }

  @Test("a status is an answer, whatever it is", arguments: [204, 302, 404, 429, 503])
  func status(code: Int) throws {
    let response = try Connection().send(try request("/status/\(code)"))
    #expect(response.status == code)
    #expect(response["X-TWO"] == "first")
    #expect(response.headers.filter { $0.name.lowercased() == "x-two" }.count == 2)
  }

  static let failures: [(path: String, kind: TransportFault.Kind)] = [
    ("/big/1048577", .tooLarge(status: 200)), ("/endless/", .tooLarge(status: 200)),
    ("/headers_without_end/", .tooLarge(status: 200)),
    ("/slow/3000", .timedOut), ("/drip/", .timedOut), ("/cut/", .cutOff), ("/garbage/", .garbled),
  ]

  @Test("an answer that cannot be used is a fault that says why", arguments: failures)
  func failure(path: String, kind: TransportFault.Kind) throws {
    var request = try request(path.hasPrefix("/big") ? path : path + "?api_key=canary")
    request.milliseconds = 1_000
    let started = ContinuousClock.now
    let fault = try #require(Self.fault(of: request))
    #expect(fault.kind == kind)
    #expect(fault.description.hasPrefix(server.origin + ": "))
    #expect(!"\(fault)".contains("canary"))
    #expect(ContinuousClock.now - started < .seconds(2.5))
  }

  static func fault(of request: HTTPRequest) -> TransportFault? {
    do throws(TransportFault) {
      _ = try Connection().send(request)
      return nil
    } catch {
      return error
    }
  }

  @Test("a body of just the limit is taken")
  func limit() throws {
    #expect(try Connection().send(try request("/big/1048576")).body.count == 1 << 20)
  }

  @Test("who wants no answer any more does not wait for it")
  func stop() throws {
    let connection = try Connection()
    let started = ContinuousClock.now
    connection.mustEnd = { ContinuousClock.now - started > .milliseconds(200) }
    #expect { _ = try connection.send(try request("/slow/4500")) } throws: {
      ($0 as? TransportFault)?.kind == .stopped
    }
    #expect(ContinuousClock.now - started < .seconds(3))
  }

  @Test("a redirect is told, and leads only to the same origin")
  func redirects() throws {
    let inside = try request("/to/echo/there")
    let answer = try Connection().send(inside)
    #expect(answer.status == 302)
    let next = try #require(try inside.redirected(by: answer))
    let response = try Connection().send(next)
    #expect(try JSONDecoder().decode(Echo.self, from: Data(response.body)).path == "/echo/there")
    #expect(try next.redirected(by: response)?.address == nil)
    for target in ["http://localhost:\(server.port)/", "//127.0.0.1/", "https://127.0.0.1/"] {
      let outside = try request("/to/x?\(target)")
      #expect { _ = try outside.redirected(by: Connection().send(outside)) } throws: {
        ($0 as? TransportFault)?.kind == .refusedRedirect
      }
    }
  }

  @Test("a header cannot bring another one along")
  func splitting() throws {
    var request = try request("/echo/")
    request.headers = [.init("X-One", "1\r\nX-Two: 2")]
    #expect { _ = try Connection().send(request) } throws: {
      ($0 as? TransportFault)?.kind == .badAddress
    }
  }

  @Test("where nobody listens, or nobody is known, that is said")
  func nobody() throws {
    let closed = try WebAddress("http://127.0.0.1:1/")
    #expect { _ = try Connection().send(.init(.get, closed, policy: .loopbackOnly)) } throws: {
      ($0 as? TransportFault)?.kind == .unreachable
    }
    let address = try WebAddress("https://no-such-name.invalid/")
    var unknown = HTTPRequest(.get, address, policy: .publicOnly)
    unknown.milliseconds = 3_000
    // Where no name server answers, only the time runs out.
    let fault = try #require(Self.fault(of: unknown))
    #expect(fault.kind == .unresolved || fault.kind == .timedOut)
  }

  @Test("a certificate that nobody vouches for is not accepted")
  func certificate() throws {
    let server = try LoopbackServer("Servers/web-server", ["--tls"])
    for host in ["127.0.0.1", "localhost"] {
      let address = try WebAddress("https://\(host):\(server.port)/echo/")
      #expect { _ = try Connection().send(.init(.get, address, policy: .loopbackOnly)) } throws: {
        ($0 as? TransportFault)?.kind == .insecure
      }
    }
  }

  @Test("a secret prints as ***, wherever it is")
  func secret() throws {
    var request = try request("/echo/canary?canary", .post)
    request.headers = [.init("Authorization", Secret("Bearer canary"))]
    var dumped = ""
    dump(request, to: &dumped)
    for text in ["\(request)", String(reflecting: request), dumped, "\(request.address)"] {
      #expect(!text.contains("canary"))
    }
    #expect("\(Secret("canary"))" == "***")
  }
}
