public import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bytes of an open file, from where it stands.
public final class FileSource: ByteSource {
  /// Closed with the source, unless it is standard input.
  public let descriptor: Int32
  /// For messages.
  public let name: String

  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Opens a file, or standard input for `-`; a directory is refused.
  public convenience init(path: String) throws(EnvironmentFault) {
    if path == "-" {
      self.init(descriptor: STDIN_FILENO, name: "standard input")
      return
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw EnvironmentFault("cannot read \(path): \(lastError())") }
    self.init(descriptor: descriptor, name: path)
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw EnvironmentFault("cannot read \(path): it is a directory")
    }
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
  }

  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    while true {
      let count = readSome(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw EnvironmentFault("cannot read \(name): \(lastError())") }
    }
  }
}

func lastError() -> String { String(cString: strerror(errno)).lowercased() }

// The C function, which the method of the same name would hide.
private func readSome(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, buffer, count)
}
