import AlertFiles
import Alerting
import CreditCore
import Foundation
import Testing

@Suite("alerts.yaml: what it may say, and what is told of the rest")
struct AlertFileTests {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func plan(_ text: String) throws -> AlertPlan {
    try AlertFileReader.plan(SourceText(name: "alerts.yaml", bytes: Array(text.utf8)))
  }

  static func faults(_ text: String) -> [String] {
    do {
      _ = try plan(text)
      return []
    } catch let error as BadInput {
      return error.diagnostics.map(\.rendered)
    } catch { return ["\(error)"] }
  }

  @Test("what is not said has its default")
  func defaults() throws {
    let plan = try Self.plan(
      """
      destinations: {log: {stdout: {}}, ops: {webhook: {url: "https://example.com/x"}}}
      rules:
        - {name: low, when: {balance_below: 10%}}
        - {name: gone, when: {balance_below: 0}, severity: critical, repeat_every: never}
        - {name: grave, when: {balance_below: 5}, severity: critical, send_to: log}
      """
    )
    #expect(plan.rules.map(\.severity) == [.warning, .critical, .critical])
    #expect(plan.rules.map { $0.repeatEvery?.description } == ["24h", nil, "4h"])
    #expect(plan.rules[0].sendTo == ["log", "ops"])
    #expect(plan.rules[2].sendTo == ["log"])
    #expect(plan.rules[0].condition == .balanceBelow(.percent(ExactDecimal(10))))
    #expect(plan.rules[0].release == ExactDecimal(10))
  }

  static let bad: [(text: String, says: String)] = [
    ("rules: []", "there are no rules"),
    ("destinations: {}", "the alerts has no rules"),
    ("rules:\n  - {name: a, when: {balance_belw: 1}}", "did you mean balance_below?"),
    ("rules:\n  - {name: a, when: {balance_below: 7d}}", "runway_below takes a time"),
    ("rules:\n  - {name: a, when: {runway_below: 7}}", "add a unit"),
    ("rules:\n  - {name: a, when: {balance_below: -1}}", "below zero"),
    ("rules:\n  - {name: a, when: {balance_below: 1}, severty: info}", "did you mean severity?"),
    ("rules:\n  - {name: a, when: {balance_below: 1}, severity: grave}", "one of info"),
    ("rules:\n  - {name: a, when: {balance_below: 1}, name: b}", "stands twice"),
    ("rules:\n  - {name: a, when: {balance_below: 1}, send_to: ops}", "no destination \"ops\""),
    ("rules:\n  - {name: a, when: {budget: 5, per: year}}", "one of day, week, month, period"),
    ("rules:\n  - {name: a, when: {budget: 5}}", "a budget has no per"),
    ("rules:\n  - {name: a, when: {budget: 5, per: day, at: [80%, 50%]}}", "does not rise"),
    ("rules:\n  - {name: a, when: {rate_limited_above: 5}}", "write 5%"),
    ("rules:\n  - {name: a, when: {balance_below: 1, runway_below: 7d}}", "watches both"),
    ("rules:\n  - {name: a, when: {balance_below: 1}, org: []}", "org is empty"),
    ("rules:\n  - name: a\n    when: balance_below: 1", "needs braces"),
    (
      "destinations: {o: {slack: {url: $SLACK}}}\nrules:\n"
        + "  - {name: a, when: {balance_below: 1}}", "url_env: NAME takes it"
    ),
    (
      "rules:\n  - {name: a, when: {balance_below: 1}}\n  - {name: a, when: {balance_below: 2}}",
      "as is one before it"
    ),
    (
      "destinations: {o: {webhook: {url: \"http://example.com\"}}}\nrules:\n"
        + "  - {name: a, when: {balance_below: 1}}", "an https:// address"
    ),
    (
      "destinations: {o: {stdout: {}, fallback: p}}\nrules:\n"
        + "  - {name: a, when: {balance_below: 1}}", "no destination \"p\""
    ),
  ]

  /// What people write, and what they are told to write.
  static let slips: [(text: String, hint: String)] = [
    ("when: {runway_below: 7 days}", "write 7d"), ("when: {runway_below: 1 hour}", "write 1h"),
    ("when: {balance_below: 10 %}", "write 10%"), ("when: {balance_below: 5k}", "write 5000"),
    ("when: {balance_below: 5000 credits}", "write 5000"),
    ("when: {balance_below: 5,000}", "write numbers without one"),
    ("when: {balance_below: 5}, release: 0.1", "write 10%"),
    ("when: {budget: 5, per: day, at: [0.5]}", "write 50%"),
    ("when: {budget: 5, per: day, tag: campaign=spring}", "write {campaign: spring}"),
    ("when: {budget: 5, per: monthly}", "did you mean month?"),
    ("when: {burn_rate_above: 300%}", "write 3x"), ("when: {spike_above: 3 x}", "write 3x"),
    ("when: , balance_below: 5", "it belongs into when"),
    ("when: {balance_below: 5}, severity: Critical", "did you mean critical?"),
  ]

  @Test("a slip is told with what was meant", arguments: slips.indices)
  func slip(index: Int) {
    let faults = Self.faults("rules:\n  - {name: a, \(Self.slips[index].text)}")
    #expect(faults.contains { $0.contains(Self.slips[index].hint) }, "\(faults)")
    #expect(faults.allSatisfy { $0.hasPrefix("alerts.yaml:2:") })
  }

  @Test("a fault is told with its place", arguments: bad.indices)
  func fault(index: Int) {
    let (text, says) = Self.bad[index]
    let faults = Self.faults(text)
    #expect(faults.contains { $0.contains(says) }, "\(faults)")
    #expect(faults.allSatisfy { $0.hasPrefix("alerts.yaml:") && $0.contains("^") })
  }

  @Test("the schema knows the keys that the reader knows")
  func schema() throws {
    let data = try Data(contentsOf: Self.project.appending(path: "reports/alerts.schema.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let definitions = try #require(json["$defs"] as? [String: [String: Any]])
    func keys(_ name: String) -> Set<String> {
      Set((definitions[name]?["properties"] as? [String: Any])?.keys.map { $0 } ?? [])
    }
    func expected(_ text: String) throws -> Set<String> {
      let line = try #require(
        Self.faults(text).joined(separator: "\n").split(separator: "\n")
          .first { $0.hasPrefix("expected one of ") }
      )
      return Set(line.dropFirst(16).split(separator: ", ").map(String.init))
    }
    let rule = try expected("rules:\n  - {name: a, when: {balance_below: 1}, xyzxyz: 1}")
    #expect(keys("rule") == rule)
    let destination = try expected("destinations: {o: {xyzxyz: 1}}\nrules: []")
    #expect(keys("destination") == destination)
    let kinds = try expected("rules:\n  - {name: a, when: {xyzxyz: 1}}")
    #expect(kinds.isSubset(of: keys("condition")))
    for kind in ["budget", "runway_below", "burn_rate_above", "spike_above"] {
      let others = try expected("rules:\n  - {name: a, when: {\(kind): 1x, xyzxyz: 1}}")
      #expect(others.isSubset(of: keys("condition")))
    }
  }
}
