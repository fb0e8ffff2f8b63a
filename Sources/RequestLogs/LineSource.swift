import ByteSources
import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The physical lines of a stream, each of at most ``limit`` bytes.
final class LineSource {
  /// The longest line, in bytes; longer ones are passed over in constant memory.
  static let limit = 1 << 20
  /// The least bytes of a passage.
  static let passageLength = 64 << 10
  /// How much of a line that is too long is shown.
  static let excerpt = 512

  struct Line {
    /// Without the line end; valid until the next line is read.
    let bytes: Bytes
    /// From 1.
    let number: Int
    let isTooLong: Bool
  }

  private let window: ByteWindow
  /// The longest line here, where that is not the usual one.
  var limit = LineSource.limit
  /// Whether a line without its line end is still awaited, rather than taken at the end.
  var isAppended = false
  private(set) var number = 0

  /// Bytes of the stream up to the end of the last line given.
  var consumed: Int { window.consumed }

  init(_ window: ByteWindow) { self.window = window }

  /// The next line, or nil where there is none now.
  ///
  /// `mayMove`: whether the lines before it may go; if not, there is one only where all of it was
  /// read with them.
  @inline(__always)
  func next(mayMove: Bool = true) throws(EnvironmentFault) -> Line? {
    var searched = 0
    while true {
      let bytes = window.bytes
      if let base = bytes.baseAddress, searched < bytes.count,
        let found = memchr(base + searched, 0x0A, bytes.count - searched)
      {
        let count = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        return line(bytes, count: count, end: count + 1)
      }
      if !mayMove { return nil }
      searched = bytes.count
      if searched > limit { return try longLine() }
      if try window.fill() { continue }
      if window.count == 0 || isAppended { return nil }
      return line(window.bytes, count: window.count, end: window.count)
    }
  }

  @inline(__always)
  private func line(_ bytes: Bytes, count: Int, end: Int) -> Line {
    number += 1
    window.consume(end)
    var count = count
    if count > 0, bytes[count - 1] == 0x0D { count -= 1 }
    var start = 0
    if number == 1, count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
    let isTooLong = count > limit
    return Line(
      bytes: Bytes(rebasing: bytes[start..<(isTooLong ? Self.excerpt : count)]),
      number: number,
      isTooLong: isTooLong
    )
  }

  /// Passes over a line that is too long, and gives its start.
  private func longLine() throws(EnvironmentFault) -> Line {
    let kept = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.excerpt)
    _ = kept.initialize(fromContentsOf: window.bytes.prefix(Self.excerpt))
    longLineStart?.deallocate()
    longLineStart = kept
    number += 1
    while true {
      let bytes = window.bytes
      if let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) {
        window.consume(UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1)
        break
      }
      window.consume(bytes.count)
      if try !window.fill() { break }
    }
    window.shrink()
    return Line(bytes: Bytes(kept), number: number, isTooLong: true)
  }

  /// The whole lines that come next, as many as a passage has; nil where there are not so many.
  ///
  /// None of them is used; valid until the next line is read.
  func passage() -> Bytes? {
    var searched = Self.passageLength - 1
    while true {
      let bytes = window.bytes
      if let base = bytes.baseAddress, searched < bytes.count,
        let found = memchr(base + searched, 0x0A, bytes.count - searched)
      {
        let count = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
        return Bytes(rebasing: bytes[..<count])
      }
      searched = max(searched, bytes.count)
      if searched > limit { return nil }
      // A fault shows again where reading comes to it, behind what could be read.
      guard let isMore = try? window.fill(), isMore else { return nil }
    }
  }

  /// Uses a passage of so many lines without a look at them.
  func pass(over passage: Bytes, lines: Int) {
    window.consume(passage.count)
    number += lines
  }

  private var longLineStart: UnsafeMutableBufferPointer<UInt8>?

  deinit { longLineStart?.deallocate() }

  /// Whether bytes without a line end are left.
  var hasPartialLine: Bool { window.count > 0 }
}
