public import CreditCore
public import Transport

/// Mails the message.
public struct MailSink: AlertSink {
  private let server: MailServer
  private let from: String
  private let to: [String]

  public init(_ server: MailServer, from: String, to: [String]) {
    self.server = server
    self.from = from
    self.to = to
  }

  public func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
    send(
      MailContent(
        id: message.id,
        subject: message.headline,
        text: ([message.headline, ""] + message.lines).joined(separator: "\n") + "\n"
      ),
      at: now
    )
  }

  func send(_ content: MailContent, at now: Instant) -> DeliveryOutcome {
    do throws(TransportFault) {
      let bytes = Array(content.wire(from: from, to: to, at: now).utf8)
      try Connection().send(Mail(from: from, to: to, content: bytes), to: server)
      return .delivered
    } catch { return DeliveryOutcome(error) }
  }
}
