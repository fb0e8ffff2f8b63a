public import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder of its own that goes away with the value, and what is in it.
public final class TemporaryFolder {
  public let path: String

  /// Makes one in `parent`; throws ``EnvironmentFault``.
  public init(in parent: String) throws(EnvironmentFault) {
    var template = Array("\(parent)/creditmeter.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      let reason = String(cString: strerror(errno)).lowercased()
      throw EnvironmentFault("cannot make a folder in \(parent): \(reason)")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for name in (try? Files.names(in: path)) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }
}
