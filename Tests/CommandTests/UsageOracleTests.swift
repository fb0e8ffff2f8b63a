import Foundation
import Testing

@Suite("Logs in every format add up as an independent calculation in exact fractions says")
struct UsageOracleTests {
  /// Writes random logs and what each adds up to.
  private static let oracle = Command.project.appending(path: "Tests/Oracle/usage.py").path
  private static let python = URL(filePath: "/usr/bin/env")

  @Test(
    "20,000 requests, told the format and detecting it",
    arguments: zip([20_261_124, 7], [false, true])
  )
  func everyFormat(seed: Int, detects: Bool) throws {
    let scratch = try Scratch()
    let logs = try generate(seed: seed, in: scratch)
    #expect(logs.count >= 14)
    for (place, log) in logs.enumerated() {
      let options = log.options + (detects ? [] : ["--input", log.input])
      let found = try ingested(log, into: "\(place).db", options, in: scratch)
      report(found, of: log, seed: seed)
    }
  }

  @Test("a log that was taken adds nothing when it comes again compressed")
  func again() throws {
    let scratch = try Scratch()
    let logs = try generate(seed: 11, ["--only", "ndjson"], in: scratch)
    let first = try #require(logs.first)
    let packed = try #require(logs.first { $0.file.hasSuffix(".gz") })
    let before = try ingested(first, into: "usage.db", in: scratch)
    let result = try ingest(packed, into: "usage.db", [], in: scratch)
    #expect(before.isEmpty, "\(before)")
    let read = try #require(first.summary["read"]?.number)
    let rejected = try #require(first.summary["rejected"]?.number)
    let nothing: [String: Decimal] = [
      "read": read, "duplicates": read - rejected, "rejected": rejected, "accepted": 0,
      "updated": 0, "credits": 0,
    ]
    #expect(differences(result, nothing.mapValues(Cell.number), "the second run").isEmpty)
    let after = try totals(first, in: "usage.db", in: scratch)
    #expect(after.isEmpty, "\(after)")
  }

  @Test("a price that is one micro-credit off is noticed, where it is and nowhere else")
  func control() throws {
    let scratch = try Scratch()
    let options = ["--only", "ndjson", "--booking", "20.000001"]
    let logs = try generate(seed: 7, options, in: scratch)
    let log = try #require(logs.first)
    let found = try ingested(log, into: "usage.db", in: scratch)
    #expect(found.contains { $0.contains("summary: credits") }, "\(found)")
    let operations = found.filter { $0.contains("by operation") && !$0.contains("totals") }
    #expect(!operations.isEmpty)
    #expect(operations.allSatisfy { $0.contains("meeting.book") }, "\(operations)")
    #expect(!found.contains { $0.contains("requests") || $0.contains("quantity") }, "\(found)")
  }

  // What the oracle says, and what the command says.

  private struct Expected: Decodable {
    var logs: [Log]
  }

  private struct Log: Decodable {
    var name: String
    var file: String
    var input: String
    var options: [String]
    var summary: [String: Cell]
    var usage: [Usage]
  }

  private struct Usage: Decodable {
    var by: [String]
    var rows: [[String: Cell]]
    var totals: [String: Cell]

    /// The group that a row is about, whatever its field is called for a tag.
    func group(of row: [String: Cell]) -> Cell {
      by.compactMap { row[$0] }.first ?? row.first { totals[$0.key] == nil }?.value ?? .null
    }
  }

  /// A number exactly, a text, or null.
  private enum Cell: Decodable, Equatable, CustomStringConvertible {
    case number(Decimal)
    case text(String)
    case null

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let number = try? container.decode(Decimal.self) {
        self = .number(number)
      } else if let truth = try? container.decode(Bool.self) {
        self = .text("\(truth)")
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    var number: Decimal? {
      if case .number(let value) = self { value } else { nil }
    }

    var description: String {
      switch self {
      case .number(let value): "\(value)"
      case .text(let value): value
      case .null: "null"
      }
    }
  }

  private func generate(
    seed: Int,
    _ options: [String] = [],
    in scratch: Scratch
  ) throws -> [Log] {
    let result = try Command.run(
      executable: Self.python,
      ["python3", Self.oracle, "generate", "--seed", "\(seed)", "--out", "."] + options,
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
    let file = scratch.folder.appending(path: "expected.json")
    return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file)).logs
  }

  /// Takes a log into a fresh database; what then differs from what is expected.
  private func ingested(
    _ log: Log,
    into database: String,
    _ options: [String]? = nil,
    in scratch: Scratch
  ) throws -> [String] {
    let options = options ?? log.options
    let summary = try ingest(log, into: database, options, in: scratch)
    return differences(summary, log.summary, "summary")
      + (try totals(log, in: database, in: scratch))
  }

  private func ingest(
    _ log: Log,
    into database: String,
    _ options: [String],
    in scratch: Scratch
  ) throws -> [String: Cell] {
    let arguments = ["ingest", log.file, "--database", database, "--format", "json"] + options
    return try decoded(arguments, in: scratch)
  }

  private func totals(
    _ log: Log,
    in database: String,
    in scratch: Scratch
  ) throws -> [String] {
    try log.usage.flatMap { expected in
      let by = expected.by.joined(separator: ",")
      let arguments = ["usage", "--database", database, "--by", by, "--format", "json"]
      let actual: Usage = try decoded(arguments, in: scratch)
      return differences(actual, expected)
    }
  }

  private func decoded<Value: Decodable>(
    _ arguments: [String],
    in scratch: Scratch
  ) throws -> Value {
    let result = try Command.run(arguments, in: scratch.folder)
    try #require(result.status == 0, "\(arguments.joined(separator: " ")): \(result.errors)")
    return try JSONDecoder().decode(Value.self, from: Data(result.output.utf8))
  }

  private func differences(_ actual: Usage, _ expected: Usage) -> [String] {
    let by = "by \(expected.by.joined(separator: ","))"
    var found = differences(actual.totals, expected.totals, "\(by), totals")
    let (groups, wanted) = (
      actual.rows.map(actual.group(of:)), expected.rows.map(expected.group(of:))
    )
    // Rows are sorted by their key; where the requests without one stand is free.
    let (keys, wantedKeys) = (groups.filter { $0 != .null }, wanted.filter { $0 != .null })
    if keys != wantedKeys { found.append("\(by): groups \(keys), expected \(wantedKeys)") }
    for (group, row) in zip(wanted, expected.rows) {
      guard let place = groups.firstIndex(of: group) else {
        found.append("\(by): no \(group)")
        continue
      }
      let numbers = row.filter { expected.totals[$0.key] != nil }
      found += differences(actual.rows[place], numbers, "\(by), \(group)")
    }
    if groups.count != wanted.count { found.append("\(by): \(groups.count) rows") }
    return found
  }

  private func differences(
    _ actual: [String: Cell],
    _ expected: [String: Cell],
    _ place: String
  ) -> [String] {
    expected.sorted { $0.key < $1.key }.compactMap { key, value in
      let found = actual[key]
      return found == value
        ? nil : "\(place): \(key) \(found?.description ?? "missing"), expected \(value)"
    }
  }

  /// Only so many that one fault does not hide which formats have it.
  private func report(_ found: [String], of log: Log, seed: Int) {
    guard !found.isEmpty else { return }
    let shown = found.prefix(12).joined(separator: "\n  ")
    Issue.record("seed \(seed), \(log.name): \(found.count) differ\n  \(shown)")
  }
}
