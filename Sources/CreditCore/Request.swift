/// One logged API call: a fact, never edited.
public struct Request: Sendable {
  public var method: String
  /// As logged: a path or a whole URL, with or without base path and query.
  public var path: String
  /// The HTTP status, or nil when the log has none.
  public var status: Int?
  /// Whether the API answered from an earlier call with the same idempotency key.
  public var replayed: Bool
  /// What the log itself says was consumed.
  public var usage: [Unit: ExactDecimal]
  /// What the log itself says was charged.
  public var creditsCharged: Credits?

  public init(
    method: String,
    path: String,
    status: Int? = nil,
    replayed: Bool = false,
    usage: [Unit: ExactDecimal] = [:],
    creditsCharged: Credits? = nil
  ) {
    self.method = method
    self.path = path
    self.status = status
    self.replayed = replayed
    self.usage = usage
    self.creditsCharged = creditsCharged
  }
}

/// A rated request.
public struct Charge: Sendable {
  /// The operation's id, or `unknown` where no pattern of the book matches.
  public var operation: String
  public var metering: Metering
  public var unit: Unit
  /// How many units, or nil when nothing tells.
  public var quantity: ExactDecimal?
  /// Nil when no rate is known: unknown is not zero.
  public var credits: Credits?
  public var basis: Basis
  /// The version of the book that priced it.
  public var bookVersion: String

  public init(
    operation: String,
    metering: Metering,
    unit: Unit,
    quantity: ExactDecimal?,
    credits: Credits?,
    basis: Basis,
    bookVersion: String
  ) {
    self.operation = operation
    self.metering = metering
    self.unit = unit
    self.quantity = quantity
    self.credits = credits
    self.basis = basis
    self.bookVersion = bookVersion
  }
}

/// One of the two bodies of a call.
public enum BodySide: String, Sendable {
  case request
  case response
}

/// A place in a JSON document (RFC 6901).
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// Keys and indices, unescaped.
  public let tokens: [String]
  public let description: String

  /// - Returns: nil unless `text` is empty or starts with `/` and escapes only as `~0` and `~1`.
  public init?(_ text: String) {
    guard text.isEmpty || text.hasPrefix("/") else { return nil }
    var tokens: [String] = []
    for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard let token = Self.unescaped(part) else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
    description = text
  }

  private static func unescaped(_ part: Substring) -> String? {
    var token = ""
    var characters = part.makeIterator()
    while let character = characters.next() {
      guard character == "~" else {
        token.append(character)
        continue
      }
      switch characters.next() {
      case "0": token.append("~")
      case "1": token.append("/")
      default: return nil
      }
    }
    return token
  }
}
