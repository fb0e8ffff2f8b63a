public import CreditCore
import GRDB
import GRDBSQLite
import Synchronization

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
public final class UsageStore: Sendable {
  public enum Access: Sendable {
    case reading
    /// `holder`: what the process does, for the message that another writer gets.
    case writing(holder: String)
  }

  public let path: String
  let pool: DatabasePool
  private let lock: WriterLock?
  var hasLock: Bool { lock != nil }
  /// Of imports by this process.
  let dayChanges = DayChanges()
  /// The writer of the import before, with its statements and what it knows of the database; only
  /// whoever has the right to write touches it.
  nonisolated(unsafe) private var keptWriter: ImportWriter?
  private let statements = StatementShelf()
  let knownOrganisations = Mutex(KnownOrganisations())

  /// Whether requests of days before an instant, or of its own up to then, were stored or changed
  /// after so many changes.
  public func hasChanged(before instant: Instant, since changes: Int) -> Bool {
    let last = floorDivided(instant.microseconds &- 1, by: PartedSpan.dayLength)
    return dayChanges.haveChanged(.min...last, since: changes)
  }

  /// Opens a database; writing creates what is not there.
  ///
  /// Throws ``EnvironmentFault`` for what cannot be opened, is no database of creditmeter, was
  /// written by a newer version, or is being written by another process.
  public init(path: String, _ access: Access) throws {
    self.path = path
    _ = SystemErrorLog.isOpen
    var configuration = Configuration()
    configuration.label = "creditmeter"
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      for pragma in [
        "page_size = 16384", "trusted_schema = OFF", "cell_size_check = ON", "cache_size = -4000",
        "secure_delete = OFF",
      ] {
        try db.execute(sql: "PRAGMA " + pragma)
      }
      if let connection = db.sqliteConnection {
        QueryTime.watch(connection)
        try WalkedTable.register(connection)
      }
    }
    let exists = try Self.isThere(path)
    switch access {
    case .reading:
      guard exists else {
        throw EnvironmentFault("there is no database \(path); creditmeter ingest creates it")
      }
      lock = nil
      configuration.readonly = true
    case .writing(let holder):
      if !exists { try Self.makeFolder(Self.folder(of: path)) }
      lock = try WriterLock(database: path, holder: holder)
      if !exists { try Self.makeFile(path) }
    }
    if exists { try naming(path) { try Self.requireOurs(path, configuration) } }
    configuration.prepareDatabase { [statements] db in
      if let connection = db.sqliteConnection { statements.serve(connection) }
    }
    pool = try naming(path) { try DatabasePool(path: path, configuration: configuration) }
    try naming(path) {
      if lock != nil {
        try setDurable()
        try Schema.migrator.migrate(pool)
      } else if try pool.read({ try Schema.migrator.hasCompletedMigrations($0) }) == false {
        throw EnvironmentFault(
          "\(path) is of an older version; any command that writes upgrades it"
        )
      }
      if let difference = try pool.read(Schema.difference) {
        throw EnvironmentFault("\(path) is not as creditmeter made it: \(difference)")
      }
    }
  }

  deinit {
    forgetWriter()
    statements.clear()
  }

  /// Whether a path leads to a file; throws where it leads to what is none, such as a pipe.
  private static func isThere(_ path: String) throws(EnvironmentFault) -> Bool {
    var status = stat()
    if stat(path, &status) != 0 { return false }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw EnvironmentFault("cannot use \(path): it is not a file")
    }
    return true
  }

  /// Makes the folder that a database is to be in, for its owner alone.
  static func requireFolder(of path: String) throws(EnvironmentFault) {
    try makeFolder(folder(of: path))
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those that it lies in; their names are on the disk then.
  private static func makeFolder(_ folder: String) throws(EnvironmentFault) {
    var made = mkdir(folder, 0o700)
    let outer = Self.folder(of: folder)
    if made != 0, errno == ENOENT, outer != folder {
      try makeFolder(outer)
      made = mkdir(folder, 0o700)
    }
    if made == 0 {
      try keepEntries(of: outer)
    } else if errno != EEXIST {
      throw systemFault("cannot make the folder \(folder)")
    }
  }

  /// Puts what was made in a folder on the disk: without its name a file is lost at a power cut.
  private static func keepEntries(of folder: String) throws(EnvironmentFault) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // What may be searched but not read cannot be opened.
    if descriptor < 0, errno == EACCES { return }
    defer { close(descriptor) }
    // Some file systems do not sync folders.
    if descriptor < 0 || fsync(descriptor) != 0 && errno != EINVAL {
      throw systemFault("cannot write the folder \(folder)")
    }
  }

  /// Makes an empty file that only its owner can read, as the files that SQLite puts beside it.
  private static func makeFile(_ path: String) throws(EnvironmentFault) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw systemFault("cannot make \(path)") }
    close(descriptor)
  }

  /// Looks at an existing file before anything is written to it.
  private static func requireOurs(_ path: String, _ configuration: Configuration) throws {
    do { try requireOurs(path, configuration, readOnly: true) } catch let error as DatabaseError
      where error.resultCode == .SQLITE_READONLY
    {
      // Whoever wrote last was stopped amid a transaction, which has to be taken back first.
      try requireOurs(path, configuration, readOnly: false)
    }
  }

  private static func requireOurs(
    _ path: String,
    _ configuration: Configuration,
    readOnly: Bool
  ) throws {
    var configuration = configuration
    configuration.readonly = readOnly
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.read { db in
      let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
      guard application == Schema.applicationID || count == 0 else {
        throw EnvironmentFault("\(path) is a database of something else")
      }
      if try Schema.migrator.hasBeenSuperseded(db) {
        throw EnvironmentFault("\(path) was written by a newer version of creditmeter")
      }
    }
  }

  /// GRDB sets NORMAL when it opens a write-ahead log; that loses acknowledged rows at a power cut.
  ///
  /// The file is marked before anything else is in it, so that it is known for ours whenever the
  /// process is stopped.
  private func setDurable() throws {
    try pool.writeWithoutTransaction { db in
      // GRDB asked for it, and does not hear of an error at the end of that.
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = FULL")
      let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
      if application != Schema.applicationID {
        try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
      }
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 1000")
      let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      guard level == 2, mode == "wal" else {
        throw EnvironmentFault("\(path) cannot be written durably: synchronous is not FULL")
      }
    }
  }

  /// Runs `body` with the right to add what logs hold, and commits what it added.
  ///
  /// `keepsWriter`: whether another such import is likely to follow soon, which then has the
  /// writer of this one, with all that it knows of the database.
  public func importing<Result>(
    _ description: ImportDescription,
    keepsWriter: Bool = false,
    _ body: (ImportWriter) throws -> Result
  ) throws -> Result {
    try naming(path) {
      try pool.writeWithoutTransaction { db in
        let writer = try writer(db, description, keepsWriter)
        do {
          let result = try body(writer)
          try writer.finish()
          if keepsWriter { keptWriter = writer }
          return result
        } catch {
          writer.abandon()
          throw error
        }
      }
    }
  }

  /// The writer that was kept, where one was and may be used; else another.
  private func writer(
    _ db: Database,
    _ description: ImportDescription,
    _ mayBeKept: Bool
  ) throws -> ImportWriter {
    let kept = mayBeKept ? keptWriter : nil
    // Whatever comes of this import, or is written otherwise, it would know nothing of it.
    forgetWriter()
    if let kept {
      try kept.resume(description)
      return kept
    }
    let writer = try ImportWriter(db, description)
    writer.afterCommit = { [unowned self] in dayChanges.note($0) }
    return writer
  }

  /// Has the next import find out anew what the database holds.
  func forgetWriter() { keptWriter = nil }
}
