import Alerting
import CreditCore
import Documents
import HTTPTypes
import Reports
import UsageStore
import Workflows

// Alerts and their silences.
extension ServiceDesk {
  var alertRoutes: [Route] {
    [
      Route(
        .get,
        "/v1/alerts",
        .token(.read),
        "Rules that are pending, fire or did, and silences.",
        gives: [Route.Success("alerts", [("application/json", .document("creditmeter.alerts/1"))])],
        handler: reading { desk, call in
          let report = try AlertWorkflow.list(desk.store, org: call.org, now: call.now)
          return Answer(json: report.json)
        }
      ),
      Route(
        .post,
        "/v1/silences",
        .token(.admin),
        "No message of a rule until an end; it still is evaluated.",
        body: Route.Body(
          types: ["application/json"],
          limit: 16 << 10,
          schema: .fields(
            required: [("rule", "string"), ("until", "string"), ("reason", "string")],
            optional: [("author", "string")]
          )
        ),
        gives: [
          Route.Success(
            "the silence",
            [("application/json", .object)],
            status: .created
          )
        ],
        handler: reading { try $0.silence($1) }
      ),
    ]
  }

  private func silence(_ call: Call) throws -> Answer {
    let request = try SilenceRequest(call.body)
    let silence = try silence(
      rule: request.rule,
      until: request.until,
      reason: request.reason,
      author: request.author,
      call
    )
    var json = JSONWriter()
    json.object { json in
      json.field("rule", silence.rule)
      json.field("org", silence.org)
      json.field("from", silence.from.description)
      json.field("until", silence.until.description)
      json.field("author", silence.author)
      json.field("reason", silence.reason)
    }
    return Answer(json: json.finished(), status: .created)
  }

  /// Keeps a silence, and who wanted it.
  ///
  /// - Throws: ``Fault`` for a rule that there is not, and for an end that cannot be.
  func silence(
    rule: String,
    until text: String,
    reason: String,
    author: String?,
    _ call: Call
  ) throws -> Silence {
    let ahead = Span(text).map {
      Instant(microseconds: call.now.microseconds &+ $0.microseconds)
    }
    guard let until = Instant(text) ?? ahead else {
      throw Fault.badRequest(
        "expected a time such as 2026-11-18T09:30:00Z, or a span such as 4h",
        field: "until"
      )
    }
    let longest = Silence.limit.microseconds
    guard until > call.now, until.microseconds - call.now.microseconds <= longest else {
      throw Fault.badRequest("a silence ends within the next 30 days", field: "until")
    }
    if let rules = settings.alerts?.plan.rules.map(\.name), !rules.contains(rule),
      rule != AlertSetting.staleRule
    {
      let near = nearest(to: rule, among: rules).map { "; did you mean \"\($0)\"?" } ?? ""
      throw Fault.badRequest("there is no rule \"\(printable(rule))\"\(near)", field: "rule")
    }
    let silence = Silence(
      rule: rule,
      org: call.org,
      from: call.now,
      until: until,
      author: author ?? call.client.token?.name ?? call.client.token?.id ?? "unknown",
      reason: reason
    )
    try AlertWorkflow.silence(silence, in: store)
    try note("silence.create", rule, "until \(until): \(reason)", by: call)
    return silence
  }
}

/// What a client says of a silence.
private struct SilenceRequest {
  var rule: String
  var until: String
  var reason: String
  var author: String?

  init(_ body: [UInt8]) throws {
    var faults: [Diagnostic] = []
    let root: Node
    do throws(Diagnostic) {
      root = try Document.parse(SourceText(name: "the body", bytes: body), format: .json)
    } catch { throw BadInput(error) }
    let fields = Fields(
      root,
      of: "a silence",
      allowed: ["rule", "until", "reason", "author"],
      into: &faults
    )
    rule = fields.string("rule", into: &faults) ?? ""
    until = fields.string("until", into: &faults) ?? ""
    reason = fields.string("reason", into: &faults) ?? ""
    author = fields.string("author", into: &faults)
    if !faults.isEmpty { throw BadInput(faults) }
    for (name, value) in [("rule", rule), ("until", until), ("reason", reason)] where value.isEmpty
    {
      throw Fault.badRequest("\(name) is missing", field: name)
    }
  }
}
