import CreditCore
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

/// The system's own reason for a failed read or write, where SQLite's message leaves it out.
func systemReason(_ systemError: Int32, _ code: Int32) -> String? {
  if code & 0xFF == SQLITE_FULL { return String(cString: strerror(ENOSPC)).lowercased() }
  let isAboutFiles = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM].contains(code & 0xFF)
  guard isAboutFiles, systemError != 0 else { return nil }
  return String(cString: strerror(systemError)).lowercased()
}

/// A call of the system that failed, with its own reason.
func systemFault(_ what: String) -> EnvironmentFault {
  EnvironmentFault("\(what): \(String(cString: strerror(errno)).lowercased())")
}

/// The last failed call of the system that SQLite put into its log.
///
/// What fails while a database is opened leaves no connection that could be asked for the reason.
enum SystemErrorLog {
  private static let last = Mutex<Int32>(0)

  /// Takes SQLite's log; done before the first database is opened.
  static let isOpen: Bool = {
    Database.logError = { _, message in
      guard let number = number(in: message) else { return }
      last.withLock { $0 = number }
    }
    return true
  }()

  static func clear() { last.withLock { $0 = 0 } }

  /// The logged error, else the one that the last call in this thread left.
  static var current: Int32 {
    let logged = last.withLock { $0 }
    return logged == 0 ? errno : logged
  }

  /// The 5 of `os_unix.c:43353: (5) open(/tmp/usage.db) - Input/output error`.
  private static func number(in message: String) -> Int32? {
    guard message.hasPrefix("os_unix.c:") else { return nil }
    return message.split(separator: "(").dropFirst().first?.split(separator: ")").first
      .flatMap { Int32($0) }
  }
}

/// Runs what uses the database, and names its path in whatever goes wrong.
func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  SystemErrorLog.clear()
  do { return try body() } catch let error as DatabaseError {
    let message = error.message ?? "error \(error.extendedResultCode)"
    let code = error.extendedResultCode.rawValue
    let reason = systemReason(SystemErrorLog.current, code).map { " (\($0))" } ?? ""
    throw EnvironmentFault("cannot use \(path): \(message)\(reason)")
  } catch is RowDecodingError {
    // Damage that SQLite itself does not see: a value where none of its kind can be.
    throw EnvironmentFault("cannot use \(path): it is damaged; restore it from a backup")
  }
}
