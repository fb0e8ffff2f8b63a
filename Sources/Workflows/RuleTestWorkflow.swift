import AlertFiles
import Alerting
import CreditCore
import Intake
import LocalFiles
public import PriceBooks
public import Reports
import RequestLogs
import UsageStore

/// Runs a team's own tests of its rules, in a database of their own.
public struct RuleTestWorkflow {
  private let shelf: BookShelf
  private let setting: AlertSetting
  private let folder: String
  /// Evaluations of one test.
  private static let limit = 20_000

  /// `setting`: zone, week and billing day; the rules come from the tests' file.
  public init(_ shelf: BookShelf, _ setting: AlertSetting, in folder: String) {
    (self.shelf, self.setting, self.folder) = (shelf, setting, folder)
  }

  /// Throws ``BadInput`` for a file with faults.
  public func run(_ path: String, alerts: String?) throws -> RuleTestReport {
    let file = try RuleTestReader.tests(try Files.read(path))
    let base = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let named = file.alerts.map { $0.hasPrefix("/") ? $0 : base + $0 }
    let rules = alerts ?? named ?? base + "alerts.yaml"
    var setting = setting
    setting.plan = try AlertFile.read(rules)
    setting.org = nil
    var report = RuleTestReport()
    for (number, test) in file.tests.enumerated() {
      report.tests.append(try run(test, setting, "\(folder)/test\(number).db"))
    }
    return report
  }

  private func run(
    _ test: RuleTest,
    _ setting: AlertSetting,
    _ path: String
  ) throws -> RuleTestReport.Test {
    for expected in test.expected {
      let names = setting.plan.rules.map(\.name)
      guard !names.contains(expected.rule) else { continue }
      throw BadInput(
        Diagnostic(
          "there is no rule \"\(printable(expected.rule))\"",
          at: expected.mark,
          expected: "one of \(names.joined(separator: ", "))",
          hint: nearest(to: expected.rule, among: names).map { "did you mean \($0)?" }
        )
      )
    }
    let store = try UsageStore(path: path, .writing(holder: "creditmeter alerts test"))
    let workflow = AlertWorkflow(store, shelf, setting)
    var memory = AlertMemory()
    var pending = test.timeline[...]
    var got: [RuleTestReport.Message] = []
    for now in try instants(of: test) {
      while let event = pending.first, event.at <= now {
        try take(event, test.org, store, number: test.timeline.count - pending.count)
        pending.removeFirst()
      }
      let evaluation = try workflow.evaluate(memory, now: now)
      memory.apply(evaluation.changes)
      for (message, _) in evaluation.changes.messages {
        got.append(
          RuleTestReport.Message(
            at: message.at,
            rule: message.rule,
            state: message.state.rawValue,
            level: message.level,
            severity: message.severity.rawValue,
            reason: message.reason
          )
        )
      }
    }
    let expected = test.expected.map {
      RuleTestReport.Message(
        at: $0.at,
        rule: $0.rule,
        state: $0.state.rawValue,
        level: $0.level,
        severity: $0.severity?.rawValue,
        reason: nil
      )
    }
    return RuleTestReport.Test(name: test.name, expected: expected, got: got)
  }

  private func instants(of test: RuleTest) throws -> [Instant] {
    let times = test.timeline.map(\.at) + test.expected.map(\.at) + (test.until.map { [$0] } ?? [])
    guard let first = test.timeline.first?.at ?? times.min(), let last = times.max() else {
      return []
    }
    let count = (last.microseconds - first.microseconds) / test.every.microseconds
    if count > Self.limit {
      throw EnvironmentFault(
        "test \"\(printable(test.name))\" asks for \(count) evaluations; give a longer every"
      )
    }
    var instants = Set(test.timeline.map(\.at))
    for step in 0...max(0, count) {
      instants.insert(
        Instant(microseconds: first.microseconds + step * test.every.microseconds)
      )
    }
    return instants.sorted()
  }

  private func take(
    _ event: RuleTest.Event,
    _ org: String,
    _ store: UsageStore,
    number: Int
  ) throws {
    if var snapshot = event.snapshot {
      snapshot.org = org
      _ = try SyncWorkflow.keep(snapshot, source: "test", store, shelf, now: event.at)
    }
    guard let request = event.request else { return }
    var lines = ""
    for copy in 0..<request.count {
      var fields = [
        ("timestamp", quoted(event.at.description)), ("method", quoted(request.method)),
        ("path", quoted(request.path)), ("status", String(request.status)),
        ("request_id", quoted("\(number)-\(copy)")), ("org_id", quoted(org)),
      ]
      if let credits = request.credits {
        fields.append(("credits_charged", credits.description))
      }
      let tags = request.tags.map { "\(quoted($0.name)):\(quoted($0.value))" }
      if !tags.isEmpty { fields.append(("tags", "{\(tags.joined(separator: ","))}")) }
      lines += "{" + fields.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}\n"
    }
    let options = IngestWorkflow.Options(now: event.at)
    try IngestWorkflow.run(store, shelf, options) { workflow in
      try workflow.read(page: Array(lines.utf8), as: .ndjson, name: "timeline")
    }
  }

  private func quoted(_ text: String) -> String {
    let escaped = printable(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
