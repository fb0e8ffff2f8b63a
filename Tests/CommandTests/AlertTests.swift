import Foundation
import Testing

@Suite("Alerts, as a user runs them")
struct AlertTests {
  /// A folder with a rule, a database, and the balance of an organisation.
  private final class Watch {
    let scratch: Scratch

    init() throws {
      scratch = try Scratch()
      try scratch.write(
        "alerts.yaml",
        """
        destinations:
          log: {stdout: {}}
        rules:
          - {name: low balance, when: {balance_below: 5000}, severity: critical, repeat_every: 4h}

        """
      )
      try balance("5000", at: "2026-11-17T09:00:00Z")
    }

    func run(_ arguments: [String]) throws -> Command.Result {
      try Command.run(
        arguments,
        in: scratch.folder,
        environment: ["CREDITMETER_DATABASE": "usage.db"]
      )
    }

    func balance(_ credits: String, at time: String, org: String = "north") throws {
      let snapshot = ["snapshot", "add", "--balance", credits, "--used", "0", "--tier", "platform"]
      let result = try run(snapshot + ["--at", time, "--org", org])
      try #require(result.status == 0, "\(result.errors)")
    }

    func check(_ asOf: String, _ options: [String] = []) throws -> JSONValue {
      let arguments = ["alerts", "check", "--as-of", asOf, "--org", "north"]
      let result = try run(arguments + options)
      try #require(result.status == 0, "\(result.errors)")
      return try JSONValue(result.output)
    }

    /// The alerts of the report of that week.
    func reported(_ options: [String] = []) throws -> [JSONValue] {
      let arguments = ["report", "--period", "2026-W47", "--as-of", "2026-11-24T00:00:00Z"]
      let result = try run(arguments + ["--format", "json"] + options)
      try #require(result.status == 0, "\(result.errors)")
      return try JSONValue(result.output)["alerts"].list
    }
  }

  @Test("at its line it fires, within the band it stays, beyond it resolves; each is told once")
  func boundary() throws {
    let watch = try Watch()
    let first = try watch.check("2026-11-17T09:01:00Z")
    #expect(first["schema"] == .text("creditmeter.alerts/1"))
    #expect(first["alerts"][0]["state"] == .text("firing"))
    #expect(first["alerts"][0]["value"] == .number(5_000))
    #expect(first["sent"] == .number(1))
    #expect(try watch.check("2026-11-17T09:02:00Z")["sent"] == .number(0))
    try watch.balance("5500", at: "2026-11-17T09:03:00Z")
    let within = try watch.check("2026-11-17T09:04:00Z")
    #expect(within["alerts"][0]["state"] == .text("firing"))
    try watch.balance("5500.000001", at: "2026-11-17T09:05:00Z")
    let beyond = try watch.check("2026-11-17T09:06:00Z")
    #expect(beyond["alerts"][0]["state"] == .text("resolved"))
    #expect(beyond["sent"] == .number(1))
  }

  @Test("a try sends and stores nothing, and --fail exits 3 when something fires")
  func dryRun() throws {
    let watch = try Watch()
    let arguments = ["alerts", "check", "--org", "north", "--as-of", "2026-11-17T09:01:00Z"]
    let dry = try watch.run(arguments + ["--dry-run", "--fail"])
    #expect(dry.status == 3)
    #expect(!dry.output.contains("CRITICAL"))
    #expect(try watch.reported().isEmpty)
    #expect(try watch.check("2026-11-17T09:01:00Z")["sent"] == .number(1))
  }

  @Test("a check prints JSON alone, and a table where one is asked for")
  func forms() throws {
    let watch = try Watch()
    let arguments = ["alerts", "check", "--org", "north", "--as-of", "2026-11-17T09:01:00Z"]
    let plain = try watch.run(arguments)
    #expect(try JSONValue(plain.output)["schema"] == .text("creditmeter.alerts/1"))
    #expect(plain.errors.contains("CRITICAL: low balance (north)"))
    let table = try watch.run(arguments + ["--format", "table"])
    #expect(table.output.hasPrefix("state   severity  rule"))
  }

  @Test("what was given up is due again when it is asked for, under the id that it has")
  func retry() throws {
    let watch = try Watch()
    func rules(_ ops: String) throws {
      let rules = "rules: [{name: low balance, when: {balance_below: 5000}}]\n"
      try watch.scratch.write("alerts.yaml", "destinations: {log: {stdout: {}}\(ops)}\n" + rules)
    }
    try rules(", ops: {slack: {url: \"http://127.0.0.1:9\"}}")
    #expect(try watch.check("2026-11-17T09:01:00Z")["queued"] == .number(1))
    try rules("")
    #expect(try watch.check("2026-11-17T09:02:00Z")["failed"] == .number(1))
    let failed = try watch.run(["alerts", "outbox", "--failed", "--format", "json"])
    let message = try JSONValue(failed.output)["messages"][0]
    guard case .text(let id) = message["id"] else { throw CocoaError(.coderInvalidValue) }
    let other = try watch.run(["alerts", "outbox", "--retry", "alert_0"])
    #expect(other.status == 1)
    #expect(other.errors.contains("no message alert_0 was given up"))
    try rules(", ops: {stdout: {}}")
    let now = ["--as-of", "2026-11-17T09:03:00Z", "--format", "json"]
    let retried = try JSONValue(try watch.run(["alerts", "outbox", "--retry", id] + now).output)
    #expect(retried["messages"][0]["status"] == .text("queued"))
    #expect(retried["messages"][0]["attempts"] == .number(0))
    #expect(try watch.check("2026-11-17T09:04:00Z")["sent"] == .number(1))
    let all = try JSONValue(try watch.run(["alerts", "outbox", "--all"] + now).output)
    #expect(all["messages"].list.map { $0["id"] } == [.text(id), .text(id)])
    #expect(all["messages"].list.map { $0["status"] } == [.text("delivered"), .text("delivered")])
    #expect(try watch.run(["alerts", "outbox", "--retry", "all"] + now).status == 0)
  }

  @Test("the weekly report names what fired and resolved in it, and a repeat not again")
  func reported() throws {
    let watch = try Watch()
    _ = try watch.check("2026-11-17T09:01:00Z")
    #expect(try watch.check("2026-11-17T14:00:00Z")["sent"] == .number(1))
    try watch.balance("9000", at: "2026-11-18T09:00:00Z")
    _ = try watch.check("2026-11-18T09:01:00Z")
    try watch.balance("4000", at: "2026-11-23T09:00:00Z")
    _ = try watch.check("2026-11-23T09:01:00Z")
    try watch.balance("70000", at: "2026-11-17T09:00:00Z", org: "south")
    let alerts = try watch.reported()
    #expect(alerts.map { $0["state"] } == [.text("firing"), .text("resolved")])
    #expect(alerts.map { $0["at"] }.first == .text("2026-11-17T09:01:00Z"))
    #expect(alerts.allSatisfy { $0["rule"] == .text("low balance") })
    #expect(try watch.reported(["--org", "north"]).count == 2)
    #expect(try watch.reported(["--org", "south"]).isEmpty)
  }
}
