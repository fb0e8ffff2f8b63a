import CCurl
import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What one transfer takes in and gives out, and the functions by which libcurl does it.
final class Transfer {
  let policy: AddressPolicy
  let bodyLimit: Int
  let mustEnd: () -> Bool
  private(set) var headers: [(name: String, value: String)] = []
  private(set) var body: [UInt8] = []
  private var headerBytes = 0
  private static let headerLimit = 64 << 10
  /// What is sent by a mail.
  var outgoing: [UInt8] = []
  private var sent = 0
  private(set) var isTooLarge = false
  private(set) var wasStopped = false
  private(set) var refusal: String?

  init(policy: AddressPolicy, bodyLimit: Int, mustEnd: @escaping () -> Bool) {
    self.policy = policy
    self.bodyLimit = bodyLimit
    self.mustEnd = mustEnd
  }

  /// Sets the functions; the transfer must outlive what `handle` performs.
  func install(in handle: UnsafeMutableRawPointer) throws(TransportFault) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    try check(
      ccurl_set_receivers(
        handle,
        { bytes, size, count, context in
          Transfer.from(context)?.receive(body: bytes, size * count) ?? 0
        },
        { bytes, size, count, context in
          Transfer.from(context)?.receive(header: bytes, size * count) ?? 0
        },
        context
      )
    )
    try check(
      ccurl_set_opener(
        handle,
        { context, _, address in
          guard let transfer = Transfer.from(context), let address else { return -1 }
          return transfer.open(&address.pointee)
        },
        context
      )
    )
    try check(
      ccurl_set_progress(
        handle,
        { context, _, _, _, _ in Transfer.from(context)?.progress() ?? 1 },
        context
      )
    )
    try check(
      ccurl_set_reader(
        handle,
        { buffer, size, count, context in
          Transfer.from(context)?.give(buffer, size * count) ?? 0
        },
        context
      )
    )
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  // MARK: Called by libcurl

  /// Anything but `count` ends the transfer.
  private func receive(body bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
    guard let bytes, body.count + count <= bodyLimit else {
      isTooLarge = true
      return 0
    }
    body += UnsafeRawBufferPointer(start: bytes, count: count)
    return count
  }

  private func receive(header bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
    headerBytes += count
    guard let bytes, headerBytes <= Self.headerLimit else {
      isTooLarge = true
      return 0
    }
    let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    // After an answer that was only in between, the next one begins.
    if line.hasPrefix("HTTP/") {
      headers = []
    } else if let colon = line.firstIndex(of: ":") {
      headers.append(
        (
          name: String(line[..<colon]),
          value: trimmed(line[line.index(after: colon)...])
        )
      )
    }
    return count
  }

  private func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return String(text)
  }

  /// The one place where a connection begins: what the name led to is looked at here, and
  /// nothing resolves it again.
  private func open(_ address: inout curl_sockaddr) -> curl_socket_t {
    let length = Int(address.addrlen)
    let target = withUnsafePointer(to: &address.addr) { IPAddress($0, length: length) }
    guard refusal == nil, let target, policy.allows(target) else {
      // One address that is refused refuses the name.
      if refusal == nil {
        refusal = target.map(policy.refusal(of:)) ?? "it leads to no address of the internet"
      }
      return -1
    }
    return socket(address.family, address.socktype | closedOnExec, address.protocol)
  }

  private var closedOnExec: Int32 {
    #if canImport(Glibc)
    Int32(SOCK_CLOEXEC.rawValue)
    #elseif canImport(Musl)
    Int32(SOCK_CLOEXEC)
    #else
    0
    #endif
  }

  private func progress() -> Int32 {
    if !wasStopped, mustEnd() { wasStopped = true }
    return wasStopped ? 1 : 0
  }

  private func give(_ buffer: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
    guard let buffer else { return 0 }
    let part = outgoing[sent..<min(sent + room, outgoing.count)]
    UnsafeMutableRawBufferPointer(start: buffer, count: room).copyBytes(from: part)
    sent += part.count
    return part.count
  }
}

/// Throws where an option cannot be set, which only want of memory explains.
func check(_ code: CURLcode) throws(TransportFault) {
  if code != CURLE_OK {
    throw TransportFault(
      .outOfMemory,
      at: nil,
      "libcurl cannot be set up (\(String(cString: curl_easy_strerror(code))))"
    )
  }
}
