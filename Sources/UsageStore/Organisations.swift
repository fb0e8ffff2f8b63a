import CreditCore
import Synchronization

extension UsageStore {
  /// Every organisation of which something is stored, sorted by name.
  public func organisations() throws -> [String] {
    try reading { connection in
      var orgs = try knownOrganisations.withLock { known in
        try known.readOn(connection)
        return known.names
      }
      let statement = try Statement(
        connection,
        "SELECT DISTINCT org FROM snapshots UNION ALL SELECT DISTINCT org FROM ledger"
      )
      while try statement.step() { _ = orgs.place(of: statement.bytes(0)) }
      return orgs.texts.sorted { $0.isSpelled(before: $1) }
    }
  }
}

/// Organisations that series name: series are added, and never change.
struct KnownOrganisations {
  private(set) var names = TextPlaces()
  private var last: Int64 = 0

  /// Takes in what was stored since; a connection that sees less adds nothing.
  mutating func readOn(_ connection: OpaquePointer) throws {
    let statement = try Statement(connection, "SELECT id, org FROM series WHERE id > ? ORDER BY id")
    statement.bind(1, last)
    while try statement.step() {
      _ = names.place(of: statement.bytes(1))
      last = statement.integer(0)
    }
  }
}
