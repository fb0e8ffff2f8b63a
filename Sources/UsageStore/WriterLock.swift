import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The right to write to a database, which one process has at a time.
///
/// The system gives it back when the process ends, however it ends; what the file says of its
/// holder is only for messages.
final class WriterLock: Sendable {
  private let descriptor: Int32

  /// Takes the right for `holder`, such as `creditmeter ingest`, or says who has it.
  init(database: String, holder: String) throws(EnvironmentFault) {
    let path = database + ".lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw systemFault("cannot open \(path)") }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let named = Self.holder(descriptor)
      close(descriptor)
      throw EnvironmentFault(
        "\(database) is being written by \(named); wait for it to end, or stop it"
      )
    }
    let text = "\(holder), process \(getpid())\n"
    ftruncate(descriptor, 0)
    _ = text.withCString { pwrite(descriptor, $0, text.utf8.count, 0) }
  }

  private static func holder(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 200)
    let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    let line = text.split(separator: "\n").first.map(String.init) ?? ""
    return line.isEmpty ? "another process" : printable(line)
  }

  deinit {
    // A child that does not run its own program yet has the descriptor too, and would hold it.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
