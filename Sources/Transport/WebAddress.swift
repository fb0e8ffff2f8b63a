import CCurl
import CreditCore

/// An address of the web, read by the library that also connects to it, so that nothing is read
/// in two ways.
///
/// Printed it is its origin alone: what follows may be as good as a key.
public struct WebAddress: Sendable, Equatable, CustomStringConvertible {
  public enum Scheme: String, Sendable {
    case http
    case https
  }

  public let scheme: Scheme
  /// Lower case, as it is connected to; an IPv6 address is without brackets.
  public let host: String
  public let port: Int
  /// Path and query, with the leading slash.
  let target: Secret

  /// Reads an absolute http or https address without a user's name; a fragment is left out.
  ///
  /// Numbers of IPv4 addresses are read in every form that a resolver would take, so `0x7f.1` is
  /// 127.0.0.1. Throws ``TransportFault`` for anything else.
  public init(_ text: String) throws(TransportFault) {
    try self.init(ParsedURL(text))
  }

  init(_ url: ParsedURL) throws(TransportFault) {
    guard let scheme = url[CURLUPART_SCHEME].flatMap({ Scheme(rawValue: $0.lowercased()) }) else {
      throw TransportFault(.badAddress, at: nil, "the address does not start with https://")
    }
    guard url[CURLUPART_USER] == nil, url[CURLUPART_PASSWORD] == nil else {
      throw TransportFault(.badAddress, at: nil, "the address has a user's name in it")
    }
    guard var host = url[CURLUPART_HOST]?.lowercased(), !host.isEmpty,
      host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x25 })
    else { throw TransportFault(.badAddress, at: nil, "the address has no host that can be used") }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let port = url.port else {
      throw TransportFault(.badAddress, at: nil, "the address has a port that does not exist")
    }
    let query = url[CURLUPART_QUERY].map { "?" + $0 } ?? ""
    self.scheme = scheme
    self.host = host
    self.port = port
    target = Secret((url[CURLUPART_PATH] ?? "/") + query)
  }

  /// The origin: `https://example.com`, with the port where it is not the usual one.
  public var description: String {
    let usual = scheme == .https ? 443 : 80
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(scheme.rawValue)://\(printable(name))\(port == usual ? "" : ":\(port)")"
  }

  /// The same origin with another path and query.
  public func at(_ target: String) throws(TransportFault) -> WebAddress {
    try WebAddress(description + (target.hasPrefix("/") ? target : "/" + target))
  }

  /// The path without the query.
  public var path: String { String(target.revealed.prefix { $0 != "?" }) }

  /// Where a `Location` leads from here.
  func following(_ location: String) throws(TransportFault) -> WebAddress {
    let url = try ParsedURL(complete)
    try url.set(CURLUPART_URL, location)
    return try WebAddress(url)
  }

  func hasOrigin(of other: WebAddress) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  /// What a destination of messages may lead to: anybody's address by https, or this machine
  /// where the address names it, by http.
  ///
  /// Throws ``TransportFault`` for an address that no destination may have.
  public func destinationPolicy() throws(TransportFault) -> AddressPolicy {
    if scheme == .http {
      if isLoopback { return .loopbackOnly }
      throw TransportFault(.refusedAddress, at: description, "only https leads to another machine")
    }
    // The ports below 1024 are those of other protocols.
    guard port == 443 || port > 1_023 else {
      throw TransportFault(.refusedAddress, at: description, "port \(port) is not one of the web")
    }
    if let address = IPAddress(host), !AddressPolicy.publicOnly.allows(address) {
      throw TransportFault(
        .refusedAddress,
        at: description,
        AddressPolicy.publicOnly.refusal(of: address)
      )
    }
    return .publicOnly
  }

  /// What a server that whoever runs this machine named may lead to: by http only this machine.
  ///
  /// Throws ``TransportFault`` for plain http to another machine.
  public func serverPolicy() throws(TransportFault) -> AddressPolicy {
    if isLoopback { return .loopbackOnly }
    guard scheme == .https else {
      throw TransportFault(.refusedAddress, at: description, "only https leads to another machine")
    }
    return .publicOrPrivate
  }

  var complete: String { description + target.revealed }

  /// Whether it names this machine itself, and nothing that a name server could change.
  public var isLoopback: Bool {
    host == "localhost" || IPAddress(host).map { $0.kind == .loopback } == true
  }
}

/// A parsed address as libcurl holds it.
final class ParsedURL {
  let handle: OpaquePointer

  init(_ text: String) throws(TransportFault) {
    guard let handle = curl_url() else {
      throw TransportFault(.outOfMemory, at: nil, "there is no memory for an address")
    }
    self.handle = handle
    // A tab, a line's end or a space within could be read otherwise elsewhere.
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
      throw TransportFault(
        .badAddress,
        at: nil,
        "the address has a space, a backslash or another character that no address has"
      )
    }
    try set(CURLUPART_URL, text)
  }

  deinit { curl_url_cleanup(handle) }

  func set(_ part: CURLUPart, _ text: String) throws(TransportFault) {
    guard curl_url_set(handle, part, text, 0) == CURLUE_OK else {
      throw TransportFault(.badAddress, at: nil, "this is not an address of the web")
    }
  }

  subscript(part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }

  var port: Int? {
    var text: UnsafeMutablePointer<CChar>?
    let flags = UInt32(CURLU_DEFAULT_PORT)
    guard curl_url_get(handle, CURLUPART_PORT, &text, flags) == CURLUE_OK, let text else {
      return nil
    }
    defer { curl_free(text) }
    return Int(String(cString: text)).flatMap { (1...65_535).contains($0) ? $0 : nil }
  }
}
