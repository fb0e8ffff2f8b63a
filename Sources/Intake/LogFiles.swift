public import CreditCore
import LocalFiles
public import RequestLogs

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files that a person names: themselves, and the ordinary files of folders, sorted; each
/// once.
public struct LogFiles {
  public private(set) var paths: [String] = []
  /// Of folders that cannot be read.
  public private(set) var faults: [EnvironmentFault] = []
  /// Folders in which nothing is to be read.
  public private(set) var emptyFolders: [String] = []
  private var keys: Set<FileStatus.Key> = []

  /// Finds files; what is `excluded`, such as the database, is not taken from folders.
  public init(_ named: [String], excluding: [String] = []) {
    let excluded = Set(excluding.compactMap { FileStatus(path: $0)?.key })
    for path in named {
      if path != "-", Files.isDirectory(path) {
        addFolder(path, excluded)
      } else {
        add(path)
      }
    }
  }

  private mutating func addFolder(_ folder: String, _ excluded: Set<FileStatus.Key>) {
    var count = 0
    do throws(EnvironmentFault) {
      for name in try Files.names(in: folder) where !name.hasPrefix(".") {
        let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
        let status = FileStatus(path: path)
        // A link that leads nowhere is told of when it is read.
        if let status, !status.isRegular || excluded.contains(status.key) { continue }
        count += 1
        add(path)
      }
      if count == 0 { emptyFolders.append(folder) }
    } catch { faults.append(error) }
  }

  private mutating func add(_ path: String) {
    if path == "-" {
      if !paths.contains("-") { paths.append(path) }
    } else if FileStatus(path: path).map({ keys.insert($0.key).inserted }) ?? true {
      paths.append(path)
    }
  }
}

/// A file that takes rejects, one JSON object a line.
public final class RejectFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var fault: EnvironmentFault?

  /// Opens a file, of which all stays if it `isContinued`; throws ``EnvironmentFault``.
  public init(_ path: String, isContinued: Bool = false) throws(EnvironmentFault) {
    self.path = path
    let start = isContinued ? O_APPEND : O_TRUNC
    descriptor = open(path, O_WRONLY | O_CREAT | start | O_CLOEXEC, 0o600)
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

  /// Writes what was collected; a fault is thrown by ``close()``.
  public func drain() {
    if buffer.isEmpty { return }
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
