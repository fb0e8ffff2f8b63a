import CreditCore
import Documents
import Transport

/// Why the provider did not give what was asked for, in words, with what to do.
public struct Graph8Fault: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// The key is not known.
    case notAllowed
    /// The key may not do this; it may do other things.
    case forbidden
    case outOfCredits
    case noSubscription
    /// The organisation has no credits to tell of yet.
    case noAccount
    case limited
    case blocked
    case providerFailed
    case unreachable
    /// What came is not what the provider's API says.
    case garbled
    case otherOrganisation
    case stopped
    case refused
  }

  public let kind: Kind
  private let text: String
  /// How long the provider wants no further call, in microseconds.
  public var waitAtLeast: Int64?

  public var description: String {
    waitAtLeast.map { "\(text), in \($0 / 1_000_000 + 1) s" } ?? text
  }

  init(_ kind: Kind, _ what: String, _ hint: String? = nil) {
    self.kind = kind
    text = what + (hint.map { "; " + $0 } ?? "")
  }

  /// A fault of the network on the way to the provider.
  init(_ fault: TransportFault) {
    switch fault.kind {
    case .stopped: self.init(.stopped, fault.description)
    case .garbled, .tooLarge, .refusedRedirect: self.init(.garbled, fault.description)
    default: self.init(.unreachable, fault.description)
    }
  }

  /// What an answer to `call`, such as `GET /usage`, that is no success means.
  init(_ response: HTTPResponse, to call: String) {
    let answer = ErrorAnswer(response)
    let status = "\(call) is answered with \(response.status)\(answer.reference)"
    let said = answer.message.map { ": \($0)" } ?? ""
    switch response.status {
    case 401:
      self.init(
        .notAllowed,
        "\(status): the key is not accepted\(said)",
        "check G8_API_KEY, and that the key was not revoked"
      )
    case 402 where answer.says("subscription_invalid"):
      self.init(
        .noSubscription,
        "\(status): the organisation has no active subscription, whatever its balance\(said)",
        "see Settings, Billing in graph8"
      )
    case 402:
      self.init(
        .outOfCredits,
        "\(status): the organisation is out of credits\(said)",
        "add credits in graph8, or wait for the next billing period"
      )
    case 403 where answer.isPage:
      self.init(
        .blocked,
        "\(status), a page of the firewall before graph8, not graph8's own answer",
        "the address this machine has may be blocked; the key is not the reason"
      )
    case 403:
      self.init(
        .forbidden,
        "\(status): the key may not do this\(said)",
        "it needs the scope usage:read, and G8_ORG_ID must be the key's own organisation"
      )
    case 404:
      self.init(
        .noAccount,
        "\(status): graph8 has no credits on record for this organisation yet\(said)",
        "it has some after the first top-up or charge; an edition without this endpoint answers "
          + "so too: try the other --api"
      )
    case 429:
      let page = answer.isPage ? ", by the firewall before graph8" : ""
      self.init(.limited, "\(status): too many calls\(page)\(said)", "try again later")
    case 300..<400:
      self.init(.garbled, "\(status): it sends elsewhere, without an address to follow")
    case 500...:
      self.init(.providerFailed, "\(status): graph8 fails\(said)", "try again later")
    default:
      self.init(.refused, "\(status)\(said)")
    }
  }
}

/// What an answer that is no success says for itself, in any of the forms that graph8 has.
struct ErrorAnswer {
  private(set) var message: String?
  private var code: String?
  private var requestID: String?
  /// A page for people, where an answer for programs should be.
  let isPage: Bool

  /// Text that is longer is cut.
  private static let limit = 200

  init(_ response: HTTPResponse) {
    let isTyped = response["Content-Type"]?.lowercased().hasPrefix("text/html") == true
    isPage = isTyped || response.body.drop { $0 <= 0x20 }.first == UInt8(ascii: "<")
    requestID = response["X-Request-Id"]
    if isPage { return }
    let source = SourceText(name: "answer", bytes: response.body)
    if let root = try? Document.parse(source, format: .json) { read(root) }
    message = message.map { String(printable($0).prefix(Self.limit)) }
    requestID = requestID.map { String(printable($0).prefix(80)) }
  }

  /// `{error: {code, message, request_id}}`, `{detail: "…"}`, `{detail: [{msg}]}`,
  /// `{detail: {error, message}}`, `{type, code, message, detail}`.
  private mutating func read(_ node: Node) {
    switch node.content {
    case .scalar(let text, quoted: true): message = message ?? text
    case .sequence(let elements): if let first = elements.first { read(first) }
    case .mapping(let entries):
      for entry in entries {
        let text: String?
        if case .scalar(let value, _) = entry.value.content { text = value } else { text = nil }
        switch entry.key.text {
        case "code", "type": code = entry.key.text == "code" ? text ?? code : code ?? text
        case "message", "msg": message = text ?? message
        case "request_id": requestID = text ?? requestID
        case "error":
          if let text { code = text } else { read(entry.value) }
        case "detail": read(entry.value)
        default: break
        }
      }
    case .scalar, .null: break
    }
  }

  func says(_ word: String) -> Bool { code == word || message?.contains(word) == true }

  /// ` (request req_1)`, for whoever asks graph8's support.
  var reference: String { requestID.map { " (request \($0))" } ?? "" }
}
