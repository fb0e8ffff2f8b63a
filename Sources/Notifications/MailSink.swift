public import Alerting
public import CreditCore
import Digests
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
    do throws(TransportFault) {
      let mail = Mail(from: from, to: to, content: Array(content(message, at: now).utf8))
      try Connection().send(mail, to: server)
      return .delivered
    } catch { return DeliveryOutcome(error) }
  }

  /// RFC 5322, in ASCII alone: the subject in encoded words, the text in base64.
  private func content(_ message: AlertMessage, at now: Instant) -> String {
    let host = from.split(separator: "@").last.map(String.init) ?? "creditmeter"
    let text = ([message.headline, ""] + message.lines).map { $0 + "\r\n" }.joined()
    let headers = [
      "Date: \(mailDate(now))", "From: \(ascii(from))",
      "To: \(to.map(ascii).joined(separator: ",\r\n "))",
      "Subject: \(Self.encoded(message.headline))",
      // The same on every attempt, so that a mailbox knows a second one.
      "Message-ID: <\(ascii(message.id))@\(ascii(host))>", "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: base64",
    ]
    let body = Self.lines(base64Text(text.utf8), of: 76)
    return headers.joined(separator: "\r\n") + "\r\n\r\n" + body.map { $0 + "\r\n" }.joined()
  }

  private func ascii(_ text: String) -> String {
    String(text.unicodeScalars.filter { $0.value > 0x20 && $0.value < 0x7F }.map(Character.init))
  }

  /// RFC 2047: words of at most 75 characters, none of which ends within a character.
  static func encoded(_ text: String) -> String {
    if text.utf8.count <= 60, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var words: [[UInt8]] = [[]]
    for character in text.unicodeScalars {
      let bytes = Array(String(character).utf8)
      if words[words.count - 1].count + bytes.count > 42 { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?utf-8?B?\(base64Text($0))?=" }.joined(separator: "\r\n ")
  }

  private static func lines(_ text: String, of width: Int) -> [Substring] {
    var (lines, rest) = ([Substring](), text[...])
    while !rest.isEmpty {
      lines.append(rest.prefix(width))
      rest = rest.dropFirst(width)
    }
    return lines
  }
}

/// `Fri, 20 Nov 2026 12:00:00 +0000`.
private func mailDate(_ instant: Instant) -> String {
  let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  let text = instant.description
  guard let date = CivilDate(String(text.prefix(10))) else { return text }
  let clock = text.dropFirst(11).prefix(8)
  let month = months[date.month - 1]
  return "\(days[date.weekday - 1]), \(date.day) \(month) \(date.year) \(clock) +0000"
}
