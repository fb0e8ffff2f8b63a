/// Where messages go, as `alerts.yaml` names it.
public struct Destination: Sendable, Equatable {
  /// An address that is as good as a key, or the variable of the environment that holds one.
  public enum Address: Sendable, Equatable {
    case literal(String)
    case variable(String)
  }

  public enum Kind: Sendable, Equatable {
    /// Signed as Standard Webhooks have it, where there is the variable of a secret.
    case webhook(Address, secretVariable: String?)
    case slack(Address)
    case alertmanager(Address)
    case smtp(Mailbox)
    case stdout
  }

  /// Whom a server hands mail to.
  public struct Mailbox: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var from: String
    public var to: [String]
    public var user: String?
    /// The variable of the environment that holds the password.
    public var passwordVariable: String?

    public init(host: String, port: Int, from: String, to: [String]) {
      self.host = host
      self.port = port
      self.from = from
      self.to = to
    }
  }

  public var name: String
  public var kind: Kind

  public init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}

extension Destination {
  /// The variables of the environment that it needs.
  public var variables: [String] {
    func names(_ address: Address) -> [String] {
      if case .variable(let name) = address { [name] } else { [] }
    }
    switch kind {
    case .webhook(let address, let secret): return names(address) + (secret.map { [$0] } ?? [])
    case .slack(let address), .alertmanager(let address): return names(address)
    case .smtp(let mailbox): return mailbox.passwordVariable.map { [$0] } ?? []
    case .stdout: return []
    }
  }
}
