import CreditCore
import GRDB

/// Price books as the database numbers them: one version has one content for ever.
enum BookTable {
  /// The number of a book; nil where it never rated anything.
  ///
  /// Throws ``EnvironmentFault`` for a version that had another content.
  static func find(
    _ connection: OpaquePointer,
    provider: String,
    version: String,
    content: String
  ) throws(EnvironmentFault) -> Int64? {
    let statement = try Statement(
      connection,
      "SELECT id, content FROM books WHERE provider = ? AND version = ?"
    )
    statement.bind(1, provider)
    statement.bind(2, version)
    guard try statement.step() else { return nil }
    if statement.text(1).isSpelled(like: content) { return statement.integer(0) }
    throw EnvironmentFault(
      "the price book \(provider) \(version) rated usage before, and its content has changed"
        + " since; give the changed book a version of its own"
    )
  }
}
