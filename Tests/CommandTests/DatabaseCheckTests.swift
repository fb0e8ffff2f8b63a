import Foundation
import Testing
import UsageStore

/// A database with requests, rejects, ledger rows and snapshots, made once.
enum SampleDatabase {
  static let oracleOptions = ["--seed", "5", "--size", "600", "--only", "ndjson"]

  static let content: Result<Data, any Error> = Result { try make() }

  private static let alerts = """
    destinations: {log: {stdout: {}}, down: {slack: {url: "http://127.0.0.1:9"}}}
    rules:
      - {name: low, when: {balance_below: 850}}
      - {name: lower, when: {balance_below: 400}}

    """

  private static func make() throws -> Data {
    let scratch = try Scratch()
    let folder = scratch.folder
    let oracle = Command.project.appending(path: "Tests/Oracle/usage.py").path
    let python = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      ["python3", oracle, "generate"] + oracleOptions + ["--out", "."],
      in: folder
    )
    try #require(python.status == 0, "\(python.errors)")
    let ledger = """
      {"id":"t1","org_id":"org_north","created_at":"2026-10-06T10:00:00Z","amount":-20,"type":"usage"}
      {"id":"t2","org_id":"org_north","created_at":"2026-10-07T10:00:00Z","amount":500,"type":"topup"}

      """
    let snapshots = """
      {"org_id":"org_north","timestamp":"2026-10-06T00:00:00Z","balance":900,"tier":"platform"}
      {"org_id":"org_north","timestamp":"2026-10-07T00:00:00Z","balance":800,"tier":"platform"}

      """
    let inputs = [
      ("requests.ndjson", "ndjson", nil), ("ledger.ndjson", "transactions", ledger),
      ("snapshots.ndjson", "snapshots", snapshots),
    ]
    for (name, input, text) in inputs {
      if let text { try Data(text.utf8).write(to: folder.appending(path: name)) }
      let result = try Command.run(
        ["ingest", name, "--input", input, "--database", "sample.db"],
        in: folder
      )
      try #require(result.status == 0, "\(result.errors)")
    }
    try scratch.write("alerts.yaml", alerts)
    for arguments in [
      ["check", "--as-of", "2026-10-07T01:00:00Z"],
      ["silence", "low", "--until", "4h", "--reason", "known", "--as-of", "2026-10-07T02:00:00Z"],
    ] {
      let result = try Command.run(
        ["alerts"] + arguments + ["--org", "org_north", "--database", "sample.db"],
        in: folder
      )
      try #require(result.status == 0, "\(result.errors)")
    }
    let copy = try Command.run(["db", "backup", "whole.db", "--database", "sample.db"], in: folder)
    try #require(copy.status == 0, "\(copy.errors)")
    return try Data(contentsOf: folder.appending(path: "whole.db"))
  }

  /// A copy to change.
  static func copy(in scratch: Scratch, _ name: String = "usage.db") throws -> URL {
    let file = scratch.folder.appending(path: name)
    try Self.content.get().write(to: file)
    return file
  }

  @discardableResult
  static func sqlite(_ file: URL, _ sql: String) throws -> String {
    // The command sqlite3 cannot look into blocks.
    let tool = Command.project.appending(path: "Tests/Faults/blocks.py").path
    let isOfBlocks = sql.contains("charges ") || sql.contains("daily_rollups ")
    let result = try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      (isOfBlocks ? ["python3", tool] : ["sqlite3", "-bail"]) + [file.path, sql],
      in: file.deletingLastPathComponent()
    )
    try #require(result.status == 0, "\(sql): \(result.errors)")
    return result.output.trimmingCharacters(in: .newlines)
  }
}

@Suite("The database is checked, and every kind of fault is named")
struct DatabaseCheckTests {
  private struct Report: Decodable {
    struct Check: Decodable {
      struct Difference: Decodable {
        var place: String
        var found: String
        var expected: String
      }
      var name: String
      var rows: Int
      var differences: Int
      var shown: [Difference]
    }
    var schema: String
    var passed: Bool
    var checks: [Check]
  }

