import GRDBSQLite
import Synchronization

/// Statements that a store's connections have prepared and will run again: to prepare one takes
/// longer than most of them take to run.
final class StatementShelf: Sendable {
  private static let turn = Mutex(())
  // Only within a turn: what each connection has ready, by its text.
  nonisolated(unsafe) private static var ready: [OpaquePointer: [String: [OpaquePointer]]] = [:]
  /// Texts that a connection keeps; some are made for one question.
  private static let limit = 256

  // Only within a turn.
  nonisolated(unsafe) private var connections: [OpaquePointer] = []

  /// Keeps statements of a connection until ``clear()``.
  func serve(_ connection: OpaquePointer) {
    Self.turn.withLock { _ in
      connections.append(connection)
      Self.ready[connection] = [:]
    }
  }

  /// Ends all statements, without which no connection can be closed, and keeps none any more.
  func clear() {
    Self.turn.withLock { _ in
      for connection in connections { Self.ready.removeValue(forKey: connection).map(Self.end) }
      connections = []
    }
  }

  deinit { clear() }

  private static func end(_ statements: [String: [OpaquePointer]]) {
    for handle in statements.values.joined() { sqlite3_finalize(handle) }
  }

  /// A statement that is ready, and no longer on the shelf.
  static func pick(_ sql: String, of connection: OpaquePointer) -> OpaquePointer? {
    nonisolated(unsafe) var found: OpaquePointer?
    turn.withLock { _ in found = ready[connection]?[sql]?.popLast() }
    return found
  }

  /// Puts a statement back, without its values, or ends it where its connection keeps none.
  static func putBack(_ handle: OpaquePointer, _ sql: String, of connection: OpaquePointer) {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
    turn.withLock { _ in
      guard let kept = ready[connection] else {
        sqlite3_finalize(handle)
        return
      }
      if kept.count >= limit, kept[sql] == nil {
        end(kept)
        ready[connection] = [:]
      }
      ready[connection]?[sql, default: []].append(handle)
    }
  }
}
