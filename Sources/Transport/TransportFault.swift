/// Why an exchange over the network did not happen.
///
/// Says where to by the origin alone: neither path, query nor header is ever in it.
public struct TransportFault: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    case badAddress
    /// The address policy does not allow what the name leads to.
    case refusedAddress
    /// A redirect that may not be followed.
    case refusedRedirect
    case unresolved
    case unreachable
    /// No connection that can be trusted.
    case insecure
    case timedOut
    /// The answer ended before it was whole.
    case cutOff
    /// More than is read came; the status said so much before.
    case tooLarge(status: Int)
    /// What came is not what the protocol says.
    case garbled
    /// A mail server's answer, with its code.
    case mailRefused(Int)
    /// The one who asked wants no answer any more.
    case stopped
    case outOfMemory
  }

  public let kind: Kind
  public let description: String

  init(_ kind: Kind, at place: String?, _ reason: String) {
    self.kind = kind
    description = place.map { "\($0): \(reason)" } ?? reason
  }
}
