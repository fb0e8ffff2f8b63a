public import CreditCore
import Digests

/// What the bearer of a token may do; one does not bring another, a token names all it is for.
public enum AccessScope: String, Sendable, CaseIterable {
  /// Send requests and snapshots.
  case ingest
  /// Ask for usage, reports, prices and estimates.
  case read
  /// Silence alerts.
  case admin
}

/// A token as it is kept: everything but its secret.
public struct AccessToken: Sendable {
  public let id: String
  /// The only organisation that it is for.
  public let org: String
  public let scopes: Set<AccessScope>
  /// What people call it.
  public let name: String?
  public let created: Instant
  /// The first instant at which it does not hold any more.
  public let expires: Instant
  public let revoked: Instant?
  /// To a minute.
  public let lastUsed: Instant?

  /// In the order of the cases.
  public var scopeNames: [String] {
    AccessScope.allCases.filter(scopes.contains).map(\.rawValue)
  }

  public enum State: String, Sendable {
    case active
    case expired
    case revoked
  }

  public func state(at now: Instant) -> State {
    revoked != nil ? .revoked : expires <= now ? .expired : .active
  }

  /// Ninety days.
  public static let usualLife = Span(seconds: 90 * 86_400)
}

/// The text that proves who asks: `g8u_<id>_<secret>`, 8 and 43 letters and digits.
struct BearerText {
  static let prefix = "g8u_"
  private static let idLength = 8
  /// 43 of 62 letters and digits are 256 bits.
  private static let secretLength = 43
  private static let alphabet = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
  )

  let id: String
  let text: String

  /// One that nobody can guess.
  static func random() -> BearerText {
    let id = letters(idLength)
    return BearerText(id: id, text: "\(prefix)\(id)_\(letters(secretLength))")
  }

  private init(id: String, text: String) { (self.id, self.text) = (id, text) }

  /// Nil for what no token looks like.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let end = Self.prefix.utf8.count + Self.idLength
    guard bytes.count == end + 1 + Self.secretLength, text.hasPrefix(Self.prefix),
      bytes[end] == UInt8(ascii: "_")
    else { return nil }
    let id = bytes[Self.prefix.utf8.count..<end]
    guard id.allSatisfy(Self.isLetterOrDigit), bytes[(end + 1)...].allSatisfy(Self.isLetterOrDigit)
    else { return nil }
    self.id = String(decoding: id, as: UTF8.self)
    self.text = text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
  }

  func digest() throws -> [UInt8] { try sha256(Array(text.utf8)) }

  private static func letters(_ count: Int) -> String {
    var source = SystemRandomNumberGenerator()
    let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<62, using: &source)] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
