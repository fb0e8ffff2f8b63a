import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Files {
  /// Hands a new folder within `parent` to `body`; it is gone afterwards, with the files in it.
  public static func withTemporaryFolder<Result>(
    in parent: String,
    _ body: (String) throws -> Result
  ) throws -> Result {
    var template = Array("\(parent)/creditmeter.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw fault("cannot make a folder in", parent) }
    let folder = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)),
      as: UTF8.self
    )
    defer {
      for name in (try? names(in: folder)) ?? [] { unlink(folder + "/" + name) }
      rmdir(folder)
    }
    return try body(folder)
  }
}
