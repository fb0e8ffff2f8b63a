import CCurl
import CreditCore

/// Speaks to servers, and keeps connections open from one exchange to the next.
///
/// Certificates are always verified. No proxy, cookie, user's file or variable of the environment
/// is used. It belongs to one thread at a time.
public final class Connection {
  let handle: UnsafeMutableRawPointer
  /// Whether an exchange is to end before it is done; looked at several times a second.
  public var mustEnd: () -> Bool = { false }
  /// `name:port:address`: what names lead to, instead of asking.
  var resolved: [String] = []

  private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Throws ``TransportFault`` where there is no memory for it.
  public init() throws(TransportFault) {
    guard Self.isReady, let handle = curl_easy_init() else {
      throw TransportFault(.outOfMemory, at: nil, "libcurl cannot be started")
    }
    self.handle = handle
  }

  deinit { curl_easy_cleanup(handle) }

  /// Sends a request and waits for the whole answer; any status is an answer, and a redirect is
  /// one like any other.
  ///
  /// Throws ``TransportFault`` for an exchange that did not happen, or not to its end.
  public func send(_ request: HTTPRequest) throws(TransportFault) -> HTTPResponse {
    let transfer = Transfer(
      policy: request.policy,
      bodyLimit: request.bodyLimit,
      mustEnd: mustEnd
    )
    let url = try ParsedURL(request.address.complete)
    try prepare(transfer, isMail: false, milliseconds: request.milliseconds)
    try check(ccurl_set_url(handle, url.handle))
    let headers = List()
    for header in request.headers + [HTTPRequest.Header("Expect", "")] {
      try headers.append(try Self.line(header))
    }
    try check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers.first))
    try check(ccurl_set_text(handle, CURLOPT_USERAGENT, "creditmeter/0.1"))
    let code = try perform(request)
    withExtendedLifetime((url, headers)) {}
    if code != CURLE_OK { throw fault(code, transfer, at: request.address.description) }
    return HTTPResponse(
      status: ccurl_get_long(handle, CURLINFO_RESPONSE_CODE),
      headers: transfer.headers,
      body: transfer.body
    )
  }

  private func perform(_ request: HTTPRequest) throws(TransportFault) -> CURLcode {
    switch request.method {
    case .get: return curl_easy_perform(handle)
    case .post:
      try check(ccurl_set_long(handle, CURLOPT_POST, 1))
      var code = CURLE_OK
      request.body.withUnsafeBytes { bytes in
        code = ccurl_set_body(handle, bytes.baseAddress ?? UnsafeRawPointer(handle), bytes.count)
        if code == CURLE_OK { code = curl_easy_perform(handle) }
      }
      return code
    }
  }

  private static func line(_ header: HTTPRequest.Header) throws(TransportFault) -> String {
    let line = "\(header.name):\(header.value.revealed.isEmpty ? "" : " ")\(header.value.revealed)"
    guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw TransportFault(
        .badAddress,
        at: nil,
        "the header \(printable(header.name)) has a character that no header has"
      )
    }
    return line
  }

  /// Clears what the exchange before has set, but not its connections, and sets what every
  /// exchange has.
  func prepare(
    _ transfer: Transfer,
    isMail: Bool,
    milliseconds: Int
  ) throws(TransportFault) {
    curl_easy_reset(handle)
    try transfer.install(in: handle)
    try check(ccurl_set_schemes(handle, isMail ? 1 : 0))
    for (option, value) in [
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_TIMEOUT_MS, milliseconds),
      (CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000)),
      (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
    ] as [(CURLoption, Int)] {
      try check(ccurl_set_long(handle, option, value))
    }
    // The environment may name a proxy, which would be spoken to instead.
    try check(ccurl_set_text(handle, CURLOPT_PROXY, ""))
    let pinned = List()
    for entry in resolved { try pinned.append(entry) }
    names = pinned
    if !resolved.isEmpty { try check(ccurl_set_list(handle, CURLOPT_RESOLVE, pinned.first)) }
  }

  /// Kept for as long as the handle may look at it.
  private var names = List()
}

/// A list of texts as libcurl wants it.
final class List {
  private(set) var first: UnsafeMutablePointer<curl_slist>?

  deinit { curl_slist_free_all(first) }

  func append(_ text: String) throws(TransportFault) {
    guard let longer = curl_slist_append(first, text) else {
      throw TransportFault(.outOfMemory, at: nil, "there is no memory for a header")
    }
    first = longer
  }
}
