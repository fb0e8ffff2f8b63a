public import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reading and writing files, with messages that name the file and the reason.
public enum Files {
  /// The largest file that is read whole.
  public static let sizeLimit = 256 << 20

  /// A file's text; `-` is standard input.
  public static func read(_ path: String) throws(EnvironmentFault) -> SourceText {
    if path == "-" { return SourceText(name: "standard input", bytes: try bytes(of: 0, "-")) }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw fault("cannot read", path) }
    defer { close(file) }
    if isDirectory(path) { throw EnvironmentFault("cannot read \(path): it is a directory") }
    return SourceText(name: path, bytes: try bytes(of: file, path))
  }

  public static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether nobody but its owner may read a file, or it is not there.
  public static func isPrivate(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || status.st_mode & 0o077 == 0
  }

  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// The names in a directory, sorted.
  public static func names(in directory: String) throws(EnvironmentFault) -> [String] {
    guard let handle = opendir(directory) else { throw fault("cannot read", directory) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether two paths lead to the same file.
  public static func isSame(_ one: String, _ other: String) -> Bool {
    var (a, b) = (stat(), stat())
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev
      && a.st_ino == b.st_ino
  }

  /// Puts a whole file in place, or leaves what was there: never half of one.
  ///
  /// A link is followed, and what is no ordinary file (a device, a pipe) is written to.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(EnvironmentFault) {
    if isDirectory(path) { throw EnvironmentFault("cannot write \(path): it is a directory") }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let file = open(path, O_WRONLY | O_CLOEXEC)
      if file < 0 { throw fault("cannot write", path) }
      defer { close(file) }
      return try write(bytes, to: file, named: path)
    }
    let file = try StreamedFile(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes all of `bytes`, or as many as a reader wanted who closed the pipe.
  public static func write(
    _ bytes: [UInt8],
    to file: Int32,
    named name: String
  ) throws(EnvironmentFault) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        writeSome(file, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
      }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { return }
        throw fault("cannot write", name)
      }
      offset += written
    }
  }

  private static func bytes(of file: Int32, _ path: String) throws(EnvironmentFault) -> [UInt8] {
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(file, &status) == 0, status.st_size > 0, status.st_size <= sizeLimit {
      bytes.reserveCapacity(Int(status.st_size))
    }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = chunk.withUnsafeMutableBytes { readSome(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw fault("cannot read", path)
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > sizeLimit {
        throw EnvironmentFault("cannot read \(path): it is larger than \(sizeLimit >> 20) MiB")
      }
    }
  }

  /// A fault that names the file and what the system says of it.
  public static func fault(_ what: String, _ path: String) -> EnvironmentFault {
    EnvironmentFault("\(what) \(path): \(systemReason(errno))")
  }

  /// What the system says of one of its error numbers.
  public static func systemReason(_ number: Int32) -> String {
    String(cString: strerror(number)).lowercased()
  }
}

// The C functions, which the methods of the same names would hide.

private func readSome(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, buffer, count)
}

private func writeSome(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, buffer, count)
}
