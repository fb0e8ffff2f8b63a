import CreditCore
import Documents
import Foundation
import Testing

@Suite("The schema of alerts.yaml takes what the reader takes, and nothing that it refuses")
struct SchemaTests {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func accepts(_ text: String) throws -> Bool {
    let schema = project.appending(path: "reports/alerts.schema.json")
    let root = try Document.parse(SourceText(name: "alerts.yaml", bytes: Array(text.utf8)))
    return try JSONSchema(try Data(contentsOf: schema)).accepts(value(of: root))
  }

  /// What a scalar without quotes means to a program that knows no schema.
  private static func value(of node: Node) -> Any {
    switch node.content {
    case .null: NSNull()
    case .scalar(let text, quoted: true): text
    case .scalar(let text, quoted: false):
      Int(text) ?? Double(text) ?? (try? node.boolean(of: text)) ?? text as Any
    case .sequence(let elements): elements.map(value)
    case .mapping(let entries):
      Dictionary(uniqueKeysWithValues: entries.map { ($0.key.text, value(of: $0.value)) })
    }
  }

  /// Whole files: the sample, and every one in the README.
  static let files: [String] = {
    let read = { (name: String) in
      (try? String(contentsOf: project.appending(path: name), encoding: .utf8)) ?? ""
    }
    let blocks = read("README.md").components(separatedBy: "```yaml\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    return [read("samples/alerts.yaml")]
      + blocks.filter { $0.contains("\nrules:") || $0.hasPrefix("rules:") }
  }()

  @Test("what is shown is right", arguments: files.indices)
  func shown(index: Int) throws {
    #expect(AlertFileTests.faults(Self.files[index]) == [])
    #expect(try Self.accepts(Self.files[index]))
  }

  private static let destinations = [
    "stdout: {}", "stdout: ~", "slack: {url_env: A}", "webhook: {url: 'https://a.b/c'}",
    "webhook: {url: 'http://127.0.0.1:9', secret_env: S}", "alertmanager: {url: 'http://[::1]:9'}",
    "smtp: {host: h, from: a@b, to: c@d}",
    "smtp: {host: h, port: 25, from: a@b, to: [c@d, e@f], user: u, password_env: P}",
  ]

  private static let badDestinations = [
    "", "fallback: b", "slack: {}", "slack: {url_env: A, url: 'https://a.b'}", "webhook: {}",
    "webhook: {url: 'http://a.b/c'}", "webhook: {url: 'ftp://a.b/c'}", "teams: {url_env: A}",
    "smtp: {host: h, from: a@b}", "smtp: {host: h, from: a, to: c@d}",
    "smtp: {host: h, port: 0, from: a@b, to: c@d}", "stdout: {url: x}",
    "stdout: {}, slack: {url_env: A}",
  ]

  private static let rules = [
    "when: {balance_below: 5000}", "when: {balance_below: 0.000001}", "when: {balance_below: 10%}",
    "when: {runway_below: 7d, percentile: p50}", "when: {balance_below: 0}, repeat_every: never",
    "when: {budget: 20000, per: period}", "when: {budget: 1, per: day, at: [50%, 100%]}",
    "when: {budget: 1, per: week, at: 80%, forecast_at: [100%], family: voice}",
    "when: {budget: 1, per: month, operation: 'voice.*', tag: {campaign: spring}}",
    "when: {burn_rate_above: 3x, window: 1h, and_window: 24h}", "when: {burn_rate_above: 2.5}",
    "when: {spike_above: 4x, window: 15m}", "when: {rate_limited_above: 5%, window: 1h}",
    "when: {snapshot_older_than: 30m}", "when: {usage_older_than: 2h}",
    "when: {unexplained_above: 5%, window: 7d}", "when: {unpriced_above: 0, window: 24h}",
    "when: {unpriced_above: 2.5%}", "when: {balance_below: 1}, severity: info, for: 0m",
    "when: {balance_below: 1}, for: 1w, release: 0%, repeat_every: 4h, org: [a, b]",
  ]

  private static let badRules = [
    "", "when: {}", "when: {balance_below: -1}", "when: {balance_below: 7d}",
    "when: {runway_below: 7}", "when: {runway_below: 0d}", "when: {runway_below: 7d, window: 1h}",
    "when: {runway_below: 7d, percentile: p99}", "when: {budget: 5}", "when: {budget: 0, per: day}",
    "when: {budget: 5, per: year}", "when: {budget: 5, per: day, at: []}",
    "when: {budget: 5, per: day, at: [50]}", "when: {balance_below: 5, at: [50%]}",
    "when: {balance_below: 5, per: day}", "when: {balance_below: 5, window: 1h}",
    "when: {balance_below: 5, runway_below: 7d}", "when: {burn_rate_above: 0}",
    "when: {burn_rate_above: fast}", "when: {spike_above: 4x, and_window: 1d}",
    "when: {rate_limited_above: 5}", "when: {snapshot_older_than: 30}",
    "when: {balance_below: 1}, severity: grave", "when: {balance_below: 1}, for: soon",
    "when: {balance_below: 1}, repeat_every: 0m", "when: {balance_below: 1}, release: 10",
    "when: {balance_below: 1}, severty: info", "when: {balance_belw: 1}",
    "when: {balance_below: 1}, org: []",
  ]

  private static func file(destination: String = "stdout: {}", rule: String) -> String {
    "destinations: {a: {\(destination)}}\nrules:\n  - {name: r, \(rule)}\n"
  }

  @Test("what is right")
  func good() throws {
    let files =
      Self.destinations.map { Self.file(destination: $0, rule: Self.rules[0]) }
      + Self.rules.map { Self.file(rule: $0) } + ["rules: [{name: r, when: {balance_below: 1}}]"]
    for file in files {
      #expect(AlertFileTests.faults(file) == [], "\(file)")
      #expect(try Self.accepts(file), "\(file)")
    }
  }

  @Test("what is wrong")
  func bad() throws {
    let files =
      Self.badDestinations.map { Self.file(destination: $0, rule: Self.rules[0]) }
      + Self.badRules.map { Self.file(rule: $0) }
      + ["rules: []", "destinations: {}", "rules: {}", "[]", "rule: []"]
    for file in files {
      #expect(AlertFileTests.faults(file) != [], "\(file)")
      #expect(try !Self.accepts(file), "\(file)")
    }
  }
}
