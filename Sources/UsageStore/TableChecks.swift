import CreditCore
import GRDB

/// Checks of the tables beside the charges.
struct TableChecks {
  private let connection: OpaquePointer

  init(_ connection: OpaquePointer) { self.connection = connection }

  private func forEach(_ sql: String, _ body: (Statement) throws -> Void) throws {
    let statement = try Statement(connection, sql)
    while try statement.step() { try body(statement) }
  }

  func file(_ outcome: inout CheckOutcome) throws {
    outcome.rows = 1
    try forEach("PRAGMA integrity_check(100)") { row in
      let found = row.text(0)
      if found != "ok" {
        outcome.differs("the file", found: printable(found), expected: "a whole database")
      }
    }
    try forEach("PRAGMA foreign_key_check") { row in
      outcome.differs(
        "\(printable(row.text(0))), row \(row.shown(1))",
        found: "a \(printable(row.text(2))) that is not there",
        expected: "one that is"
      )
    }
  }

  func schema(_ outcome: inout CheckOutcome) throws {
    let sql = """
      SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master
      WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1
      """
    let fresh = try DatabaseQueue()
    try Schema.migrator.migrate(fresh)
    var expected: [String: String] = [:]
    try fresh.read { db in
      guard let connection = db.sqliteConnection else { return }
      let statement = try Statement(connection, sql)
      while try statement.step() { expected[statement.text(0)] = statement.text(1) }
    }
    outcome.rows = expected.count
    try forEach(sql) { row in
      let name = row.text(0)
      guard let wanted = expected.removeValue(forKey: name) else {
        return outcome.differs(printable(name), found: "it", expected: "no such thing")
      }
      if wanted != row.text(1) {
        outcome.differs(
          printable(name),
          found: "another definition",
          expected: "that of this version"
        )
      }
    }
    for name in expected.keys.sorted() {
      outcome.differs(name, found: "nothing", expected: "it")
    }
  }

  /// What no foreign key guards.
  func references(_ outcome: inout CheckOutcome) throws {
    let missing: [(what: String, sql: String)] = [
      (
        "series",
        "SELECT DISTINCT series FROM daily_rollups WHERE series NOT IN (SELECT id FROM series)"
      ),
      ("book", "SELECT DISTINCT book FROM series WHERE book NOT IN (SELECT id FROM books)"),
      (
        "charge of a job",
        """
        SELECT charge FROM jobs WHERE charge IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM charges WHERE id = charge)
        """
      ),
      (
        "charge of a sequence",
        """
        SELECT charge FROM sequence_charges
        WHERE NOT EXISTS (SELECT 1 FROM charges WHERE id = charge)
        """
      ),
      (
        "charge of an event",
        """
        SELECT charge FROM events WHERE charge IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM charges WHERE id = charge)
        """
      ),
    ]
    for (what, sql) in missing {
      try forEach(sql) { row in
        outcome.differs("\(what) \(row.shown(0))", found: "nothing", expected: "it")
      }
      outcome.rows += 1
    }
  }

  func series(_ outcome: inout CheckOutcome) throws {
    let hash = try IdentityHash(of: connection)
    var fingerprints: Set<Int64> = []
    try forEach("SELECT fingerprint FROM series") { fingerprints.insert($0.integer(0)) }
    try forEach("SELECT \(Series.columns), fingerprint FROM series ORDER BY id") { row in
      outcome.rows += 1
      let series = Series(row)
      let place = "series \(row.integer(0))"
      // Behind others with the same fingerprint, where there are such.
      var wanted = series.fingerprint(hash)
      while wanted != row.integer(14), fingerprints.contains(wanted) { wanted = wanted &+ 1 }
      if wanted != row.integer(14) {
        outcome.differs(place, found: "fingerprint \(row.shown(14))", expected: "\(wanted)")
      }
      let names = TagTexts.pairs(series.tags)?.map { Array($0.name.utf8) }
      if names.map({ zip($0, $0.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) } })
        != true
      {
        outcome.differs(
          place,
          found: "tags \(printable(series.tags))",
          expected: "an object of texts, sorted by name"
        )
      }
      if series.basis == .unpriced, !series.isCharged {
        outcome.differs(place, found: "unpriced, and not charged", expected: "counted")
      }
    }
  }

  func rejects(_ outcome: inout CheckOutcome) throws {
    let hash = try IdentityHash(of: connection)
    try forEach("SELECT id, fingerprint, line, reason, raw FROM rejects ORDER BY id") { row in
      let text = "\(row.integer(2))\u{1F}\(row.text(3))\u{1F}\(row.text(4))"
      let wanted = hash.fingerprint(.line, text)
      outcome.compare(
        "reject \(row.integer(0))",
        "fingerprint \(row.integer(1))",
        "fingerprint \(wanted)"
      )
    }
  }

  /// Rows without an id of their own are told apart by their place in a log, which is not kept.
  func ledger(_ outcome: inout CheckOutcome) throws {
    let hash = try IdentityHash(of: connection)
    let sql = "SELECT id, fingerprint, org, entry FROM ledger WHERE entry IS NOT NULL ORDER BY id"
    try forEach(sql) { row in
      let wanted = hash.fingerprint(.requestID, row.text(2) + "\u{1E}" + row.text(3))
      outcome.compare(
        "row \(row.integer(0))",
        "fingerprint \(row.integer(1))",
        "fingerprint \(wanted)"
      )
    }
  }

  func snapshots(_ outcome: inout CheckOutcome) throws {
    try forEach("SELECT count(*) FROM snapshots") { outcome.rows = Int($0.integer(0)) }
    let sql = """
      SELECT org, at, count(*) FROM snapshots
      GROUP BY org, at, balance, billing_period_used, tier HAVING count(*) > 1 ORDER BY org, at
      """
    try forEach(sql) { row in
      outcome.differs(
        "\(Instant(microseconds: row.integer(1))), org \"\(row.shown(0))\"",
        found: "it \(row.integer(2)) times",
        expected: "it once"
      )
    }
  }

  func jobs(_ outcome: inout CheckOutcome) throws {
    let sql = """
      SELECT jobs.org, job, jobs.credits, charges.credits, series.basis, series.org
      FROM jobs JOIN charges ON charges.id = charge JOIN series ON series.id = charges.series
      WHERE applied ORDER BY jobs.org, job
      """
    try forEach(sql) { row in
      outcome.compare(
        "job \(row.shown(1)), org \"\(row.shown(0))\"",
        "credits \(row.shown(3)), \(row.shown(4)), of \"\(row.shown(5))\"",
        "credits \(row.shown(2)), measured, of \"\(row.shown(0))\""
      )
    }
  }

  func estimates(_ outcome: inout CheckOutcome) throws {
    try forEach("SELECT name, low, expected, high FROM estimates ORDER BY name") { row in
      outcome.rows += 1
      let values = (1...3).map { row.integer($0) }
      if values != values.sorted() || values[0] < 0 {
        outcome.differs(
          "estimate \(row.shown(0))",
          found: values.map(String.init).joined(separator: ", "),
          expected: "low, expected and high that rise from 0"
        )
      }
    }
  }
}
