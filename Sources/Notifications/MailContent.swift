import CreditCore
import Digests

/// What a mail says, and how it goes over the wire: RFC 5322 in ASCII alone.
struct MailContent {
  /// Something to keep beside the text.
  struct File {
    var name: String
    /// `text/csv`.
    var type: String
    var bytes: [UInt8]
  }

  /// The same on every attempt, so that a mailbox knows a second one.
  var id: String
  var subject: String
  /// Lines end with a line feed.
  var text: String
  /// The same for whoever shows pages.
  var html: [UInt8]?
  var file: File?

  /// Subject in encoded words, texts in base64.
  func wire(from: String, to: [String], at now: Instant) -> String {
    let host = from.split(separator: "@").last.map(String.init) ?? "creditmeter"
    let headers = [
      "Date: \(now.internetDate) +0000", "From: \(Self.ascii(from))",
      "To: \(to.map(Self.ascii).joined(separator: ",\r\n "))",
      "Subject: \(Self.encoded(subject))",
      "Message-ID: <\(Self.ascii(id))@\(Self.ascii(host))>", "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
    ]
    return headers.map { $0 + "\r\n" }.joined() + body
  }

  private var body: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let plain = Self.part("text/plain; charset=utf-8", Array(lines.joined(separator: "\r\n").utf8))
    var parts = [plain]
    if let html { parts.append(Self.part("text/html; charset=utf-8", html)) }
    let shown = parts.count > 1 ? Self.multipart("alternative", parts) : plain
    guard let file else { return shown }
    let kept = Self.part(
      file.type,
      file.bytes,
      ["Content-Disposition: attachment; filename=\"\(Self.ascii(file.name))\""]
    )
    return Self.multipart("mixed", [shown, kept])
  }

  private static func part(_ type: String, _ bytes: [UInt8], _ more: [String] = []) -> String {
    let headers = ["Content-Type: \(type)", "Content-Transfer-Encoding: base64"] + more
    return (headers + [""] + lines(base64Text(bytes), of: 76)).map { $0 + "\r\n" }.joined()
  }

  private static func multipart(_ kind: String, _ parts: [String]) -> String {
    // No line of base64, and no header here, starts so.
    let boundary = "=_creditmeter_\(kind)"
    return "Content-Type: multipart/\(kind); boundary=\"\(boundary)\"\r\n\r\n"
      + parts.map { "--\(boundary)\r\n\($0)" }.joined() + "--\(boundary)--\r\n"
  }

  private static func ascii(_ text: String) -> String {
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

  private static func lines(_ text: String, of width: Int) -> [String] {
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: width).map { start in
      String(decoding: bytes[start..<min(start + width, bytes.count)], as: UTF8.self)
    }
  }
}
