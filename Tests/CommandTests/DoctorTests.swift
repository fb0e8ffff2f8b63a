import Foundation
import TestSupport
import Testing

@Suite("The doctor finds what is wrong, and nothing else")
struct DoctorTests {
  private struct Report: Decodable {
    struct Check: Decodable {
      var name: String
      var state: String
      var message: String
    }

    var passed: Bool
    var checks: [Check]

    func state(_ name: String) -> String? { checks.first { $0.name == name }?.state }
  }

  private func run(
    _ scratch: Scratch,
    _ arguments: [String] = [],
    _ environment: [String: String] = [:]
  ) throws -> (status: Int32, report: Report, errors: String) {
    let result = try Command.run(
      ["doctor", "--format", "json", "--database", "usage.db"] + arguments,
      in: scratch.folder,
      environment: ["G8_API_KEY": "g8_live_canary0123456789"].merging(environment) { $1 }
    )
    for text in [result.output, result.errors] { #expect(!text.contains("canary")) }
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    return (result.status, report, result.errors)
  }

  private func stub(_ faults: [String] = []) throws -> LoopbackServer {
    try LoopbackServer("Graph8Stub/graph8-stub", ["--key", "g8_live_canary0123456789"] + faults)
  }

  @Test("all is well where all is well, and nothing is made")
  func well() throws {
    let scratch = try Scratch()
    let stub = try stub()
    let (status, report, _) = try run(scratch, [], ["CREDITMETER_API_URL": stub.origin])
    #expect(status == 0)
    #expect(report.passed)
    for name in ["settings", "books", "database", "graph8", "clock"] {
      #expect(report.state(name) == "ok", "\(report.checks)")
    }
    #expect(!scratch.exists("usage.db"))
  }

  @Test("what graph8 says is told, as a fault or as a state")
  func provider() throws {
    let scratch = try Scratch()
    for (fault, state) in [
      ("401", "failed"), ("403-html", "failed"), ("402-credits", "warning"), ("404", "warning"),
    ] {
      let stub = try stub([fault])
      let (status, report, _) = try run(scratch, [], ["CREDITMETER_API_URL": stub.origin])
      #expect(report.state("graph8") == state, "\(fault): \(report.checks)")
      #expect(status == (state == "failed" ? 3 : 0))
    }
    let nowhere = try run(scratch, [], ["CREDITMETER_API_URL": "http://192.0.2.1"])
    #expect(nowhere.status == 3 && nowhere.report.state("graph8") == "failed")
    let keyless = try run(scratch, [], ["G8_API_KEY": "", "HOME": scratch.folder.path])
    #expect(keyless.status == 3 && keyless.errors.contains("set G8_API_KEY"))
    #expect(try run(scratch, ["--offline"]).report.state("graph8") == "skipped")
  }

  @Test("a clock that is wrong is found by graph8's")
  func clock() throws {
    let scratch = try Scratch()
    let stub = try stub()
    let (status, report, _) = try run(scratch, [], ["CREDITMETER_API_URL": stub.origin])
    #expect(status == 0 && report.state("clock") == "ok")
    let skewed = try self.stub(["skewed"])
    let (late, found, _) = try run(scratch, [], ["CREDITMETER_API_URL": skewed.origin])
    #expect(late == 3 && found.state("clock") == "failed")
  }

  @Test("settings, books and variables with faults are named")
  func configuration() throws {
    let scratch = try Scratch()
    try scratch.write("creditmeter.yaml", "database: usage.db\ntimezon: Europe/Berlin\n")
    let typo = try run(scratch, ["--offline"])
    #expect(typo.status == 3 && typo.report.state("settings") == "failed")
    #expect(typo.errors.contains("creditmeter.yaml:2:1"))
    try scratch.write("creditmeter.yaml", "alerts: missing.yaml\n")
    #expect(try run(scratch, ["--offline"]).report.state("alerts") == "failed")
    try scratch.write("creditmeter.yaml", "timezone: Europe/Berlim\n")
    let zone = try run(scratch, ["--offline"])
    #expect(zone.report.state("settings") == "failed")
    #expect(zone.errors.contains("creditmeter.yaml:1:11"))
    try scratch.write("creditmeter.yaml", "billing_day: 1\n")
    #expect(try run(scratch, ["--offline"]).report.state("settings") == "ok")
    try scratch.write("book.yaml", "provider: graph8\n")
    let book = try run(scratch, ["--offline", "--book", "book.yaml"])
    #expect(book.status == 3 && book.report.state("books") == "failed")
    let variable = try run(scratch, ["--offline"], ["CREDITMETER_DATABSE": "x"])
    #expect(variable.status == 0 && variable.report.state("environment") == "warning")
  }

  @Test("the file of alerts is read, and its faults are told with their places")
  func alerts() throws {
    let scratch = try Scratch()
    #expect(try run(scratch, ["--offline"]).report.state("alerts") == "skipped")
    try scratch.write("alerts.yaml", "rules:\n  - {name: low, when: {balance_belw: 5}}\n")
    let faulty = try run(scratch, ["--offline"])
    #expect(faulty.status == 3 && faulty.report.state("alerts") == "failed")
    #expect(faulty.errors.contains("alerts: alerts.yaml:2:24: "), "\(faulty.errors)")
    let rules = "rules: [{name: low, when: {balance_below: 5}}]\n"
    try scratch.write("alerts.yaml", "destinations: {a: {slack: {url_env: SLACK}}}\n" + rules)
    let unset = try run(scratch, ["--offline"])
    #expect(unset.status == 0 && unset.report.state("alerts") == "warning")
    let whole = try run(scratch, ["--offline"], ["SLACK": "https://example.com/x"])
    #expect(whole.report.state("alerts") == "ok")
    try scratch.write("creditmeter.yaml", "alerts: watch.yaml\n")
    try scratch.write("watch.yaml", "rules: []\n")
    let empty = try run(scratch, ["--offline"])
    #expect(empty.errors.contains("watch.yaml:1:8: error: there are no rules"))
  }

  @Test("a database that is damaged, or open to all, is named")
  func database() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    #expect(chmod(file.path, 0o600) == 0)
    let whole = try run(scratch, ["--offline"])
    #expect(whole.status == 0 && whole.report.state("database") == "ok")
    #expect(whole.report.state("balance") == "warning")
    #expect(chmod(file.path, 0o644) == 0)
    #expect(try run(scratch, ["--offline"]).report.state("database") == "warning")
    #expect(chmod(file.path, 0o600) == 0)
    var bytes = try Data(contentsOf: file)
    for offset in stride(from: 40_000, to: bytes.count, by: 9_001) { bytes[offset] ^= 0x55 }
    try bytes.write(to: file)
    let damaged = try run(scratch, ["--offline"])
    #expect(damaged.status == 3 && damaged.report.state("database") == "failed")
    try scratch.write("usage.db", "no database at all")
    #expect(try run(scratch, ["--offline"]).status == 3)
  }
}
