import CreditCore
import HTTPTypes
import Reports
import UsageStore
import Workflows

// What those who run the service ask.
extension ServiceDesk {
  func operationRoutes(document: @escaping @Sendable () -> [UInt8]) -> [Route] {
    [
      Route(
        .get,
        "/healthz",
        .open,
        "Whether the process answers.",
        gives: [Route.Success("it does", [("text/plain", .text)])],
        handler: .quick { _ in Answer(text: "ok\n") }
      ),
      Route(
        .get,
        "/readyz",
        .open,
        "Whether the service can do its work, and if not, why.",
        gives: [Route.Success("it can", [("application/json", .object)])],
        refusals: [503],
        handler: reading { desk, _ in desk.readiness() }
      ),
      Route(
        .get,
        "/metrics",
        .open,
        "What the service counts, for Prometheus; with a token, of its organisation too.",
        gives: [Route.Success("metrics", [("text/plain", .text)])],
        handler: reading { try $0.metricsAnswer($1) }
      ),
      Route(
        .get,
        "/openapi.json",
        .open,
        "This document.",
        gives: [Route.Success("OpenAPI 3.1", [("application/json", .object)])],
        handler: .quick { _ in Answer(json: document()) }
      ),
    ]
  }

  private func readiness() -> Answer {
    var reasons: [String] = []
    if background.isStopping { reasons.append("the service is stopping") }
    do { _ = try store.importMark() } catch { reasons.append("the database cannot be read") }
    if ingest.depth > 1_000 { reasons.append("more than 1,000 requests wait to be stored") }
    var json = JSONWriter()
    json.object { json in
      json.field("ready", reasons.isEmpty)
      json.field("reasons") { $0.list(reasons) { $0.text($1) } }
      // Requests are answered all the same.
      json.field("troubles") { $0.list(background.troubles) { $0.text($1) } }
    }
    var answer = Answer(
      json: json.finished(),
      status: reasons.isEmpty ? .ok : .serviceUnavailable
    )
    answer.hasTag = false
    return answer
  }

  private func metricsAnswer(_ call: Call) throws -> Answer {
    var text = MetricText()
    metrics.write(into: &text)
    text.family("creditmeter_ingest_queue_depth", .gauge, "Requests that wait to be stored.")
    text.sample("creditmeter_ingest_queue_depth", "", "\(ingest.depth)")
    text.family("creditmeter_start_time_seconds", .gauge, "When the service started.")
    text.sample(
      "creditmeter_start_time_seconds",
      "",
      "\(metrics.started.microseconds / 1_000_000)"
    )
    let proven = call.client.may(.read)
    if proven { try organisationMetrics(call, into: &text) }
    var answer = Answer(text: text.text)
    answer.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
    answer.hasTag = false
    return answer
  }

  private func organisationMetrics(_ call: Call, into text: inout MetricText) throws {
    let orgs = try call.org.map { [$0] } ?? store.organisations()
    text.family("creditmeter_balance_credits", .gauge, "Credits left, as the latest snapshot says.")
    let snapshots = try orgs.map { ($0, try store.latestSnapshot(of: $0, by: call.now)) }
    for (org, snapshot) in snapshots {
      guard let balance = snapshot?.balance else { continue }
      let label = MetricText.label("org", org)
      text.sample("creditmeter_balance_credits", label, "\(balance.decimal)")
    }
    text.family("creditmeter_balance_time_seconds", .gauge, "When the balance was so.")
    for (org, snapshot) in snapshots {
      guard let snapshot else { continue }
      text.sample(
        "creditmeter_balance_time_seconds",
        MetricText.label("org", org),
        "\(snapshot.at.microseconds / 1_000_000)"
      )
    }
    text.family("creditmeter_credits_total", .counter, "Credits of rated requests, by family.")
    for org in orgs {
      var query = UsageQuery()
      query.filter.orgs = [org]
      query.by = [.family]
      for group in try store.usage(query).groups {
        guard case .text(let family) = group.values[0] else { continue }
        let credits = ExactDecimal(significand: group.sums.credits, scale: Credits.places)
        let labels = MetricText.label("org", org) + "," + MetricText.label("family", family)
        text.sample("creditmeter_credits_total", labels, "\(credits)")
      }
    }
    text.family("creditmeter_burn_rate_credits_per_day", .gauge, "Credits of the last 24 hours.")
    for org in orgs {
      var query = UsageQuery()
      query.filter.orgs = [org]
      query.since = Instant(microseconds: call.now.microseconds - 86_400_000_000)
      query.until = call.now
      let credits = ExactDecimal(
        significand: try store.usage(query).totals.credits,
        scale: Credits.places
      )
      let label = MetricText.label("org", org)
      text.sample("creditmeter_burn_rate_credits_per_day", label, "\(credits)")
    }
    try alertMetrics(call, orgs, into: &text)
  }

  private func alertMetrics(_ call: Call, _ orgs: [String], into text: inout MetricText) throws {
    let alerts = try AlertWorkflow.list(store, org: call.org, now: call.now)
    text.family("creditmeter_alerts", .gauge, "Alerts by their state.")
    let states = Dictionary(grouping: alerts.rows, by: \.entry.state.rawValue)
    for (state, rows) in states.sorted(by: { $0.key < $1.key }) {
      text.sample("creditmeter_alerts", MetricText.label("state", state), "\(rows.count)")
    }
    text.family("creditmeter_outbox_messages", .gauge, "Messages that wait, or were given up.")
    for (status, count) in [("queued", alerts.queued), ("failed", alerts.failed)] {
      text.sample("creditmeter_outbox_messages", MetricText.label("status", status), "\(count)")
    }
    text.family("creditmeter_runway_days", .gauge, "Days until credits run out, by percentile.")
    for org in orgs {
      for (percentile, days) in background.runway(of: org) ?? [] {
        let labels =
          MetricText.label("org", org) + "," + MetricText.label("percentile", percentile)
        text.sample("creditmeter_runway_days", labels, "\(days)")
      }
    }
  }
}
