import Foundation
import Testing

@Suite("Reports are what an independent calculation in exact fractions says")
struct ReportOracleTests {
  private static let oracle = Command.project.appending(path: "Tests/Oracle/usage.py").path

  @Test("weeks, days and months in zones whose days have 23, 24 and 25 hours", arguments: [0, 30])
  func reports(weeksEarlier: Int) throws {
    let scratch = try Scratch()
    let found = try compared(["--seed", "3", "--weeks-earlier", "\(weeksEarlier)"], in: scratch)
    #expect(found.reports >= 5)
    #expect(found.days.contains(weeksEarlier == 0 ? 25 : 23))
    let shown = found.differences.prefix(10).joined(separator: "\n  ")
    #expect(found.differences.isEmpty, "\(found.differences.count) differ\n  \(shown)")
  }

  @Test("a price that is one micro-credit off is noticed, where it is and nowhere else")
  func control() throws {
    let scratch = try Scratch()
    let found = try compared(["--seed", "3", "--booking", "20.000001"], in: scratch)
    #expect(found.differences.contains { $0.contains("totals: credits") })
    #expect(!found.differences.contains { $0.contains("requests") || $0.contains("quantity") })
    let operations = found.differences.filter { $0.contains("by operation") }
    #expect(!operations.isEmpty)
    // Shares of the others change with the total.
    let credits = operations.filter { $0.contains(" credits ") }
    #expect(credits.allSatisfy { $0.contains("meeting.book") }, "\(credits)")
  }

  private struct Findings {
    var differences: [String] = []
    var reports = 0
    var days: Set<Int> = []
  }

  private func compared(_ options: [String], in scratch: Scratch) throws -> Findings {
    let generated = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      ["python3", Self.oracle, "generate", "--out", ".", "--only", "ndjson", "--reports"] + options,
      in: scratch.folder
    )
    try #require(generated.status == 0, "\(generated.errors)")
    let file = scratch.folder.appending(path: "expected.json")
    let log = try JSONValue(String(contentsOf: file, encoding: .utf8))["logs"][0]
    let ingested = try Command.run(
      ["ingest", "requests.ndjson", "--database", "usage.db"],
      in: scratch.folder
    )
    try #require(ingested.status == 0, "\(ingested.errors)")
    var found = Findings()
    for expected in log["reports"].list {
      found.reports += 1
      for key in expected["groups"].fields.keys.sorted() {
        let arguments = expected["arguments"].list.compactMap(\.text)
        let report = try report(arguments + ["--by", key], in: scratch)
        let name = arguments.joined(separator: " ")
        if key == "operation" { compare(report, expected, name, &found) }
        compare(report, expected["groups"][key].list, by: key, name, &found)
      }
    }
    return found
  }

  private func report(_ arguments: [String], in scratch: Scratch) throws -> JSONValue {
    let common = ["--database", "usage.db", "--as-of", "2027-01-01T00:00:00Z", "--format", "json"]
    let result = try Command.run(["report"] + arguments + common, in: scratch.folder)
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return try JSONValue(result.output)
  }

  private func compare(
    _ report: JSONValue,
    _ expected: JSONValue,
    _ name: String,
    _ found: inout Findings
  ) {
    for part in ["totals", "previous"] {
      note(report[part], expected[part], "\(name), \(part)", &found)
    }
    let days = expected["by_day"].list
    if report["by_day"].list.count != days.count { found.differences.append("\(name): days") }
    for (day, wanted) in zip(report["by_day"].list, days) {
      if let hours = wanted["hours"].number {
        found.days.insert(NSDecimalNumber(decimal: hours).intValue)
      }
      note(day, wanted, "\(name), \(wanted["date"])", &found)
    }
  }

  private func compare(
    _ report: JSONValue,
    _ groups: [JSONValue],
    by key: String,
    _ name: String,
    _ found: inout Findings
  ) {
    let isTag = key.hasPrefix("tag:")
    let tag = String(key.dropFirst(4))
    let rows =
      isTag
      ? report["by_tag"].list.filter { $0["tag"] == .text(tag) } : report["by_\(key)"].list
    let value = isTag ? "value" : key
    if rows.count != groups.count {
      found.differences.append("\(name), by \(key): \(rows.count) rows for \(groups.count)")
    }
    for group in groups {
      var wanted = group.fields
      wanted["value"] = nil
      // A tag's values may count in several units.
      if isTag || key != "operation" { wanted["quantity"] = nil }
      let row = rows.first { $0[value] == group["value"] } ?? .null
      note(row, .object(wanted), "\(name), by \(key), \(group["value"])", &found)
    }
    for column in ["requests", "credits"] {
      let sum = rows.compactMap { $0[column].number }.reduce(0, +)
      if sum != report["totals"][column].number {
        found.differences.append("\(name), by \(key): \(column) add up to \(sum)")
      }
    }
  }

  private func note(
    _ actual: JSONValue,
    _ expected: JSONValue,
    _ place: String,
    _ found: inout Findings
  ) {
    for (key, value) in expected.fields.sorted(by: { $0.key < $1.key })
    where actual[key] != value && !(key == "quantity" && actual[key] == .null) {
      found.differences.append("\(place): \(key) \(actual[key]), expected \(value)")
    }
  }
}
