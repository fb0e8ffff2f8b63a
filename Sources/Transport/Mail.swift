import CCurl
public import CreditCore

/// A server that takes mail.
public struct MailServer: Sendable {
  public enum Security: Sendable {
    /// Plain text, which only a server on this machine gets.
    case none
    /// Begins plain and must change over to TLS before anything is said (STARTTLS).
    case upgraded
    /// TLS from the first byte.
    case immediate
  }

  public var host: String
  public var port: Int
  public var security: Security
  /// A name and a password, where it wants them.
  public var login: (name: String, password: Secret)?

  /// TLS as the port has it (465 begins with it); a server on this machine speaks plain text.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
    security = port == 465 ? .immediate : .upgraded
    if isLoopback { security = .none }
  }

  public var isLoopback: Bool {
    host.lowercased() == "localhost" || IPAddress(host).map { $0.kind == .loopback } == true
  }

  fileprivate var url: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(security == .immediate ? "smtps" : "smtp")://\(name):\(port)"
  }
}

/// One mail, as it goes over the wire.
public struct Mail: Sendable {
  /// The address that bounces go to.
  public var from: String
  public var to: [String]
  /// Headers, an empty line and the text, with CR LF at the end of each line.
  public var content: [UInt8]
  /// Until the server has taken it.
  public var milliseconds = 30_000

  public init(from: String, to: [String], content: [UInt8]) {
    self.from = from
    self.to = to
    self.content = content
  }
}

extension Connection {
  /// Hands a mail to a server, for all who are to have it or for none.
  ///
  /// Throws ``TransportFault`` where the server does not take it.
  public func send(_ mail: Mail, to server: MailServer) throws(TransportFault) {
    let place = server.url
    let transfer = Transfer(
      policy: server.isLoopback ? .loopbackOnly : .publicOrPrivate,
      bodyLimit: 64 << 10,
      mustEnd: mustEnd
    )
    transfer.outgoing = mail.content
    try prepare(transfer, isMail: true, milliseconds: mail.milliseconds)
    let url = try ParsedURL(place)
    try check(ccurl_set_url(handle, url.handle))
    if server.security == .upgraded {
      try check(ccurl_set_long(handle, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)))
    }
    if let login = server.login {
      try check(ccurl_set_text(handle, CURLOPT_USERNAME, login.name))
      try check(ccurl_set_text(handle, CURLOPT_PASSWORD, login.password.revealed))
    }
    let recipients = List()
    for address in mail.to { try recipients.append(try Self.bracketed(address, place)) }
    try check(ccurl_set_text(handle, CURLOPT_MAIL_FROM, try Self.bracketed(mail.from, place)))
    try check(ccurl_set_list(handle, CURLOPT_MAIL_RCPT, recipients.first))
    try check(ccurl_set_long(handle, CURLOPT_UPLOAD, 1))
    try check(ccurl_set_upload_size(handle, mail.content.count))
    let code = curl_easy_perform(handle)
    withExtendedLifetime((url, recipients, transfer)) {}
    if code == CURLE_OK { return }
    let answer = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE)
    if answer >= 400, transfer.refusal == nil, !transfer.wasStopped {
      throw TransportFault(
        .mailRefused(answer),
        at: place,
        "the mail server does not take it (\(answer))"
      )
    }
    throw fault(code, transfer, at: place)
  }

  private static func bracketed(
    _ address: String,
    _ place: String
  ) throws(TransportFault) -> String {
    guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x3C && $0 != 0x3E }) else {
      throw TransportFault(.badAddress, at: place, "\(printable(address)) is no mail address")
    }
    return "<\(address)>"
  }
}
