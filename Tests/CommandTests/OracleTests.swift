import Foundation
import Testing

@Suite("Estimates agree with an independent calculation in exact fractions")
struct OracleTests {
  private static let oracle = Command.project.appending(path: "Tests/Oracle/estimate.py").path
  private static let python = URL(filePath: "/usr/bin/env")

  /// Micro-credits of every line in its three cases, as the oracle prints them.
  private func micros(_ json: Data) throws -> [String] {
    let root = try JSONSerialization.jsonObject(with: json) as? [String: Any]
    let lines = try #require(root?["lines"] as? [[String: Any]])
    return try lines.map { line in
      let credits = try #require(line["credits"] as? [String: NSNumber])
      return try ["low", "expected", "high"].map { bound in
        let number = try #require(Decimal(string: credits[bound]?.description ?? ""))
        return "\(number * 1_000_000)"
      }.joined(separator: " ")
    }
  }

  @Test("10,000 random lines, to the micro-credit", arguments: [20_261_124, 7])
  func randomLines(seed: Int) throws {
    let scratch = try Scratch()
    let campaign = try Command.run(
      executable: Self.python,
      ["python3", Self.oracle, "make", "\(seed)", "5000"],
      in: scratch.folder
    ).output
    try scratch.write("random.json", campaign)
    let expected = try Command.run(
      executable: Self.python,
      ["python3", Self.oracle, "price"],
      in: scratch.folder,
      input: Data(campaign.utf8)
    ).output.split(separator: "\n").map(String.init)
    let result = try Command.run(
      ["estimate", "random.json", "--format", "csv"],
      in: scratch.folder
    )
    #expect(result.status == 0, "\(result.errors)")
    let actual = result.output.split(separator: "\r\n").dropFirst().map { row in
      // No cell of this campaign has a comma of its own.
      row.split(separator: ",", omittingEmptySubsequences: false)[9...11]
        .map { Self.micros(String($0)) }.joined(separator: " ")
    }
    #expect(expected.count == 5_000)
    #expect(actual.count == expected.count)
    for (line, pair) in zip(actual, expected).enumerated() where pair.0 != pair.1 {
      Issue.record("seed \(seed), line \(line + 1): \(pair.0), expected \(pair.1)")
      break
    }
  }

  /// A decimal with at most six places, moved by six.
  private static func micros(_ text: String) -> String {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    let digits = (parts[0] + padded).drop { $0 == "0" }
    return digits.isEmpty ? "0" : String(digits)
  }
}
