import Foundation
import Testing

@Suite("FOCUS export")
struct FocusTests {
  private static let oracle = Command.project.appending(path: "Tests/Oracle/usage.py").path

  /// A log of 2,000 requests, and a balance that starts at nothing and is topped up twice.
  private func database(_ scratch: Scratch) throws {
    let made = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      [
        "python3", Self.oracle, "generate", "--seed", "3", "--size", "2000", "--only", "ndjson",
        "--out", ".",
      ],
      in: scratch.folder
    )
    try #require(made.status == 0, "\(made.errors)")
    try scratch.write(
      "balances.ndjson",
      """
      {"time":"2026-10-04T23:00:00Z","org_id":"org_north","balance":0,"billing_period_used":0,"tier":"platform"}
      {"time":"2026-10-05T00:00:00Z","org_id":"org_north","balance":50000,"billing_period_used":0,"tier":"platform"}
      {"time":"2026-10-20T00:00:00Z","org_id":"org_north","balance":70000.5,"billing_period_used":9999.5,"tier":"platform"}

      """
    )
    let run = try Command.run(
      ["ingest", "requests.ndjson", "balances.ndjson", "--database", "usage.db"],
      in: scratch.folder
    )
    try #require(run.status == 0, "\(run.errors)")
  }

  private func export(_ options: [String], _ scratch: Scratch) throws -> [[String: String]] {
    let run = try Command.run(
      ["export", "focus", "--database", "usage.db", "--as-of", "2026-11-20T00:00:00Z"] + options,
      in: scratch.folder
    )
    try #require(run.status == 0, "\(run.errors)")
    var lines = Self.rows(run.output)
    let header = lines.removeFirst()
    return lines.map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
  }

  /// Cells of comma-separated values.
  private static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var (row, cell) = ([String](), "")
    var isQuoted = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        row.append(cell)
        cell = ""
      case "\r" where !isQuoted: break
      case "\n" where !isQuoted:
        rows.append(row + [cell])
        (row, cell) = ([], "")
      default: cell.unicodeScalars.append(scalar)
      }
    }
    return rows
  }

  private func number(_ row: [String: String], _ column: String) throws -> Decimal {
    let text = try #require(row[column], "\(column)")
    #expect(text.contains("."), "\(column) \(text) is not written as a decimal")
    return try #require(Decimal(string: text), "\(column) \(text)")
  }

  @Test("costs are prices times quantities, exactly, in both currencies")
  func arithmetic() throws {
    let scratch = try Scratch()
    try database(scratch)
    let rows = try export([], scratch)
    #expect(rows.count > 200)
    for row in rows {
      let quantity = try number(row, "PricingQuantity")
      let list = try number(row, "ListCost")
      #expect(list == (try number(row, "ListUnitPrice")) * quantity, "\(row)")
      #expect(
        try number(row, "ContractedCost") == number(row, "ContractedUnitPrice") * quantity,
        "\(row)"
      )
      let credits = try number(row, "x_Credits")
      if row["ChargeCategory"] == "Usage" {
        #expect(try number(row, "BilledCost") == 0)
        #expect(row["PricingCurrency"] == "Credits")
        #expect(try number(row, "PricingCurrencyEffectiveCost") == credits)
        #expect(try number(row, "PricingCurrencyListUnitPrice") * quantity == credits, "\(row)")
        #expect(try number(row, "EffectiveCost") == list)
      } else {
        #expect(row["PricingCurrency"] == "USD")
        #expect(try number(row, "EffectiveCost") == 0)
        #expect(try number(row, "BilledCost") == list)
        #expect(quantity == credits)
      }
    }
  }

  @Test("rows of use add up to what is stored, purchases to what was topped up")
  func totals() throws {
    let scratch = try Scratch()
    try database(scratch)
    let rows = try export([], scratch)
    let used = try rows.filter { $0["ChargeCategory"] == "Usage" }
      .reduce(Decimal(0)) { try $0 + number($1, "x_Credits") }
    let bought = try rows.filter { $0["ChargeCategory"] == "Purchase" }
      .reduce(Decimal(0)) { try $0 + number($1, "x_Credits") }
    let usage = try Command.run(
      ["usage", "--by", "operation", "--format", "json", "--database", "usage.db"],
      in: scratch.folder
    )
    let total = try #require(
      usage.output.components(separatedBy: "\"totals\":").last?
        .components(separatedBy: "\"credits\":").dropFirst().first?
        .components(separatedBy: ",").first
    )
    #expect(used == Decimal(string: total))
    // 50,000, then 30,000 beside 9,999.5 used.
    #expect(bought == 80_000)
  }

  @Test("what came to be known after a period closed is a correction, and nothing is told twice")
  func corrections() throws {
    let scratch = try Scratch()
    try database(scratch)
    let whole = try export([], scratch)
    let later = try export(["--closed-at", "2026-11-02T00:00:00Z"], scratch)
    let classes = Set(
      later.filter { $0["ChargeCategory"] == "Usage" }.map { row in
        "\(row["BillingPeriodStart"] ?? "") \(row["ChargeClass"] ?? "")"
      }
    )
    #expect(
      classes == ["2026-10-01T00:00:00Z Correction", "2026-11-01T00:00:00Z "],
      "everything was ingested later than that"
    )
    #expect(whole.count == later.count)
    #expect(whole.allSatisfy { $0["ChargeClass"] == "" })
  }
}
