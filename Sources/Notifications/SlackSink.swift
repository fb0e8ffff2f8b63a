public import CreditCore

/// Posts text as Slack's incoming webhooks take it, and those of others that do alike.
public struct SlackSink: AlertSink {
  private let posting: Posting

  /// The address is as good as a key.
  public init(url: Secret) { posting = Posting(url.revealed) }

  public func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
    post(message.headline, message.lines, at: now)
  }

  func post(_ title: String, _ lines: [String], at now: Instant) -> DeliveryOutcome {
    let lines = ["*\(Self.escaped(title))*"] + lines.map(Self.escaped)
    var json = JSONText()
    json.object { $0.field("text", lines.joined(separator: "\n")) }
    return posting.post(json.text, now: now)
  }

  /// What a name says is text: it makes no link, and calls nobody.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
