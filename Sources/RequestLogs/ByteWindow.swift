import ByteSources
import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The part of a stream that is in memory: what was read and not yet used.
///
/// It grows to the longest line or element and no further, whatever the stream's size.
final class ByteWindow {
  private static let chunkSize = 256 << 10

  private let source: any ByteSource
  private var memory: UnsafeMutableRawBufferPointer
  /// Where what was not used yet starts and ends in `memory`.
  private(set) var start = 0
  private(set) var end = 0
  /// Bytes of the stream that were used.
  private(set) var consumed: Int

  /// A window on `source`, which stands `consumed` bytes behind the start of the stream.
  init(_ source: any ByteSource, consumed: Int = 0) {
    self.source = source
    self.consumed = consumed
    memory = .allocate(byteCount: Self.chunkSize, alignment: 16)
  }

  deinit { memory.deallocate() }

  /// What was read and not used; valid until the next ``fill()``.
  @inline(__always)
  var bytes: Bytes {
    Bytes(rebasing: memory.bindMemory(to: UInt8.self)[start..<end])
  }

  var count: Int { end - start }

  func consume(_ count: Int) {
    start += count
    consumed += count
  }

  /// Takes a part out of what was read; what stands behind it moves up.
  func leaveOut(_ range: Range<Int>) {
    guard let base = memory.baseAddress, !range.isEmpty else { return }
    let behind = start + range.upperBound
    memmove(base + start + range.lowerBound, base + behind, end - behind)
    end -= range.count
    consumed += range.count
  }

  /// Reads more of the stream; false where there is no more now.
  func fill() throws(EnvironmentFault) -> Bool {
    if start == end { (start, end) = (0, 0) }
    if memory.count - end < Self.chunkSize / 4 {
      let unused = UnsafeRawBufferPointer(rebasing: memory[start..<end])
      if start < memory.count / 2 {
        let larger = UnsafeMutableRawBufferPointer.allocate(
          byteCount: memory.count * 2,
          alignment: 16
        )
        larger.copyMemory(from: unused)
        memory.deallocate()
        memory = larger
      } else {
        memory.copyMemory(from: unused)
      }
      (start, end) = (0, unused.count)
    }
    let room = UnsafeMutableRawBufferPointer(rebasing: memory[end...])
    let count = try source.read(into: room)
    end += count
    return count > 0
  }

  /// What the stream goes on with, some 64 KiB of it where there is so much; none of it is used.
  func preview() -> Bytes {
    while count < Self.chunkSize / 4 {
      // A fault shows again where reading comes to it, behind what could be read.
      guard let isMore = try? fill(), isMore else { break }
    }
    return bytes
  }

  /// Gives back what a single long line took.
  func shrink() {
    guard memory.count > Self.chunkSize * 4, end - start <= Self.chunkSize / 2 else { return }
    let smaller = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.chunkSize,
      alignment: 16
    )
    smaller.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
    memory.deallocate()
    memory = smaller
    (start, end) = (0, end - start)
  }
}
