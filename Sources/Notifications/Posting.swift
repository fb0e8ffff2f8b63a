import CreditCore
import Transport

/// Posts JSON to a destination, once, and says what came of it.
struct Posting {
  private let destination: Result<Destination, TransportFault>

  private struct Destination {
    var address: WebAddress
    var policy: AddressPolicy
  }

  /// Bytes of the answer that are read; it says nothing that is needed.
  private static let bodyLimit = 64 << 10
  private static let milliseconds = 15_000
  private static let longestPause: Int64 = 86_400

  /// `path` comes behind the address's own.
  init(_ text: String, path: String = "") {
    do throws(TransportFault) {
      var address = try WebAddress(text)
      let policy = try address.destinationPolicy()
      if !path.isEmpty {
        var base = address.path
        while base.hasSuffix("/") { base.removeLast() }
        address = try address.at(base + path)
      }
      destination = .success(Destination(address: address, policy: policy))
    } catch { destination = .failure(error) }
  }

  func post(
    _ json: String,
    _ headers: [HTTPRequest.Header] = [],
    now: Instant
  ) -> DeliveryOutcome {
    do throws(TransportFault) {
      let destination = try destination.get()
      var request = HTTPRequest(.post, destination.address, policy: destination.policy)
      request.headers = [.init("Content-Type", "application/json")] + headers
      request.body = Array(json.utf8)
      request.milliseconds = Self.milliseconds
      request.bodyLimit = Self.bodyLimit
      let response = try answer(to: request)
      return Self.outcome(of: response, from: destination.address, now: now)
    } catch { return DeliveryOutcome(error) }
  }

  /// The answer; of one that says more than is read, the status is all that is needed.
  private func answer(to request: HTTPRequest) throws(TransportFault) -> HTTPResponse {
    do throws(TransportFault) { return try Connection().send(request) } catch {
      guard case .tooLarge(let status) = error.kind else { throw error }
      return HTTPResponse(status: status, headers: [], body: [])
    }
  }

  private static func outcome(
    of response: HTTPResponse,
    from address: WebAddress,
    now: Instant
  ) -> DeliveryOutcome {
    let said = "\(address) answers \(response.status)"
    switch response.status {
    case 200..<300: return .delivered
    case 410: return .gone(said)
    case 300..<400: return .refused("\(said), which sends elsewhere; nothing is sent there")
    case 400, 401, 403, 404, 405, 413, 422: return .refused(said)
    default:
      let seconds = response.retryAfter(now: now).map { min(max($0, 0), longestPause) }
      return .retry(said, after: seconds.map { Span(seconds: $0) })
    }
  }
}

extension DeliveryOutcome {
  /// What a fault on the way means for further attempts.
  init(_ fault: TransportFault) {
    switch fault.kind {
    case .badAddress, .refusedAddress, .refusedRedirect: self = .refused(fault.description)
    case .mailRefused(let code) where code >= 500: self = .refused(fault.description)
    default: self = .retry(fault.description, after: nil)
    }
  }
}
