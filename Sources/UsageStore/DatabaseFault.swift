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

/// The system's own reason for a failed read or write, where SQLite's message leaves it out.
func systemReason(_ systemError: Int32, _ code: Int32) -> String? {
  if code & 0xFF == SQLITE_FULL { return String(cString: strerror(ENOSPC)).lowercased() }
  let isAboutFiles = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM]
    .contains(code & 0xFF)
  guard isAboutFiles, systemError != 0 else { return nil }
  return String(cString: strerror(systemError)).lowercased()
}

/// A call of the system that failed, with its own reason.
func systemFault(_ what: String) -> EnvironmentFault {
  EnvironmentFault("\(what): \(String(cString: strerror(errno)).lowercased())")
}

/// Runs what uses the database, and names its path in whatever goes wrong.
func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as DatabaseError {
    let message = error.message ?? "error \(error.extendedResultCode)"
    let reason = systemReason(errno, error.extendedResultCode.rawValue).map { " (\($0))" } ?? ""
    throw EnvironmentFault("cannot use \(path): \(message)\(reason)")
  }
}
