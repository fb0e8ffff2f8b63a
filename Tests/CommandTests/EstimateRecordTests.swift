import Foundation
import Testing

@Suite("Estimates are kept, and set beside what then happened")
struct EstimateRecordTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "spring.yaml",
      """
      name: Spring
      operations:
        - {operation: sequence.enroll, contacts: [300, 400, 500], steps_per_contact: 3}
        - {operation: voice.outbound, minutes: 2}
        - {operation: audience.push, records: 100}

      """
    )
    try scratch.write(
      "log.ndjson",
      """
      {"timestamp":"2026-11-10T10:00:00Z","method":"POST","path":"/sequences/s/contacts","org_id":"acme","usage":{"steps":1000},"tags":{"campaign":"spring"}}
      {"timestamp":"2026-11-11T10:00:00Z","method":"POST","path":"/voice/calls","org_id":"acme","usage":{"minutes":4},"tags":{"campaign":"spring"}}
      {"timestamp":"2026-11-11T11:00:00Z","method":"POST","path":"/appointments/bookings","org_id":"acme","tags":{"campaign":"spring"}}
      {"timestamp":"2026-11-11T12:00:00Z","method":"POST","path":"/appointments/bookings","org_id":"acme"}

      """
    )
    try scratch.write(
      "snapshots.ndjson",
      """
      {"timestamp":"2026-11-01T00:00:00Z","org_id":"acme","balance":9000,"tier":"platform"}
      {"timestamp":"2026-11-12T00:00:00Z","org_id":"acme","balance":1500,"tier":"PayG"}

      """
    )
  }

  private func run(_ arguments: String..., status: Int32 = 0) throws -> Command.Result {
    let result = try Command.run(arguments + ["--database", "usage.db"], in: scratch.folder)
    try #require(result.status == status, "\(arguments): \(result.errors)")
    return result
  }

  private func ingest() throws { _ = try run("ingest", "log.ndjson") }

  private struct Actual: Decodable {
    struct Line: Decodable {
      var operation: String
      var actual: Decimal
      var inside: Bool?
    }
    struct Totals: Decodable {
      var actual: Decimal
      var difference: Decimal
      var inside: Bool
    }
    var lines: [Line]
    var totals: Totals
  }

  private struct Estimate: Decodable {
    struct Balance: Decodable {
      var before: Decimal?
      var at: String?
    }
    struct Record: Decodable {
      var estimates: Int
      var inside: Int
      var meanError: Double
      var meanBias: Double
    }
    var plan: String
    var balance: Balance
    var record: Record?
  }

  private func estimate(_ arguments: String...) throws -> Estimate {
    let result = try Command.run(
      ["estimate", "spring.yaml", "--format", "json", "--database", "usage.db"] + arguments,
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Estimate.self, from: Data(result.output.utf8))
  }

  @Test("line by operation and total; then the record stands under new estimates")
  func actual() throws {
    let early = "2026-11-05T00:00:00Z"
    let saved = try run("estimate", "spring.yaml", "--save", "spring", "--as-of", early)
    #expect(saved.errors == "kept as \"spring\"\n")
    try ingest()
    #expect(try estimate().record == nil)
    let result = try run(
      "estimate",
      "--actual",
      "spring",
      "--tag",
      "campaign=spring",
      "--format",
      "json",
      "--as-of",
      "2026-11-20T00:00:00Z"
    )
    let found = try JSONDecoder().decode(Actual.self, from: Data(result.output.utf8))
    #expect(
      found.lines.map(\.operation) == [
        "sequence.enroll", "voice.outbound", "audience.push", "meeting.book",
      ]
    )
    #expect(found.lines.map(\.actual) == [1_000, 80, 0, 20])
    #expect(found.lines.map(\.inside) == [true, false, nil, nil])
    // 1,200 steps and 2 minutes were expected.
    #expect(found.totals.actual == 1_100)
    #expect(found.totals.difference == -140)
    #expect(found.totals.inside)
    let record = try #require(try estimate().record)
    #expect((record.estimates, record.inside) == (1, 1))
    #expect(abs(record.meanError - 140.0 / 1_240) < 1e-6)
    #expect(abs(record.meanBias + 140.0 / 1_240) < 1e-6)
    #expect(try estimate("--as-of", "2026-11-19T00:00:00Z").record == nil)
    let table = try run("estimate", "spring.yaml").output
    #expect(table.contains("1 of 1 past estimate fell inside the range; off by 11 % on average"))
    _ = try run("db", "check")
    let again = try run("estimate", "spring.yaml", "--save", "spring", status: 1)
    #expect(again.errors.contains("choose another name"))
  }

  @Test("without a tag, all usage since it was kept; without usage, nothing is kept")
  func since() throws {
    _ = try run("estimate", "spring.yaml", "--save", "late", "--as-of", "2026-11-11T11:30:00Z")
    let nothing = try run("estimate", "--actual", "late")
    #expect(nothing.errors.contains("nothing was kept"))
    #expect(try estimate().record == nil)
    try ingest()
    let result = try run("estimate", "--actual", "late", "--format", "json")
    let found = try JSONDecoder().decode(Actual.self, from: Data(result.output.utf8))
    #expect(found.totals.actual == 20)
    #expect(!found.totals.inside)
    #expect(try estimate().record?.inside == 0)
  }

  @Test("balance and plan are those of the latest snapshot by then, unless they are given")
  func snapshot() throws {
    #expect(try run("estimate", "spring.yaml", status: 1).errors.contains("usage.db"))
    _ = try run("ingest", "snapshots.ndjson", "--input", "snapshots")
    let now = try estimate()
    #expect(now.plan == "payg")
    #expect(now.balance.before == 1_500)
    #expect(now.balance.at == "2026-11-12T00:00:00Z")
    let before = try estimate("--as-of", "2026-11-11T00:00:00Z")
    #expect((before.plan, before.balance.before) == ("platform", 9_000))
    let given = try estimate("--balance", "7", "--plan", "trial")
    #expect((given.plan, given.balance.before) == ("trial", 7))
    #expect(given.balance.at == nil)
    let early = try estimate("--as-of", "2026-10-01T00:00:00Z")
    #expect((early.plan, early.balance.before) == ("platform", nil))
    #expect(try estimate("--org", "other").balance.before == nil)
    let gate = try run("estimate", "spring.yaml", "--require-covered", status: 3)
    #expect(gate.output.contains("1,500 before (snapshot of 2026-11-12T00:00:00Z)"))
  }

  @Test("of several organisations with a balance none is guessed")
  func organisations() throws {
    try scratch.write(
      "other.ndjson",
      """
      {"timestamp":"2026-11-13T00:00:00Z","org_id":"other","balance":5,"tier":"trial"}

      """
    )
    for name in ["snapshots.ndjson", "other.ndjson"] {
      _ = try run("ingest", name, "--input", "snapshots")
    }
    #expect(try estimate().balance.before == nil)
    #expect(try run("estimate", "spring.yaml").output.contains("2 organisations have a balance"))
    #expect(try estimate("--org", "acme").balance.before == 1_500)
    let named = try Command.run(
      ["estimate", "spring.yaml", "--format", "json"],
      in: scratch.folder,
      environment: ["CREDITMETER_DATABASE": "usage.db", "G8_ORG_ID": "other"]
    )
    #expect(named.output.contains("\"before\":5,"))
  }

  @Test("an estimate makes no database, and needs none")
  func none() throws {
    let result = try Command.run(
      ["estimate", "spring.yaml", "--format", "json"],
      in: scratch.folder,
      environment: ["CREDITMETER_DATABASE": "none.db"]
    )
    #expect(result.status == 0)
    #expect(!FileManager.default.fileExists(atPath: scratch.folder.appending(path: "none.db").path))
    let unknown = try run("estimate", "--actual", "spring", status: 1)
    #expect(unknown.errors.contains("no database"))
    try ingest()
    #expect(try run("estimate", "--actual", "sprng", status: 1).errors.contains("no estimate"))
  }

  @Test(
    "what cannot be meant",
    arguments: [
      [], ["--actual", "a", "spring.yaml"], ["--actual", "a", "--save", "b"],
      ["spring.yaml", "--tag", "a=b"], ["spring.yaml", "--since", "2026-11-01T00:00:00Z"],
      ["spring.yaml", "--save", ""], ["--actual", "a", "--format", "html"],
    ]
  )
  func misuse(arguments: [String]) throws {
    let result = try Command.run(["estimate"] + arguments, in: scratch.folder)
    #expect(result.status == 64, "\(result.errors)")
  }
}
