#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An address that a connection can be made to.
public struct IPAddress: Sendable, Equatable {
  /// Four bytes, or sixteen.
  public let bytes: [UInt8]

  /// What a range of addresses is for.
  public enum Kind: Sendable {
    /// Anybody's.
    case global
    /// This machine.
    case loopback
    /// Networks of a house or a firm: RFC 1918, RFC 4193.
    case privateNetwork
    /// This cable, which is also where clouds keep the keys of a machine.
    case linkLocal
    /// Everything that no destination has: unspecified, shared by providers, multicast, reserved,
    /// for documentation, or another address in disguise.
    case special
  }

  /// Nil unless the text is an address in its usual form.
  public init?(_ text: String) {
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: six) { Array($0) }
    } else {
      return nil
    }
  }

  /// Nil for a family that is neither IPv4 nor IPv6.
  init?(_ address: UnsafePointer<sockaddr>, length: Int) {
    let raw = UnsafeRawPointer(address)
    switch Int32(address.pointee.sa_family) {
    case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
      let four = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
      bytes = withUnsafeBytes(of: four) { Array($0) }
    case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
      let six = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      bytes = withUnsafeBytes(of: six) { Array($0) }
    default: return nil
    }
  }

  public var kind: Kind { bytes.count == 4 ? kindOfFour : kindOfSix }

  /// The IANA IPv4 Special-Purpose Address Registry.
  private var kindOfFour: Kind {
    switch (bytes[0], bytes[1], bytes[2]) {
    case (127, _, _): .loopback
    case (10, _, _), (172, 16...31, _), (192, 168, _): .privateNetwork
    case (169, 254, _): .linkLocal
    case (0, _, _), (100, 64...127, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _),
      (198, 51, 100), (203, 0, 113), (224...255, _, _):
      .special
    default: .global
    }
  }

  /// The IANA IPv6 Special-Purpose Address Registry: only 2000::/3 is handed out, and parts of it
  /// are tunnels to an IPv4 address or for documentation.
  private var kindOfSix: Kind {
    if bytes == Array(repeating: 0, count: 15) + [1] { return .loopback }
    switch (bytes[0], bytes[1]) {
    case (0xFC...0xFD, _): return .privateNetwork
    case (0xFE, 0x80...0xBF): return .linkLocal
    case (0x20, 0x01) where bytes[2] < 2: return .special
    case (0x20, 0x01) where bytes[2] == 0x0D && bytes[3] == 0xB8: return .special
    case (0x20, 0x02): return .special
    case (0x3F, 0xFF) where bytes[2] < 0x10: return .special
    case (0x20...0x3F, _): return .global
    default: return .special
    }
  }
}

/// Which addresses a connection may be made to, whatever name led there.
public enum AddressPolicy: Sendable {
  case publicOnly
  /// For what whoever runs this machine named: a gateway or a mail server of the firm.
  case publicOrPrivate
  /// For an address that names this machine.
  case loopbackOnly

  public func allows(_ address: IPAddress) -> Bool {
    switch self {
    case .publicOnly: address.kind == .global
    case .publicOrPrivate: address.kind == .global || address.kind == .privateNetwork
    case .loopbackOnly: address.kind == .loopback
    }
  }

  /// Why an address that it does not allow is refused.
  func refusal(of address: IPAddress) -> String {
    switch address.kind {
    case .loopback: "it leads to this machine"
    case .privateNetwork: "it leads into a private network"
    case .linkLocal: "it leads to an address of the local link"
    case .special: "it leads to an address that is nobody's"
    case .global: "it leads to another machine"
    }
  }
}
