#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which file it is, and what tells that it changed.
struct FileStatus: Equatable {
  /// One file of the system, while it exists.
  struct Key: Hashable {
    var device: Int64
    var inode: Int64
  }

  let key: Key
  let size: Int
  /// When its content and when anything of it changed last, in nanoseconds since 1970.
  let modified: Int64
  let changed: Int64
  /// Names that it has; 0 once it was deleted.
  let links: Int
  let isRegular: Bool
  let isFolder: Bool

  /// What a path leads to; nil where nothing can be found there.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    key = Key(
      device: Int64(truncatingIfNeeded: status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino)
    )
    size = Int(status.st_size)
    #if canImport(Darwin)
    let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #else
    let (modified, changed) = (status.st_mtim, status.st_ctim)
    #endif
    self.modified = Int64(modified.tv_sec) &* 1_000_000_000 &+ Int64(modified.tv_nsec)
    self.changed = Int64(changed.tv_sec) &* 1_000_000_000 &+ Int64(changed.tv_nsec)
    links = Int(status.st_nlink)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isFolder = status.st_mode & S_IFMT == S_IFDIR
  }
}

extension Files {
  /// A path that stays right whatever the working directory becomes; the last name is as given.
  static func absolute(_ path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    var folder = slash.map { String(path[..<$0]) } ?? "."
    if folder.isEmpty { folder = "/" }
    let real = self.real(folder) ?? folder
    return real.hasSuffix("/") ? real + name : real + "/" + name
  }

  /// A path without links; nil where there is nothing.
  static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The folder that a file is in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last name of a path.
  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }
}

extension Files {
  /// Whether a path leads to nothing, or to a file with nothing in it.
  public static func isMissingOrEmpty(_ path: String) -> Bool {
    FileStatus(path: path).map { $0.isRegular && $0.size == 0 } ?? true
  }

  /// Whether a path leads to a pipe, a socket or a device.
  public static func isStream(_ path: String) -> Bool {
    FileStatus(path: path).map { !$0.isRegular && !$0.isFolder } ?? false
  }
}
