public import CreditCore

/// Hands the alert to Prometheus Alertmanager, by its API of version 2.
public struct AlertmanagerSink: AlertSink {
  private let posting: Posting
  /// How long an alert that fires is valid there unless it is told again: it ends when its
  /// resolution is told, however long that takes.
  private static let validity: Int64 = 366 * 86_400_000_000

  public init(url: Secret) { posting = Posting(url.revealed, path: "/api/v2/alerts") }

  public func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
    let end =
      message.state == .resolved
      ? message.at : Instant(microseconds: message.at.microseconds + Self.validity)
    // An alert must not end before it starts.
    let start = min(message.since, end)
    var json = JSONText()
    json.list { json in
      json.object { json in
        json.field("labels") { json in
          json.object { json in
            json.field("alertname", printable(message.rule))
            json.field("severity", message.severity.rawValue)
            json.field("service", "creditmeter")
            // A label without a value is none.
            if !message.org.isEmpty { json.field("org", printable(message.org)) }
            if !message.level.isEmpty { json.field("level", printable(message.level)) }
          }
        }
        json.field("annotations") { json in
          json.object { json in
            json.field("summary", message.headline)
            json.field("description", message.lines.joined(separator: "\n"))
            json.field("message_id", message.id)
          }
        }
        json.field("startsAt", start.description)
        json.field("endsAt", end.description)
      }
    }
    return posting.post(json.text, now: now)
  }
}
