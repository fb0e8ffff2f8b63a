public import CreditCore
import Digests
import Transport

/// Posts the message itself, signed as Standard Webhooks have it.
public struct WebhookSink: AlertSink {
  private let posting: Posting
  private let key: Result<[UInt8]?, EnvironmentFault>

  /// `secret`: `whsec_` and a key in base64, or any other text, which is the key itself; nil to
  /// send without a signature.
  public init(url: Secret, secret: Secret?) {
    posting = Posting(url.revealed)
    key = Result { () throws(EnvironmentFault) in try secret.map(Self.key(of:)) }
  }

  private static func key(of secret: Secret) throws(EnvironmentFault) -> [UInt8] {
    guard secret.revealed.hasPrefix("whsec_") else { return Array(secret.revealed.utf8) }
    guard let key = bytes(base64: String(secret.revealed.dropFirst(6))), !key.isEmpty else {
      throw EnvironmentFault("the secret starts with whsec_, but no base64 follows")
    }
    return key
  }

  public func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
    post(message.json, id: message.id, at: now)
  }

  func post(_ body: String, id: String, at now: Instant) -> DeliveryOutcome {
    do throws(EnvironmentFault) {
      return posting.post(body, try headers(id, body, at: now), now: now)
    } catch { return .refused(error.description) }
  }

  /// The id is the message's, so that a receiver knows a second attempt; the time is of this one.
  private func headers(
    _ id: String,
    _ body: String,
    at now: Instant
  ) throws(EnvironmentFault) -> [HTTPRequest.Header] {
    let time = String(now.microseconds / 1_000_000)
    var headers = [HTTPRequest.Header("webhook-id", id), .init("webhook-timestamp", time)]
    if let key = try key.get() {
      let code = try hmacSHA256(key: key, "\(id).\(time).\(body)".utf8)
      headers.append(.init("webhook-signature", "v1," + base64Text(code)))
    }
    return headers
  }
}
