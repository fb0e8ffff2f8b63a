import Foundation
import GRDB

@testable import UsageStore

extension LogWorld {
  /// What differs from what must be; empty if all is well.
  func faults(in database: String, _ notes: [String]) throws -> [String] {
    var faults: [String] = []
    let (stored, rejects, sums) = try reading(database).read { db in
      (
        try Row.fetchAll(db, sql: "SELECT arguments, count(*) AS n FROM charges GROUP BY 1")
          .map { ($0["arguments"] as String? ?? "", $0["n"] as Int) },
        try String.fetchAll(db, sql: "SELECT raw FROM rejects"), try Self.sums(db)
      )
    }
    let counts = Dictionary(stored) { $0 + $1 }
    let expected = expected
    for (name, count) in counts where expected[name] == nil {
      faults.append("\(name) is stored \(count) times and was never written")
    }
    let silent = silentlyLost
    for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
      let count = counts[name] ?? 0
      if count < wanted.least { faults.append("\(name): \(count) of \(wanted.least) are stored") }
      if count > wanted.most { faults.append("\(name): \(count) stored, \(wanted.most) written") }
      if count < wanted.most, !silent.contains(name),
        !notes.contains(where: { $0.contains("lost") })
      {
        faults.append("\(name) is lost, and nothing was said")
      }
    }
    for text in expectedRejects where !rejects.contains(where: { $0.hasSuffix(text) }) {
      faults.append("\(text) is not among the rejects")
    }
    return faults + sums
  }

  /// Sums that differ from those of the charges.
  private static func sums(_ db: Database) throws -> [String] {
    let queries = [
      "charges": "SELECT count(*), total(quantity), total(credits) FROM charges",
      "totals": "SELECT requests, quantity, credits FROM totals",
      "daily": "SELECT total(requests), total(quantity), total(credits) FROM daily_rollups",
    ]
    let sums = try queries.mapValues { sql in
      try Row.fetchOne(db, sql: sql).map { row in
        row.databaseValues.map { Double.fromDatabaseValue($0) ?? -1 }
      } ?? []
    }
    return sums.filter { $0.value != sums["charges"] }.map { "\($0.key): \($0.value)" }
  }
}

/// A database that is only read, as another process may be writing it.
func reading(_ database: String) throws -> DatabaseQueue {
  var configuration = Configuration()
  configuration.readonly = true
  configuration.prepareDatabase { db in
    if let connection = db.sqliteConnection { try WalkedTable.register(connection) }
  }
  return try DatabaseQueue(path: database, configuration: configuration)
}
