import ByteSources
import CreditCore
import LocalFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much of the logs of a run was read.
public final class ReadMeter {
  public internal(set) var bytes = 0
  /// Bytes of all of them, as they lie on the disk; nil where that is not known, as of a pipe.
  public let total: Int?

  public init(_ paths: [String]) {
    let sizes = paths.map { path -> Int? in
      let status = path == "-" ? FileStatus(descriptor: STDIN_FILENO) : FileStatus(path: path)
      // What cannot be found adds nothing; what is no ordinary file has no size.
      guard let status else { return 0 }
      return status.isRegular ? status.size : nil
    }
    total = sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
  }
}

/// Counts the bytes of a source.
final class MeteredSource: ByteSource {
  private let source: any ByteSource
  private let meter: ReadMeter

  init(_ source: any ByteSource, _ meter: ReadMeter) {
    self.source = source
    self.meter = meter
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    let count = try source.read(into: buffer)
    meter.bytes += count
    return count
  }
}

extension IngestWorkflow {
  /// Reads logs one after another, and hands the faults of those that cannot be read to `onFault`.
  public func read(
    files paths: [String],
    _ meter: ReadMeter,
    onFault: (any Error) -> Void
  ) throws {
    for path in paths {
      do {
        let file = try LogContent.naming { try FileSource(path: path) }
        try read(MeteredSource(file, meter), name: file.name)
      } catch let fault as UnreadableLog {
        onFault(fault.cause)
      }
    }
  }
}
