import Digests
import GRDB

extension Schema {
  /// The first thing in a database that is not as the migrations made it; nil in most.
  ///
  /// What was put in by others changes what statements do: a trigger, a table that lacks a rule.
  static func difference(_ db: Database) throws -> String? {
    let found = try definitions(db)
    if try digest(found) == knownDigest { return nil }
    let made = try DatabaseQueue()
    try migrator.migrate(made)
    let expected = try made.read(definitions)
    if let other = found.keys.sorted().first(where: { expected[$0] == nil && isActive($0) }) {
      return "there is a \(other)"
    }
    return expected.keys.sorted().first { expected[$0] != found[$0] }
      .map { "the \($0) is \(found[$0] == nil ? "missing" : "another")" }
  }

  /// Of what the migrations make, so that they need not be run to see that all is well.
  static let knownDigest =
    "a9b924aad83cb3f5050726c508d16b35dad0e5e559f3cb042ec4a6c1257f0f40"

  static func digest(_ definitions: [String: String]) throws -> String {
    let lines = definitions.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value)\n" }
    return hexText(try sha256(lines.joined().utf8))
  }

  /// The statements that made tables and indices, by kind and name.
  static func definitions(_ db: Database) throws -> [String: String] {
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    return Dictionary(
      try Row.fetchAll(db, sql: sql).map { ($0[0] ?? "", $0[1] ?? "") },
      uniquingKeysWith: { one, _ in one }
    )
  }

  /// Whether something does more than hold rows.
  private static func isActive(_ name: String) -> Bool {
    !name.hasPrefix("table ") && !name.hasPrefix("index ")
  }
}
