public import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bytes of a file that is still written, from its start, and whether what was read of it is
/// still there.
///
/// A file that was cut short and written again has the same name and the same inode; only its
/// bytes tell.
public final class GrowingSource: ByteSource {
  /// As many of the first bytes are kept, to tell one file from another.
  public static let headLimit = 4_096
  /// As many of the bytes before a place are kept, to tell whether a file was written anew.
  public static let tailLimit = 1_024

  /// Closed with the source.
  public let descriptor: Int32
  private let name: String
  /// Bytes that were read.
  public private(set) var offset = 0
  /// Bytes that may be read yet; then it is as if there were no more.
  public var allowance = Int.max
  /// The first bytes that were read.
  public private(set) var head: [UInt8] = []
  /// The last ones.
  private var tail: [UInt8] = []

  /// Opens a file.
  public init(path: String) throws(EnvironmentFault) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    name = path
    if descriptor < 0 { throw EnvironmentFault("cannot read \(path): \(lastError())") }
  }

  /// The same file again, from its start.
  public init(again other: GrowingSource) throws(EnvironmentFault) {
    descriptor = fcntl(other.descriptor, F_DUPFD_CLOEXEC, 0)
    name = other.name
    if descriptor < 0 { throw EnvironmentFault("cannot read \(name): \(lastError())") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(allowance))
    let count = try read(at: offset, into: room)
    keep(UnsafeRawBufferPointer(rebasing: room.prefix(count)))
    offset += count
    allowance -= count
    return count
  }

  private func keep(_ bytes: UnsafeRawBufferPointer) {
    if head.count < Self.headLimit { head += bytes.prefix(Self.headLimit - head.count) }
    if bytes.count < Self.tailLimit {
      tail = tail.suffix(Self.tailLimit - bytes.count) + bytes
    } else {
      tail = Array(bytes.suffix(Self.tailLimit))
    }
  }

  /// Whether the first and the last of the bytes that were read still stand where they stood.
  public func isUnchanged() throws(EnvironmentFault) -> Bool {
    guard try bytes(at: 0, count: head.count) == head else { return false }
    return try bytes(at: offset - tail.count, count: tail.count) == tail
  }

  /// As many of the file's bytes as there are at a place, `count` at most.
  public func bytes(at place: Int, count: Int) throws(EnvironmentFault) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    var filled = 0
    while filled < count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let more = try read(at: place + filled, into: rest)
      if more == 0 { break }
      filled += more
    }
    return Array(buffer[..<filled])
  }

  private func read(
    at place: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(EnvironmentFault) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(place))
      if count >= 0 { return count }
      if errno != EINTR { throw EnvironmentFault("cannot read \(name): \(lastError())") }
    }
  }
}

extension Decompressed {
  /// Whether these first bytes of a file are those of one that ``open(_:name:)`` unpacks.
  public static func unpacks(_ head: [UInt8]) -> Bool {
    head.withUnsafeBytes { bytes in
      switch Packing(of: bytes) {
      case .gzip, .zstd: true
      default: false
      }
    }
  }
}
