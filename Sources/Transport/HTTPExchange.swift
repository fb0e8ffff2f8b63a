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

  public enum Redirects: Sendable {
    /// A redirect is an answer like any other.
    case none
    /// Followed up to three times within the same scheme, host and port, for `get` alone.
    case sameOrigin
  }

  public var method: Method
  public var address: WebAddress
  public var headers: [Header] = []
  public var body: [UInt8] = []
  public var policy: AddressPolicy
  public var redirects = Redirects.none
  /// Until the answer is whole.
  public var milliseconds = 30_000
  /// Bytes of the answer's body.
  public var bodyLimit = 1 << 20

  public init(_ method: Method, _ address: WebAddress, policy: AddressPolicy) {
    self.method = method
    self.address = address
    self.policy = policy
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
