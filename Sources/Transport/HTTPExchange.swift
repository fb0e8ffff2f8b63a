public import CreditCore

/// What is asked of a web server.
public struct HTTPRequest: Sendable {
  public enum Method: Sendable {
    case get
    case post
  }

  public struct Header: Sendable {
    public let name: String
    public let value: Secret

    public init(_ name: String, _ value: String) { self.init(name, Secret(value)) }

    public init(_ name: String, _ value: Secret) {
      self.name = name
      self.value = value
    }
  }

  public var method: Method
  public var address: WebAddress
  public var headers: [Header] = []
  public var body: [UInt8] = []
  public var policy: AddressPolicy
  /// Until the answer is whole.
  public var milliseconds = 30_000
  /// Bytes of the answer's body.
  public var bodyLimit = 1 << 20

  public init(_ method: Method, _ address: WebAddress, policy: AddressPolicy) {
    self.method = method
    self.address = address
    self.policy = policy
  }

  /// The request to send where an answer sends elsewhere; nil where it does not, or without
  /// saying where.
  ///
  /// Throws ``TransportFault`` for another scheme, host or port: whatever the request carries is
  /// not for them.
  public func redirected(by response: HTTPResponse) throws(TransportFault) -> HTTPRequest? {
    guard (300..<400).contains(response.status), response.status != 304, method == .get,
      let location = response["Location"]
    else { return nil }
    let next = try address.following(location)
    guard next.hasOrigin(of: address) else {
      throw TransportFault(
        .refusedRedirect,
        at: address.description,
        "it sends elsewhere, to \(next), where nothing is sent"
      )
    }
    var request = self
    request.address = next
    return request
  }
}

/// What a web server answered.
public struct HTTPResponse: Sendable {
  public var status: Int
  /// In the order that they came in.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of that name, in any case.
  public subscript(name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
