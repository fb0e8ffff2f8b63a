import Foundation
import Testing

@Suite("estimate, as a user runs it")
struct EstimateTests {
  private static let plan = """
    name: Q1 outbound
    plan: platform
    balance: 12450
    operations:
      - operation: enrichment.waterfall
        label: Enrich the target list
        records: 5000
        hit_rate: [0.55, 0.65, 0.8]
        credits_per_unit: [1, 1.2, 2]
      - operation: sequence.enroll
        contacts: 5000
        steps_per_contact: 4
      - operation: voice.outbound
        calls: 300
        connect_rate: 0.3
        minutes_per_call: 2.5
      - request: POST /enrichment/verify-email?provider=kickbox
        count: 500
    """

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("plan.yaml", Self.plan)
    try scratch.write("cheap.yaml", "operations: [{operation: meeting.book, bookings: 2}]\n")
    try scratch.write(
      "push.yaml",
      "balance: 100\noperations: [{operation: audience.push, records: 10}]\n"
    )
  }

  private func estimate(_ arguments: String...) throws -> (Command.Result, [String: Any]) {
    let result = try Command.run(
      ["estimate"] + arguments + ["--format", "json"],
      in: scratch.folder
    )
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return (result, try #require(json as? [String: Any]))
  }

  @Test("the campaign of the documentation costs what it says")
  func documented() throws {
    let (result, json) = try estimate("plan.yaml")
    #expect(result.status == 0)
    let lines = try #require(json["lines"] as? [[String: Any]])
    let credits = lines.compactMap { $0["credits"] as? [String: Double] }
    #expect(credits[0] == ["low": 2750, "expected": 3900, "high": 8000])
    #expect(credits[1]["expected"] == 20000)
    #expect(credits[2]["expected"] == 5400)
    #expect((lines[2]["quantity"] as? [String: Double])?["expected"] == 225)
    #expect(credits[3]["expected"] == 500)
    let hold = try #require(json["hold"] as? [String: Any])
    #expect(hold["peak"] as? Double == 12500)
    #expect(hold["fits"] as? Bool == false)
    #expect(hold["largest_batch"] as? Int == 4980)
    let runsOut = try #require(json["runs_out"] as? [String: Any])
    #expect(runsOut["line"] as? Int == 2)
    #expect(runsOut["at"] as? Int == 8551)
    #expect((json["balance"] as? [String: Any])?["covered"] as? String == "no")
  }

  static let exitCodes: [(arguments: [String], status: Int32)] = [
    (["plan.yaml"], 0),
    (["plan.yaml", "--max-credits", "29800"], 0),
    (["plan.yaml", "--max-credits", "29799.999999"], 3),
    (["plan.yaml", "--max-credits", "29800", "--gate", "high"], 3),
    (["plan.yaml", "--max-credits", "33900", "--gate", "high"], 0),
    (["plan.yaml", "--require-covered"], 3),
    (["plan.yaml", "--require-covered", "--balance", "33900"], 0),
    (["plan.yaml", "--require-covered", "--balance", "33899.999999"], 3),
    (["cheap.yaml", "--require-covered"], 3),
    (["push.yaml", "--max-credits", "5"], 3),
    (["push.yaml", "--max-credits", "5", "--allow-unpriced"], 0),
    (["push.yaml"], 0),
    (["push.yaml", "--set", "operations.0.credits_per_unit=0.5", "--max-credits", "5"], 0),
    (["missing.yaml"], 1), (["."], 1), (["plan.yaml", "--book", "missing"], 1),
    (["plan.yaml", "--output", "no/such/folder/x"], 1),
    (["plan.yaml", "--plan", "gold"], 2), (["plan.yaml", "--set", "operations.9.count=1"], 2),
    (["plan.yaml", "--set", "operations.1.contacts=-1"], 2),
    (["plan.yaml", "--set", "nonsense"], 64), (["plan.yaml", "--balance", "x"], 64),
    (["plan.yaml", "--format", "xml"], 64), (["plan.yaml", "--colour"], 64), ([], 64),
    (["cheap.yaml", "--fit", "balance"], 64),
  ]

  @Test("gates and faults decide the exit code", arguments: exitCodes)
  func exitCode(arguments: [String], status: Int32) throws {
    let result = try Command.run(["estimate"] + arguments, in: scratch.folder)
    #expect(result.status == status, "\(result.errors)")
    #expect(status == 0 || !result.errors.isEmpty)
    if status == 1 || status == 2 || status == 64 { #expect(result.output.isEmpty) }
  }

  @Test("a failed gate still prints its result")
  func failedGate() throws {
    let (result, json) = try estimate("plan.yaml", "--max-credits", "100")
    #expect(result.status == 3)
    let gate = try #require(json["gate"] as? [String: Any])
    #expect(gate["passed"] as? Bool == false)
    #expect((gate["reasons"] as? [String])?.isEmpty == false)
  }

  @Test("standard input is a file named -")
  func standardInput() throws {
    let result = try Command.run(["estimate", "-"], input: Data(Self.plan.utf8))
    #expect(result.status == 0)
    #expect(result.output.contains("29,800"))
  }

  @Test("several files are one campaign with a subtotal each")
  func severalFiles() throws {
    let (_, json) = try estimate("plan.yaml", "cheap.yaml")
    let files = try #require(json["files"] as? [[String: Any]])
    #expect(files.compactMap { ($0["credits"] as? [String: Double])?["expected"] } == [29800, 40])
    let totals = try #require((json["totals"] as? [String: Any])?["credits"] as? [String: Double])
    #expect(totals["expected"] == 29840)
  }

  @Test("without a balance nothing is claimed about it")
  func noBalance() throws {
    let (_, json) = try estimate("cheap.yaml")
    let balance = try #require(json["balance"] as? [String: Any])
    #expect(balance["covered"] as? String == "unknown")
    #expect(balance["before"] is NSNull)
    #expect(balance["probability_covered"] is NSNull)
  }

  @Test("an unpriced line has no credits and is counted")
  func unpriced() throws {
    let (_, json) = try estimate("push.yaml")
    let line = try #require((json["lines"] as? [[String: Any]])?.first)
    #expect(line["credits"] is NSNull)
    #expect(line["metering"] as? String == "unpriced")
    #expect((json["totals"] as? [String: Any])?["unpriced_lines"] as? Int == 1)
    #expect((json["balance"] as? [String: Any])?["covered"] as? String == "yes")
  }

  @Test("the same campaign gives the same bytes, in any locale")
  func repeats() throws {
    let arguments = ["estimate", "plan.yaml", "--balance", "30000", "--format", "json"]
    let first = try Command.run(arguments, in: scratch.folder)
    for locale in ["C", "tr_TR.UTF-8", "de_DE.UTF-8"] {
      let again = try Command.run(arguments, in: scratch.folder, environment: ["LC_ALL": locale])
      #expect(again.output == first.output)
    }
  }

  @Test("--output leaves a whole file and nothing on standard output")
  func outputFile() throws {
    let result = try Command.run(
      ["estimate", "plan.yaml", "--format", "csv", "--output", "out.csv"],
      in: scratch.folder
    )
    #expect(result.status == 0)
    #expect(result.output.isEmpty)
    let text = try String(contentsOf: scratch.folder.appending(path: "out.csv"), encoding: .utf8)
    #expect(text.split(separator: "\r\n").count == 5)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
    #expect(!names.contains { $0.hasPrefix("out.csv.") })
  }

  @Test("a pipe that closes early hides no gate")
  func closedPipeAndGate() throws {
    let line = "{operation: meeting.book, bookings: 2}"
    let many = Array(repeating: line, count: 5_000).joined(separator: ", ")
    try scratch.write("many.yaml", "operations: [\(many)]")
    let command = "'\(Command.binary.path)' estimate many.yaml --max-credits 1 --format json"
    let result = try Command.run(
      executable: URL(filePath: "/bin/bash"),
      ["-c", "set -o pipefail; \(command) | head -n 1"],
      in: scratch.folder
    )
    #expect(result.status == 3)
  }

  @Test("a pipe that closes early ends the run quietly")
  func closedPipe() throws {
    let result = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      ["-c", "'\(Command.binary.path)' prices list --format json | head -n 1"],
      in: scratch.folder
    )
    #expect(result.output == "{\n")
    #expect(result.errors.isEmpty)
  }
}
