public import CreditCore
import Digests
public import Settings

/// Why a webhook is not taken; nothing of it is kept.
public enum WebhookRefusal: Error, Sendable, Equatable {
  /// Without a secret nobody can tell whom a webhook is from, so none is taken.
  case noSecret
  case noSignature
  case manySignatures
  /// It is not 64 hexadecimal digits.
  case malformedSignature
  case wrongSignature
  /// The signed time is missing, stands twice, or is no time.
  case noTime
  /// The signed time is too long ago.
  case stale
  /// The signed time is too far ahead.
  case ahead
  /// What is signed is about another organisation.
  case otherOrganisation
  /// What is signed is no event: not JSON, no object, or without a name; where and why.
  case notAnEvent(String)

  public enum Kind: Sendable {
    /// Nothing can be taken until somebody sets a secret.
    case unavailable
    case unauthorised
    case badRequest
  }

  public var kind: Kind {
    switch self {
    case .noSecret: .unavailable
    case .notAnEvent: .badRequest
    default: .unauthorised
    }
  }

  /// A sentence for logs; it quotes nothing that came unsigned.
  public var reason: String {
    switch self {
    case .noSecret: "no secret is set for webhooks"
    case .noSignature: "the webhook has no signature"
    case .manySignatures: "the webhook has several signatures"
    case .malformedSignature: "the signature is not 64 hexadecimal digits"
    case .wrongSignature: "the signature is of another secret or another body"
    case .noTime: "the webhook has no time, or one that cannot be read"
    case .stale: "the webhook was signed more than 15 minutes ago"
    case .ahead: "the webhook was signed more than 5 minutes ahead of this clock"
    case .otherOrganisation: "the webhook is of another organisation"
    case .notAnEvent(let fault): "the webhook is no event: \(fault)"
    }
  }
}

/// Tells whether a webhook is from whoever knows a secret.
public struct WebhookSignature: Sendable {
  private let scheme: Settings.Webhook.Scheme
  private let secrets: [Secret]

  /// `secrets`: one, or two separated by a comma while the provider changes over; an empty text
  /// is none.
  public init(_ scheme: Settings.Webhook.Scheme, secrets: Secret?) {
    self.scheme = scheme
    self.secrets = (secrets?.revealed ?? "").split(separator: ",")
      .map { String($0).trimmed }.filter { !$0.isEmpty }.map { Secret($0) }
  }

  /// Older ones are refused: longer than any retry of the provider takes.
  static let oldest: Int64 = 15 * 60 * 1_000_000
  static let furthestAhead: Int64 = 5 * 60 * 1_000_000

  /// Throws ``WebhookRefusal`` unless the signature is right and of a fresh time.
  ///
  /// `headers`: each as it came, with its name in small letters. The body has a time of its own
  /// where the scheme signs none: see ``requireFresh(_:now:)``.
  public func verify(
    _ body: [UInt8],
    _ headers: [(name: String, value: String)],
    now: Instant
  ) throws {
    if secrets.isEmpty { throw WebhookRefusal.noSecret }
    var signed = body
    var time: Instant?
    let name: String
    switch scheme {
    case .body: name = "x-g8-signature"
    case .timestamped:
      name = "x-studio-signature"
      let texts = headers.filter { $0.name == "x-studio-timestamp" }.map(\.value)
      guard texts.count == 1, let text = texts.first, let found = Self.instant(seconds: text) else {
        throw WebhookRefusal.noTime
      }
      time = found
      signed = Array((text + ".").utf8) + body
    }
    let code = try Self.code(headers.filter { $0.name == name }.map(\.value))
    // Every secret is tried, so that the time tells nothing.
    var isRight = false
    for secret in secrets {
      let expected = try hmacSHA256(key: secret.revealed.utf8, signed)
      if areEqualInConstantTime(code, expected) { isRight = true }
    }
    if !isRight { throw WebhookRefusal.wrongSignature }
    if let time { try Self.requireFresh(time, now: now) }
  }

  /// The bytes of the only signature.
  private static func code(_ values: [String]) throws(WebhookRefusal) -> [UInt8] {
    guard let value = values.first else { throw .noSignature }
    if values.count > 1 { throw .manySignatures }
    let digits = value.hasPrefix("sha256=") ? String(value.dropFirst(7)) : value
    guard digits.utf8.count == 64, let code = bytes(hex: digits) else {
      throw .malformedSignature
    }
    return code
  }

  /// Seconds since 1970, and nothing else; nil for what is no time that an ``Instant`` holds.
  private static func instant(seconds text: String) -> Instant? {
    guard !text.isEmpty, text.utf8.count <= 12, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
      let seconds = Int64(text)
    else { return nil }
    return Instant(microseconds: seconds * 1_000_000)
  }

  /// Throws ``WebhookRefusal`` for a signed time older than 15 minutes or more than 5 ahead.
  static func requireFresh(_ time: Instant, now: Instant) throws(WebhookRefusal) {
    let (age, overflow) = now.microseconds.subtractingReportingOverflow(time.microseconds)
    if overflow || age > oldest { throw .stale }
    if age < -furthestAhead { throw .ahead }
  }
}

extension String {
  /// Without spaces at its ends.
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
