#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which file it is, and what tells that it changed.
public struct FileStatus: Equatable {
  /// One file of the system, while it exists.
  public struct Key: Hashable {
    public var device: Int64
    public var inode: Int64

    public init(device: Int64, inode: Int64) { (self.device, self.inode) = (device, inode) }
  }

  public let key: Key
  public let size: Int
  /// When its content and when anything of it changed last, in nanoseconds since 1970.
  public let modified: Int64
  public let changed: Int64
  /// Names that it has; 0 once it was deleted.
  public let links: Int
  public let isRegular: Bool
  public let isFolder: Bool

  /// What a path leads to; nil where nothing can be found there.
  public init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  public init?(descriptor: Int32) {
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
  /// Whether a path leads to nothing, or to a file with nothing in it.
  public static func isMissingOrEmpty(_ path: String) -> Bool {
    FileStatus(path: path).map { $0.isRegular && $0.size == 0 } ?? true
  }

  /// Whether a path leads to a pipe, a socket or a device.
  public static func isStream(_ path: String) -> Bool {
    FileStatus(path: path).map { !$0.isRegular && !$0.isFolder } ?? false
  }
}
