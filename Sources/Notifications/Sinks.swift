public import CreditCore
import Transport

/// What takes messages to a destination of `alerts.yaml`.
public struct Sinks {
  private let variable: (String) -> String?
  let write: (String) throws -> Void

  /// `variable` reads the environment, `write` takes lines for standard output.
  public init(
    variable: @escaping (String) -> String?,
    write: @escaping (String) throws -> Void
  ) {
    self.variable = variable
    self.write = write
  }

  /// The sink of a destination; one that lacks a variable refuses every message, and says so.
  public func sink(for destination: Destination) -> any AlertSink {
    do throws(EnvironmentFault) {
      switch destination.kind {
      case .webhook(let address, let secret):
        return WebhookSink(url: try url(address), secret: try secret.map(value(of:)))
      case .slack(let address): return SlackSink(url: try url(address))
      case .alertmanager(let address): return AlertmanagerSink(url: try url(address))
      case .smtp(let mailbox): return try mailSink(mailbox)
      case .stdout: return OutputSink(write: write)
      }
    } catch { return ClosedSink(reason: error.description) }
  }

  func mailSink(_ mailbox: Destination.Mailbox) throws(EnvironmentFault) -> MailSink {
    var server = MailServer(host: mailbox.host, port: mailbox.port)
    if let user = mailbox.user {
      let password = try mailbox.passwordVariable.map(value(of:)) ?? Secret("")
      server.login = (name: user, password: password)
    }
    return MailSink(server, from: mailbox.from, to: mailbox.to)
  }

  func url(_ address: Destination.Address) throws(EnvironmentFault) -> Secret {
    switch address {
    case .literal(let text): Secret(text)
    case .variable(let name): try value(of: name)
    }
  }

  func value(of name: String) throws(EnvironmentFault) -> Secret {
    guard let value = variable(name), !value.isEmpty else {
      throw EnvironmentFault("the variable \(name) is not set")
    }
    return Secret(value)
  }
}

/// A destination that nothing can be sent to as things are.
private struct ClosedSink: AlertSink {
  let reason: String

  func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome { .refused(reason) }
}
