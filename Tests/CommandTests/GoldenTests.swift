import Foundation
import Testing

@Suite("Every form of the sample estimates is as it was agreed")
struct GoldenTests {
  static let cases: [(name: String, arguments: [String])] = [
    ("small.table", ["estimate", "samples/small.yaml"]),
    ("medium.table", ["estimate", "samples/medium.yaml"]),
    ("large.table", ["estimate", "samples/large.yaml"]),
    ("medium.json", ["estimate", "samples/medium.yaml", "--format", "json"]),
    ("large.json", ["estimate", "samples/large.yaml", "--format", "json"]),
    ("medium.md", ["estimate", "samples/medium.yaml", "--format", "markdown"]),
    ("medium.csv", ["estimate", "samples/medium.yaml", "--format", "csv"]),
    ("medium.html", ["estimate", "samples/medium.yaml", "--format", "html"]),
    ("small.trial", ["estimate", "samples/small.yaml", "--plan", "trial"]),
    ("large.fit", ["estimate", "samples/large.yaml", "--fit", "balance"]),
    (
      "small.compare",
      [
        "estimate", "samples/small.yaml", "--set", "operations.3.steps_per_contact=5",
        "--compare", "samples/small.yaml",
      ]
    ),
    ("prices.list", ["prices", "list", "--metering", "metered"]),
    ("prices.explain", ["prices", "explain", "POST", "/enrichment/verify-email?provider=kickbox"]),
    (
      "prices.diff",
      ["prices", "diff", "pricing/graph8.yaml", "pricing/editions/graph8-50rps.yaml"]
    ),
    ("demo", ["demo"]),
  ]

  @Test("a form", arguments: cases.indices)
  func form(index: Int) throws {
    let (name, arguments) = Self.cases[index]
    let result = try Command.run(arguments)
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    try expectGolden(result.output, Command.fixtures.appending(path: "Golden/\(name)"))
  }
}
