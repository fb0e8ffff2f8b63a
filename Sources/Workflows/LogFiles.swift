public import CreditCore
public import RequestLogs

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files that a person names.
public enum LogFiles {
  /// Files as they are, and the ordinary files of directories, sorted; each once.
  public static func expand(_ paths: [String]) throws(EnvironmentFault) -> [String] {
    var expanded: [String] = []
    for path in paths {
      if path != "-", Files.isDirectory(path) {
        for name in try Files.names(in: path) where !name.hasPrefix(".") {
          let inside = path.hasSuffix("/") ? path + name : path + "/" + name
          if !Files.isDirectory(inside) { expanded.append(inside) }
        }
      } else {
        expanded.append(path)
      }
    }
    var kept: [String] = []
    for path in expanded
    where !kept.contains(where: { $0 == path || ($0 != "-" && Files.isSame($0, path)) }) {
      kept.append(path)
    }
    return kept
  }
}

/// A file that takes rejects, one JSON object a line.
public final class RejectFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var fault: EnvironmentFault?

  public init(_ path: String) throws(EnvironmentFault) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw EnvironmentFault(
        "cannot write \(path): \(String(cString: strerror(errno)).lowercased())"
      )
    }
  }

  public func write(_ reject: Reject) {
    buffer += Array(reject.json.utf8)
    buffer.append(0x0A)
    if buffer.count > 1 << 16 { drain() }
  }

  private func drain() {
    do throws(EnvironmentFault) {
      try Files.write(buffer, to: descriptor, named: path)
    } catch { fault = error }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Throws ``EnvironmentFault`` where something could not be written.
  public func close() throws(EnvironmentFault) {
    drain()
    if closeFile(descriptor) != 0, fault == nil {
      fault = EnvironmentFault("cannot write \(path)")
    }
    if let fault { throw fault }
  }
}

private func closeFile(_ descriptor: Int32) -> Int32 { close(descriptor) }
