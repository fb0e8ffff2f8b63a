import CZstd
import CreditCore

/// What is inside a zstd file (RFC 8878): all its frames, their checksums checked; skippable
/// frames are passed over.
final class ZstdSource: ByteSource {
  /// The largest window, as a power of two: 32 MiB are kept in memory, and no more.
  ///
  /// `zstd -19` needs 8 MiB; only `--ultra` and `--long` ask for more than 32.
  private static let windowBits = 25

  private let packed: BufferedSource
  private let name: String
  private let context: OpaquePointer
  private var isInFrame = false
  /// How many bytes are best given next: one block, so that a fault is told where it stands and
  /// the blocks before it are kept.
  private var wanted = 0
  /// Whether more may come out without more going in; nothing goes in before it did, as a fault
  /// in what is new would take it along.
  private var hasMore = false
  private var limit = InflationLimit()
  /// Thrown again and again once everything before it was given.
  private var fault: EnvironmentFault?

  init(_ packed: BufferedSource, name: String) throws(EnvironmentFault) {
    guard let context = ZSTD_createDStream() else {
      throw EnvironmentFault("cannot read \(name): there is no memory to unpack it")
    }
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(Self.windowBits))
    self.packed = packed
    self.name = name
    self.context = context
  }

  deinit { ZSTD_freeDStream(context) }

  /// Whether these are the first bytes of a frame, skippable or not.
  static func startsFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4 else { return false }
    let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    if let fault { throw fault }
    if buffer.isEmpty { return 0 }
    do throws(EnvironmentFault) {
      while true {
        if !hasMore, packed.isEmpty, try !packed.fill() {
          if !isInFrame { return 0 }
          throw faultAt("the zstd data is cut off")
        }
        if !isInFrame { try startFrame() }
        let count = try inflateSome(into: buffer)
        if count > 0 { return count }
      }
    } catch {
      fault = error
      throw error
    }
  }

  private func startFrame() throws(EnvironmentFault) {
    try packed.buffer(atLeast: 4)
    guard Self.startsFrame(packed.bytes) else {
      throw faultAt("something that is not zstd follows the end")
    }
    isInFrame = true
    wanted = ZSTD_initDStream(context)
  }

  private func inflateSome(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(EnvironmentFault) -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    var input = ZSTD_inBuffer(
      src: packed.bytes.baseAddress,
      size: hasMore ? 0 : min(packed.bytes.count, max(wanted, 1)),
      pos: 0
    )
    let result = ZSTD_decompressStream(context, &output, &input)
    if ZSTD_isError(result) != 0 { throw fault(of: result) }
    packed.consume(input.pos)
    isInFrame = result != 0
    wanted = result
    hasMore = output.pos == output.size && isInFrame
    do throws(EnvironmentFault) {
      try limit.add(output.pos, from: packed.consumed, of: name)
    } catch {
      fault = error
      if output.pos == 0 { throw error }
    }
    return output.pos
  }

  private func fault(of code: Int) -> EnvironmentFault {
    switch ZSTD_getErrorCode(code) {
    case ZSTD_error_frameParameter_windowTooLarge:
      return faultAt(
        "the zstd window is larger than \(1 << (Self.windowBits - 20)) MiB",
        todo: "unpack it first: zstd -dc --long=31 FILE | creditmeter ingest -"
      )
    case ZSTD_error_memory_allocation:
      return EnvironmentFault("cannot read \(name): there is no memory to unpack it")
    default:
      let what = ZSTD_getErrorName(code).map { " (\(String(cString: $0).lowercased()))" } ?? ""
      return faultAt("the zstd data is damaged\(what)")
    }
  }

  private func faultAt(
    _ what: String,
    todo: String = "copy or make the file again"
  ) -> EnvironmentFault {
    damage(what, at: packed.consumed, of: name, todo: todo)
  }
}
