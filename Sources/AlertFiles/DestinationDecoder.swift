import CreditCore
import Documents

// Where messages go.
extension AlertFileDecoder {
  private static let kinds = ["webhook", "slack", "alertmanager", "smtp", "stdout"]

  mutating func destination(
    _ entry: Node.Entry
  ) -> (kind: Destination.Kind, fallback: (name: String, node: Node)?)? {
    let what = "destination \(entry.key.text)"
    let allowed = Self.kinds + ["fallback"]
    let fields = Fields(entry.value, of: what, allowed: allowed, into: &faults)
    guard case .mapping(let entries) = entry.value.content else { return nil }
    let fallback = fields.string("fallback", into: &faults).flatMap { name in
      fields["fallback"].map { (name: name, node: $0) }
    }
    let kinds = entries.filter { Self.kinds.contains($0.key.text) }
    guard let kind = kinds.first else {
      if entries.allSatisfy({ allowed.contains($0.key.text) }) {
        faults.append(
          entry.value.diagnostic(
            "\(what) has no kind",
            expected: "one of \(Self.kinds.joined(separator: ", "))"
          )
        )
      }
      return nil
    }
    if kinds.count > 1 {
      faults.append(
        Diagnostic(
          "\(what) is both \(kinds[0].key.text) and \(kinds[1].key.text)",
          at: kinds[1].key.mark,
          expected: "one kind; the other under a name of its own"
        )
      )
    }
    return self.kind(kind.key.text, kind.value, what).map { ($0, fallback) }
  }

  private mutating func kind(_ kind: String, _ node: Node, _ what: String) -> Destination.Kind? {
    switch kind {
    case "webhook":
      let keys = ["url", "url_env", "secret_env"]
      let fields = Fields(node, of: kind, allowed: keys, into: &faults)
      let secret = fields.string("secret_env", into: &faults)
      return address(fields, what).map { .webhook($0, secretVariable: secret) }
    case "slack":
      let fields = Fields(node, of: kind, allowed: ["url", "url_env"], into: &faults)
      return address(fields, what).map { .slack($0) }
    case "alertmanager":
      let fields = Fields(node, of: kind, allowed: ["url", "url_env"], into: &faults)
      return address(fields, what).map { .alertmanager($0) }
    case "smtp": return mailbox(node)
    default:
      if !node.isNull { _ = Fields(node, of: kind, allowed: [], into: &faults) }
      return .stdout
    }
  }

  private mutating func address(_ fields: Fields, _ what: String) -> Destination.Address? {
    let literal = fields.string("url", into: &faults)
    let variable = fields.string("url_env", into: &faults)
    if let node = fields["url_env"], fields["url"] != nil {
      faults.append(node.diagnostic("\(what) has both url and url_env", expected: "one of them"))
      return nil
    }
    if let literal, let node = fields["url"] {
      let lowered = literal.lowercased()
      let isSafe = lowered.hasPrefix("https://") || Self.isLoopback(lowered)
      if !isSafe {
        faults.append(
          node.diagnostic(
            "url is \"\(printable(literal))\"",
            expected: "an https:// address (http:// on this machine only: 127.0.0.1, localhost)",
            hint: literal.hasPrefix("$") ? "url_env: NAME takes it from the environment" : nil
          )
        )
        return nil
      }
      return .literal(literal)
    }
    if let variable { return .variable(variable) }
    if fields["url"] == nil, fields["url_env"] == nil {
      faults.append(fields.node.diagnostic("\(what) has no url", expected: "url or url_env"))
    }
    return nil
  }

  private static func isLoopback(_ url: String) -> Bool {
    guard url.hasPrefix("http://") else { return false }
    let rest = url.dropFirst(7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if authority.hasPrefix("[::1]") { return true }
    let host = authority.prefix { $0 != ":" }
    return host == "localhost" || host.hasPrefix("127.")
  }

  private mutating func mailbox(_ node: Node) -> Destination.Kind? {
    let keys = ["host", "port", "from", "to", "user", "password_env"]
    let fields = Fields(node, of: "smtp", allowed: keys, into: &faults)
    for key in ["host", "from", "to"] { _ = fields.required(key, of: "smtp", into: &faults) }
    let host = fields.string("host", into: &faults)
    let from = fields.string("from", into: &faults)
    let to = strings("to", fields)
    let port = fields.read("port", into: &faults) { (node) throws(Diagnostic) in
      let number = try node.amount(of: "port").normalized
      guard number.scale == 0, let port = Int(exactly: number.significand),
        (1...65_535).contains(port)
      else { throw node.diagnostic("port is \(number)", expected: "a port from 1 to 65535") }
      return port
    }
    for (key, value, node) in [("from", from, fields["from"])]
      + (to ?? []).map({ ("to", $0.0, $0.1) })
    {
      if let value, let node, !value.contains("@") {
        faults.append(
          node.diagnostic("\(key) is \"\(printable(value))\"", expected: "an address with an @")
        )
      }
    }
    let user = fields.string("user", into: &faults)
    let password = fields.string("password_env", into: &faults)
    guard let host, let from, let to else { return nil }
    var mailbox = Destination.Mailbox(host: host, port: port ?? 587, from: from, to: to.map(\.0))
    (mailbox.user, mailbox.passwordVariable) = (user, password)
    return .smtp(mailbox)
  }
}
