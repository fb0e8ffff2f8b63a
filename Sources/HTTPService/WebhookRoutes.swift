import CreditCore
import HTTPTypes
import Intake
import Reports
import Settings
import Synchronization
import UsageStore
import Workflows

// What graph8 sends by itself.
extension ServiceDesk {
  /// None where creditmeter.yaml names no webhook.
  var webhookRoutes: [Route] {
    guard settings.team.graph8?.webhook != nil else { return [] }
    return [
      Route(
        .post,
        "/webhooks/graph8",
        .ownProof,
        "Takes a signed event, each once for ever.",
        body: Route.Body(
          types: ["application/json"],
          limit: 1 << 20,
          schema: .object
        ),
        gives: [Route.Success("what came of it", [("application/json", .object)])],
        refusals: [503],
        handler: reading { try $0.takeEvent($1) }
      )
    ]
  }

  private func takeEvent(_ call: Call) throws -> Answer {
    guard let webhook = settings.team.graph8?.webhook, let org = settings.webhookOrg else {
      throw Fault(
        .serviceUnavailable,
        "not_configured",
        "creditmeter.yaml names no webhook and organisation of graph8"
      )
    }
    let intake = WebhookIntake(
      webhook.scheme,
      secrets: settings.webhookSecrets,
      org: org,
      shelf: shelf
    )
    let headers = call.headers.map { (name: $0.name.canonicalName, value: $0.value) }
    let outcome = try intake.take(call.body, headers, into: store, now: call.now)
    var (result, event): (String, String?) = ("", nil)
    var credits: Credits?
    switch outcome {
    case .stored(let name, let amount):
      (result, event, credits) = ("stored", name, amount)
      events.tell()
      onCharge.withLock { $0 }(call.now)
    case .duplicate(let name): (result, event) = ("duplicate", name)
    case .ignored(let name): (result, event) = ("ignored", name)
    case .refused(let refusal): throw try refused(refusal, org, call)
    }
    var json = JSONWriter()
    json.object { json in
      json.field("result", result)
      json.field("event", event)
      json.field("credits", credits)
    }
    return Answer(json: json.finished())
  }

  /// The sender hears as little as it needs; the audit log says what was wrong.
  private func refused(_ refusal: WebhookRefusal, _ org: String, _ call: Call) throws -> Fault {
    if doorkeeper.isWorthNoting(call.client.address, at: call.now) {
      try access?.append(
        AuditEntry(
          at: call.now,
          actor: "nobody",
          action: "webhook.refused",
          subject: "graph8",
          org: org,
          details: "\(refusal.reason), from \(call.client.address)"
        )
      )
    }
    switch refusal.kind {
    case .unavailable: return Fault(.serviceUnavailable, "not_configured", refusal.reason)
    case .unauthorised: return Fault(.unauthorized, "unauthorized", refusal.reason)
    case .badRequest: return .badRequest(refusal.reason)
    }
  }
}
