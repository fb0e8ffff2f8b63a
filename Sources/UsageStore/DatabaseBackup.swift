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

extension UsageStore {
  /// Writes the database as it is at one moment to a file, while others may go on writing to it.
  ///
  /// The copy is made beside the file, checked, and put in its place whole, so that the file is
  /// what it was before or the new copy. Gives the copy's size.
  ///
  /// Throws ``EnvironmentFault`` for a file that cannot be written or is a database in use.
  public func backUp(to file: String) throws -> Int {
    try requireUnused(file)
    var template = Array("\(file).XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    if descriptor < 0 { throw Self.fault("cannot write", file) }
    close(descriptor)
    let copy = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    do {
      try naming(file) { try self.copy(to: copy) }
      try Self.putInPlace(copy, file)
    } catch {
      for ending in ["", "-journal", "-wal", "-shm"] { unlink(copy + ending) }
      throw error
    }
    return Self.size(of: file)
  }

  /// A file with the logs of a database beside it is one; to replace it would mix the two.
  private func requireUnused(_ file: String) throws(EnvironmentFault) {
    var (ours, other) = (stat(), stat())
    if stat(file, &other) == 0 {
      if other.st_mode & S_IFMT != S_IFREG {
        throw EnvironmentFault("cannot write \(file): it is no ordinary file")
      }
      if stat(path, &ours) == 0, ours.st_dev == other.st_dev, ours.st_ino == other.st_ino {
        throw EnvironmentFault("cannot write \(file): it is the database itself")
      }
    }
    for ending in ["-wal", "-journal"] where Self.size(of: file + ending) > 0 {
      throw EnvironmentFault(
        "cannot write \(file): it is a database in use, as \(file + ending) is there"
      )
    }
  }

  private func copy(to path: String) throws {
    var configuration = Configuration()
    configuration.label = "backup"
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { target in
      // Nothing is lost with a copy that is not in its place.
      try target.execute(sql: "PRAGMA synchronous = OFF")
      try target.execute(sql: "PRAGMA journal_mode = MEMORY")
      let requests = try reading { source -> Int64 in
        guard let connection = target.sqliteConnection,
          let backup = sqlite3_backup_init(connection, "main", source, "main")
        else { throw EnvironmentFault("cannot back up \(self.path)") }
        let code = sqlite3_backup_step(backup, -1)
        let end = sqlite3_backup_finish(backup)
        if code != SQLITE_DONE || end != SQLITE_OK { throw databaseFault(connection) }
        let statement = try Statement(source, "SELECT requests FROM totals")
        return try statement.step() ? statement.integer(0) : -1
      }
      try verify(target, requests)
      // One file, with no log beside it.
      try target.execute(sql: "PRAGMA journal_mode = DELETE")
    }
    try queue.close()
  }

  private func verify(_ target: Database, _ requests: Int64) throws {
    guard let connection = target.sqliteConnection else { return }
    let check = try Statement(connection, "PRAGMA integrity_check(1)")
    guard try check.step(), check.text(0) == "ok" else {
      throw EnvironmentFault("cannot back up \(path): its copy is broken: \(check.text(0))")
    }
    try WalkedTable.register(connection)
    let count = try Statement(connection, "SELECT count(*) FROM charges")
    guard try count.step(), count.integer(0) == requests else {
      throw EnvironmentFault(
        "cannot back up \(path): its copy has \(count.integer(0)) requests, not \(requests)"
      )
    }
  }

  private static func putInPlace(_ copy: String, _ file: String) throws(EnvironmentFault) {
    let descriptor = open(copy, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw fault("cannot read", copy) }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 || rename(copy, file) != 0 { throw fault("cannot write", file) }
    // The name too is on the disk only once its folder is.
    let slash = file.lastIndex(of: "/")
    let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor < 0 { throw fault("cannot read", folder) }
    defer { close(folderDescriptor) }
    if fsync(folderDescriptor) != 0 { throw fault("cannot write", folder) }
  }

  private static func fault(_ what: String, _ path: String) -> EnvironmentFault {
    EnvironmentFault("\(what) \(path): \(String(cString: strerror(errno)).lowercased())")
  }
}
