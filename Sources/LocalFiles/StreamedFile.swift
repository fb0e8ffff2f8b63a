public import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file that is written in pieces and put in place whole: never half of one.
public final class StreamedFile {
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private var isCommitted = false

  public init(_ path: String) throws(EnvironmentFault) {
    if Files.isDirectory(path) {
      throw EnvironmentFault("cannot write \(path): it is a directory")
    }
    self.path = Files.real(path) ?? path
    var template = Array("\(self.path).XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    if descriptor < 0 { throw Files.fault("cannot write", path) }
    temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)),
      as: UTF8.self
    )
  }

  public func write(_ bytes: [UInt8]) throws(EnvironmentFault) {
    try Files.write(bytes, to: descriptor, named: path)
  }

  /// Puts what was written in place of what was there.
  public func commit() throws(EnvironmentFault) {
    let mode = umask(0)
    umask(mode)
    if fchmod(descriptor, 0o666 & ~mode) != 0 || fsync(descriptor) != 0
      || rename(temporary, path) != 0
    {
      throw Files.fault("cannot write", path)
    }
    isCommitted = true
  }

  deinit {
    close(descriptor)
    if !isCommitted { unlink(temporary) }
  }
}
