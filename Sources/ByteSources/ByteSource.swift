public import CreditCore

/// Where bytes come from: a file, standard input, what is inside a compressed file, or memory.
public protocol ByteSource: AnyObject {
  /// Puts the next bytes at the start of `buffer` and tells how many; 0 where there are none now.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int
}

/// Bytes in memory.
public final class MemorySource: ByteSource {
  private let bytes: [UInt8]
  private var offset = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, bytes.count - offset)
    buffer.copyBytes(from: bytes[offset..<(offset + count)])
    offset += count
    return count
  }
}
