import CreditCore
import GRDB
import GRDBSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The database: the only place that speaks SQL.
///
/// One process writes at a time, and everything it acknowledges is on the disk: write-ahead log
/// with `synchronous = FULL`.
public final class UsageStore {
  public enum Access: Sendable {
    case reading
    /// - Parameter holder: what the process does, for the message that another writer gets.
    case writing(holder: String)
  }

  public let path: String
  let pool: DatabasePool
  private let lock: WriterLock?
  var hasLock: Bool { lock != nil }

  /// Opens a database; writing creates what is not there.
  ///
  /// Throws ``EnvironmentFault`` for what cannot be opened, is no database of creditmeter, was
  /// written by a newer version, or is being written by another process.
  public init(path: String, _ access: Access) throws {
    self.path = path
    var configuration = Configuration()
    configuration.label = "creditmeter"
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      for pragma in [
        "page_size = 8192", "trusted_schema = OFF", "cell_size_check = ON", "cache_size = -8000",
      ] {
        try db.execute(sql: "PRAGMA " + pragma)
      }
    }
    let exists = Self.isThere(path)
    switch access {
    case .reading:
      guard exists else {
        throw EnvironmentFault("there is no database \(path); creditmeter ingest creates it")
      }
      lock = nil
    case .writing(let holder):
      if !exists { try Self.makeFolder(of: path) }
      lock = try WriterLock(database: path, holder: holder)
    }
    do {
      if exists { try Self.requireOurs(path, configuration) }
      pool = try naming(path) { try DatabasePool(path: path, configuration: configuration) }
      try naming(path) {
        if lock != nil {
          try Schema.migrator.migrate(pool)
          try setDurable()
          if !exists { chmod(path, 0o600) }
        } else if try pool.read({ try Schema.migrator.hasCompletedMigrations($0) }) == false {
          throw EnvironmentFault(
            "\(path) is of an older version; any command that writes upgrades it"
          )
        }
      }
    }
  }

  private static func isThere(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  private static func makeFolder(of path: String) throws(EnvironmentFault) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    var folder = ""
    for part in path[..<slash].split(separator: "/", omittingEmptySubsequences: false) {
      folder += part.isEmpty ? "" : part
      if !folder.isEmpty, mkdir(folder, 0o700) != 0, errno != EEXIST {
        let reason = String(cString: strerror(errno)).lowercased()
        throw EnvironmentFault("cannot make the folder \(folder): \(reason)")
      }
      folder += "/"
    }
  }

  /// Looks at an existing file before anything is written to it.
  private static func requireOurs(_ path: String, _ configuration: Configuration) throws {
    try naming(path) {
      var configuration = configuration
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      let (application, isEmpty) = try queue.read { db in
        let id = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        return (id, count == 0)
      }
      if application == Schema.applicationID || isEmpty { return }
      throw EnvironmentFault("\(path) is a database of something else")
    }
    try naming(path) {
      var configuration = configuration
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      if try queue.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
        throw EnvironmentFault("\(path) was written by a newer version of creditmeter")
      }
    }
  }

  /// GRDB sets NORMAL when it opens a write-ahead log; that loses acknowledged rows at a power cut.
  private func setDurable() throws {
    try pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      guard level == 2, mode == "wal" else {
        throw EnvironmentFault("\(path) cannot be written durably: synchronous is not FULL")
      }
    }
  }

  /// Runs `body` with the right to add what logs hold, and commits what it added.
  public func importing<Result>(
    _ description: ImportDescription,
    _ body: (ImportWriter) throws -> Result
  ) throws -> Result {
    try naming(path) {
      try pool.writeWithoutTransaction { db in
        let writer = try ImportWriter(db, description)
        do {
          let result = try body(writer)
          try writer.finish()
          return result
        } catch {
          writer.abandon()
          throw error
        }
      }
    }
  }
}
