public import CreditCore
import GRDB

extension UsageStore {
  /// Compares everything that is derived with what it is derived from, and looks whether all that
  /// rows refer to is there.
  ///
  /// Throws ``EnvironmentFault`` where the database cannot be read at all; what cannot be read of
  /// it is a difference.
  public func check() throws -> [CheckOutcome] {
    var outcomes: [CheckOutcome] = []
    do {
      try reading { connection in Self.check(connection, &outcomes) }
    } catch {
      // What is broken may also end the reading badly.
      if outcomes.isEmpty { throw error }
    }
    return outcomes
  }

  private static func check(_ connection: OpaquePointer, _ outcomes: inout [CheckOutcome]) {
    func run(
      _ name: String,
      _ claim: String,
      _ body: (inout CheckOutcome) throws -> Void
    ) -> CheckOutcome {
      var outcome = CheckOutcome(name, claim)
      do { try body(&outcome) } catch {
        outcome.differs("the database", found: "\(error)", expected: "to be read")
      }
      return outcome
    }
    let tables = TableChecks(connection)
    outcomes = [
      run("file", "pages, records and indexes are whole") { try tables.file(&$0) },
      run("schema", "tables and indexes are those of this version") { try tables.schema(&$0) },
      run("references", "what rows refer to is there") { try tables.references(&$0) },
      run("series", "each is found under its own fingerprint") { try tables.series(&$0) },
    ]
    let sums = ChargeChecks(connection)
    let charges = run("charges", "each lies at its place and is what its series says") {
      try sums.run(&$0)
    }
    outcomes += [
      charges, sums.days, sums.quarters,
      run("totals", "the sums over all charges") { try sums.totals(&$0) },
      run("imports", "read = accepted + duplicates + updated + rejected") {
        try sums.imports(&$0)
      },
      run("rejects", "each is found under its own fingerprint") { try tables.rejects(&$0) },
      run("identities", "sorted, of seconds with requests, each once within a day") {
        try IdentityCheck(connection).run(&$0)
      },
      run("ledger", "each row is found under its own fingerprint") { try tables.ledger(&$0) },
      run("snapshots", "no snapshot is there twice") { try tables.snapshots(&$0) },
      run("jobs", "what a job charged is what its charge has") { try tables.jobs(&$0) },
      run("estimates", "low, expected and high rise") { try tables.estimates(&$0) },
    ]
    let alerts = AlertChecks(connection)
    outcomes += [
      run("alerts", "what was said of each rule is what it remembers") { try alerts.states(&$0) },
      run("alert_messages", "each is of a rule that remembers it") { try alerts.messages(&$0) },
      run("alert_outbox", "each message is there, and once for a destination") {
        try alerts.outbox(&$0)
      },
      run("alert_silences", "each ends, within 30 days") { try alerts.silences(&$0) },
    ]
  }

  /// The price books that rated usage, by provider and version, with their content.
  public func books() throws -> [StoredBook] {
    try reading { connection in
      let statement = try Statement(
        connection,
        "SELECT id, provider, version, effective, content FROM books ORDER BY id"
      )
      var books: [StoredBook] = []
      while try statement.step() {
        books.append(
          StoredBook(
            id: statement.integer(0),
            provider: statement.text(1),
            version: statement.text(2),
            effective: Instant(microseconds: statement.integer(3)),
            content: statement.text(4)
          )
        )
      }
      return books
    }
  }
}

/// A price book that rated usage.
public struct StoredBook: Sendable {
  public var id: Int64
  public var provider: String
  public var version: String
  public var effective: Instant
  public var content: String
}

extension Statement {
  /// What a column holds, as a message shows it.
  func shown(_ column: Int32) -> String { isNull(column) ? "null" : printable(text(column)) }
}

extension IdentityHash {
  /// Under the key that the database keeps.
  init(of connection: OpaquePointer) throws(EnvironmentFault) {
    let statement = try Statement(
      connection,
      "SELECT value FROM settings WHERE name = 'identity_key'"
    )
    let key = try statement.step() ? statement.text(0) : ""
    guard key.utf8.count == 32, let high = UInt64(key.prefix(16), radix: 16),
      let low = UInt64(key.suffix(16), radix: 16)
    else { throw databaseFault(connection, "its identity key is lost") }
    self.init(key: (high, low))
  }

  func fingerprint(_ kind: Kind, _ text: String) -> Int64 {
    Array(text.utf8).withUnsafeBufferPointer { Int64(bitPattern: self(kind, $0)) }
  }
}