  private func check(_ file: URL) throws -> (report: Report, status: Int32) {
    let result = try Command.run(["db", "check", "--database", file.path, "--format", "json"])
    try #require(result.status == 0 || result.status == 3, "\(result.errors)")
    return (try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)), result.status)
  }

  @Test("a database that only creditmeter wrote to is clean")
  func clean() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    let (report, status) = try check(file)
    #expect(status == 0)
    #expect(report.schema == "creditmeter.check/1")
    #expect(report.passed)
    for check in report.checks where check.name != "estimates" && check.name != "jobs" {
      #expect(check.rows > 0, "\(check.name) looked at nothing")
    }
  }

  @Test("a database that nothing was read into is clean")
  func empty() throws {
    let scratch = try Scratch()
    let file = scratch.folder.appending(path: "usage.db")
    _ = try UsageStore(path: file.path, .writing(holder: "a test"))
    #expect(try check(file).report.passed)
  }

  private static let charged =
    "(SELECT charges.id FROM charges JOIN series ON series.id = series WHERE status = 200 "
    + "AND credits > 0 AND NOT replayed LIMIT 1)"
  private static let uncharged =
    "(SELECT charges.id FROM charges JOIN series ON series.id = series WHERE status >= 400 LIMIT 1)"

  static let faults: [(check: String, sql: String)] = [
    ("books", "UPDATE books SET version = '1999.01'"),
    ("books", "UPDATE books SET content = substr(content, 1, 2000)"),
    ("file", "PRAGMA foreign_keys = OFF; UPDATE series SET book = 99 WHERE id = 2"),
    ("references", "PRAGMA foreign_keys = OFF; UPDATE series SET book = 99 WHERE id = 2"),
    ("references", "UPDATE daily_rollups SET series = 987654 WHERE series = 3"),
    ("references", "INSERT INTO jobs (org, job, charge) VALUES ('org_north', 'j', 5)"),
    ("references", "INSERT INTO sequence_charges VALUES ('org_north', 's', 5, 1000000)"),
    ("schema", "CREATE TABLE notes (text TEXT)"),
    ("series", "UPDATE series SET plan = 'payg' WHERE id = 1"),
    ("series", "UPDATE series SET tags = '{\"a\":1}' WHERE id = 1"),
    ("series", "UPDATE series SET fingerprint = fingerprint + 1 WHERE id = 1"),
    ("charges", "UPDATE charge_blocks SET entries = zeroblob(300) WHERE id > 0"),
    ("charges", "UPDATE daily_blocks SET sums = zeroblob(46) WHERE id > 0"),
    ("charges", "UPDATE charges SET microsecond = 1000000 WHERE id = \(charged)"),
    ("charges", "UPDATE charges SET import = 99 WHERE id = \(charged)"),
    ("charges", "UPDATE charges SET series = 99999 WHERE id = \(charged)"),
    ("charges", "UPDATE charges SET credits = NULL WHERE id = \(charged)"),
    ("charges", "UPDATE charges SET credits = 1 WHERE id = \(uncharged)"),
    ("charges", "UPDATE charges SET identity = identity + (1 << 40) WHERE id = \(charged)"),
    ("charges", "UPDATE charges SET id = id + 1 WHERE id = \(charged)"),
    (
      "charges",
      """
      INSERT INTO charges SELECT id + 1, identity, microsecond, series, quantity, credits,
        arguments, import FROM charges WHERE id = \(charged)
      """
    ),
    ("daily_rollups", "UPDATE charges SET credits = credits + 1 WHERE id = \(charged)"),
    ("quarter_hour_rollups", "UPDATE charges SET credits = credits + 1 WHERE id = \(charged)"),
    ("totals", "UPDATE charges SET credits = credits + 1 WHERE id = \(charged)"),
    ("daily_rollups", "DELETE FROM charges WHERE id = \(charged)"),
    ("daily_rollups", "UPDATE charges SET id = id + (86400 << 31) WHERE id = \(charged)"),
    ("daily_rollups", "UPDATE daily_rollups SET requests = requests + 1 WHERE series = 3"),
    ("daily_rollups", "UPDATE daily_rollups SET quantity = quantity - 1 WHERE series = 3"),
    ("daily_rollups", "DELETE FROM daily_rollups WHERE series = 3"),
    ("daily_rollups", "INSERT INTO daily_rollups VALUES (10000, 1, 1, 0, 0)"),
    ("daily_rollups", "INSERT INTO daily_rollups VALUES (30000, 1, 0, 0, 5)"),
    ("quarter_hour_rollups", "UPDATE quarter_hour_rollups SET credits = credits + 1"),
    (
      "quarter_hour_rollups", "UPDATE quarter_hour_rollups SET org = 'org_x' WHERE org = 'org_west'"
    ),
    ("quarter_hour_rollups", "DELETE FROM quarter_hour_rollups WHERE org = 'org_west'"),
    ("totals", "UPDATE totals SET credits = credits + 1"),
    ("totals", "DELETE FROM totals"),
    ("imports", "UPDATE imports SET read = read + 1 WHERE accepted > 0"),
    ("imports", "UPDATE imports SET accepted = 3, read = 3 + duplicates + updated + rejected"),
    ("imports", "UPDATE imports SET rejected = 0, read = accepted + duplicates + updated"),
    ("imports", "UPDATE imports SET duplicates = -1, read = read - duplicates - 1"),
    ("rejects", "UPDATE rejects SET raw = raw || ' '"),
    ("identities", "UPDATE identity_runs SET day = day + 1"),
    ("identities", "UPDATE identity_runs SET entries = entries + 1"),
    ("identities", "UPDATE identity_blocks SET entries = zeroblob(length(entries))"),
    ("identities", "DELETE FROM identity_blocks WHERE id = (SELECT min(id) FROM identity_blocks)"),
    ("identities", "INSERT INTO identity_blocks VALUES (1 << 50, x'00')"),
    (
      "identities",
      """
      INSERT INTO identity_runs SELECT 900000, day, entries FROM identity_runs ORDER BY id LIMIT 1;
      INSERT INTO identity_blocks SELECT 900000 << 16, entries FROM identity_blocks
        WHERE id >> 16 = (SELECT id FROM identity_runs ORDER BY id LIMIT 1)
      """
    ),
    (
      "identities",
      """
      INSERT INTO charges SELECT id + (86400 << 31), identity, microsecond, series, quantity, credits,
        arguments, import FROM charges
        WHERE (id >> 31) / 86400 = (SELECT max(day) FROM identity_runs);
      INSERT INTO identity_blocks SELECT id + (900000 << 16), entries FROM identity_blocks
        WHERE id >> 16 IN (SELECT id FROM identity_runs
          WHERE day = (SELECT max(day) FROM identity_runs));
      INSERT INTO identity_runs SELECT id + 900000, day + 1, entries FROM identity_runs
        WHERE day = (SELECT max(day) FROM identity_runs)
      """
    ),
    ("ledger", "UPDATE ledger SET entry = 't9' WHERE entry = 't1'"),
    ("ledger", "UPDATE ledger SET org = 'org_south' WHERE entry = 't2'"),
    (
      "snapshots",
      """
      INSERT INTO snapshots SELECT NULL, org, at, balance, NULL, tier, source FROM snapshots;
      INSERT INTO snapshots SELECT NULL, org, at, balance, NULL, tier, source FROM snapshots
      """
    ),
    (
      "jobs",
      """
      INSERT INTO jobs (org, job, charge, credits, applied)
      VALUES ('org_north', 'j', \(charged), 123456789012, 1)
      """
    ),
    (
      "estimates",
      "INSERT INTO estimates (name, saved, low, expected, high, content) VALUES ('a', 0, 3, 2, 1, '')"
    ),
    ("rejects", "DELETE FROM settings"),
    ("alerts", "UPDATE alert_states SET told = 0"),
    ("alerts", "UPDATE alert_states SET state = 'resolved'"),
    ("alerts", "UPDATE alert_states SET serial = serial + 1"),
    ("alerts", "UPDATE alert_states SET value = 'much'"),
    ("alerts", "UPDATE alert_states SET severity = 'grave'"),
    ("alerts", "UPDATE alert_states SET org = 'org_x'"),
    ("alerts", "PRAGMA ignore_check_constraints = ON; UPDATE alert_states SET state = 'loud'"),
    (
      "alerts",
      """
      INSERT INTO alert_states SELECT 'other', org, level, 'firing', since, 1, last_told, serial,
        epoch, period, severity, value, threshold, unit, data_as_of, reason FROM alert_states
      """
    ),
    ("alerts", "PRAGMA foreign_keys = OFF; DELETE FROM alert_messages"),
    ("alert_messages", "UPDATE alert_messages SET severity = 'grave'"),
    ("alert_messages", "UPDATE alert_messages SET threshold = '1e'"),
    ("alert_messages", "UPDATE alert_messages SET since = at + 1"),
    ("alert_messages", "UPDATE alert_messages SET message = ''"),
    ("alert_messages", "DELETE FROM alert_states"),
    ("alert_outbox", "PRAGMA foreign_keys = OFF; DELETE FROM alert_messages"),
    ("alert_outbox", "UPDATE alert_outbox SET alert = alert || 'x'"),
    ("alert_outbox", "UPDATE alert_outbox SET attempts = -1"),
    ("alert_outbox", "UPDATE alert_outbox SET settled = NULL WHERE status = 'delivered'"),
    ("alert_outbox", "UPDATE alert_outbox SET settled = 5 WHERE status = 'queued'"),
    ("alert_outbox", "PRAGMA ignore_check_constraints = ON; UPDATE alert_outbox SET status = 'x'"),
    (
      "alert_outbox",
      """
      INSERT INTO alert_outbox SELECT NULL, message, destination, alert, status, attempts, due,
        settled, error FROM alert_outbox
      """
    ),
    ("alert_silences", "UPDATE alert_silences SET ends = starts"),
    ("alert_silences", "UPDATE alert_silences SET ends = starts + 40 * 86400000000"),
  ]

  @Test("a fault", arguments: faults.indices)
  func fault(index: Int) throws {
    let fault = Self.faults[index]
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try SampleDatabase.sqlite(file, fault.sql)
    let (report, status) = try check(file)
    #expect(status == 3)
    #expect(!report.passed)
    let named = try #require(report.checks.first { $0.name == fault.check })
    #expect(named.differences > 0, "\(fault.sql)")
    #expect(named.shown.count == min(named.differences, 20))
    for shown in named.shown { #expect(shown.found != shown.expected) }
  }

  @Test(
    "a schema of somebody else's making is not even opened",
    arguments: [
      ("DROP INDEX ledger_by_time", "the index ledger_by_time is missing"),
      (
        "CREATE TRIGGER t AFTER INSERT ON charge_blocks BEGIN DELETE FROM totals; END",
        "there is a trigger t"
      ),
    ]
  )
  func foreignSchema(sql: String, reason: String) throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try SampleDatabase.sqlite(file, sql)
    let result = try Command.run(["db", "check", "--database", file.path])
    #expect(result.status == 1)
    #expect(result.errors.contains(reason), "\(result.errors)")
  }

  @Test("a page that was overwritten is named")
  func page() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    let root = try SampleDatabase.sqlite(
      file,
      "SELECT rootpage FROM sqlite_master WHERE name = 'identity_runs_by_day'"
    )
    let handle = try FileHandle(forUpdating: file)
    try handle.seek(toOffset: UInt64((try #require(Int(root)) - 1) * 8_192 + 4_096))
    try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
    try handle.close()
    let (report, status) = try check(file)
    #expect(status == 3)
    #expect(try #require(report.checks.first { $0.name == "file" }).differences > 0)
  }

  @Test("the table shows what differs and the message says how much")
  func table() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try SampleDatabase.sqlite(file, "UPDATE totals SET credits = credits + 1")
    let result = try Command.run(["db", "check", "--database", file.path])
    #expect(result.status == 3)
    #expect(result.output.contains("\ntotals\n  the row: "))
    #expect(result.errors == "refused: \(file.path) has 1 difference\n")
  }
}
