import CreditCore
import Digests
import HTTPTypes
import Synchronization
import UsageStore

/// One request, as a route sees it: read whole, and its client known.
struct Call: Sendable {
  let id: String
  let method: HTTPRequest.Method
  /// Without the query.
  let path: String
  let query: Query
  let headers: HTTPFields
  let body: [UInt8]
  let client: Client
  let now: Instant

  /// The only organisation that the client may see or add to; nil where it may see all.
  var org: String? { client.token?.org }

  /// The media type of the body, without its parameters, in lower case; nil without one.
  var contentType: String? { headers.value(of: .contentType).flatMap(mediaType) }
}

/// Who asks.
struct Client: Sendable {
  enum Proof: Sendable {
    case none
    /// Nobody has to prove anything: the service runs with --no-auth.
    case notNeeded
    case bearer(AccessToken)
    case session(AccessToken, Session)
  }

  var proof: Proof
  /// The address at the other end of the connection.
  var address: String

  var token: AccessToken? {
    switch proof {
    case .none, .notNeeded: nil
    case .bearer(let token), .session(let token, _): token
    }
  }

  var session: Session? {
    if case .session(_, let session) = proof { session } else { nil }
  }

  func may(_ scope: AccessScope) -> Bool {
    switch proof {
    case .none: false
    case .notNeeded: true
    case .bearer(let token), .session(let token, _): token.scopes.contains(scope)
    }
  }
}

/// `application/json` of `Application/JSON; charset=utf-8`.
func mediaType(_ text: String) -> String? {
  let name = text.utf8.prefix { $0 != UInt8(ascii: ";") }
  guard let first = name.firstIndex(where: { $0 != UInt8(ascii: " ") }),
    let last = name.lastIndex(where: { $0 != UInt8(ascii: " ") })
  else { return text.isEmpty ? nil : "" }
  return text[first...last].lowercased()
}

/// Names of requests, no two alike, of this process or another.
final class RequestIDs: Sendable {
  private let prefix = "req_" + hexText(randomBytes(6))
  private let count = Atomic<UInt64>(0)

  func next() -> String {
    let number = count.wrappingAdd(1, ordering: .relaxed).newValue
    return prefix + hexText(withUnsafeBytes(of: number.bigEndian) { Array($0.suffix(4)) })
  }
}
