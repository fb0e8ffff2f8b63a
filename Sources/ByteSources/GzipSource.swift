import CZlib
import CreditCore

/// What is inside a gzip file (RFC 1952): all its members, their checksums and lengths checked.
///
/// Zeros may follow the last member, as tapes and block devices leave them; nothing else may.
final class GzipSource: ByteSource {
  private let packed: BufferedSource
  private let name: String
  /// At an address that stays, to which zlib keeps a pointer.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isInMember = false
  private var limit = InflationLimit()
  /// Thrown again and again once everything before it was given.
  private var fault: EnvironmentFault?

  init(_ packed: BufferedSource, name: String) throws(EnvironmentFault) {
    self.packed = packed
    self.name = name
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for the gzip header and trailer.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK {
      throw EnvironmentFault("cannot read \(name): there is no memory to unpack it")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    if let fault { throw fault }
    if buffer.isEmpty { return 0 }
    do throws(EnvironmentFault) {
      while true {
        if packed.isEmpty, try !packed.fill() {
          if !isInMember { return 0 }
          throw damage("the gzip data is cut off", at: packed.consumed, of: name)
        }
        if !isInMember, try !startMember() { return 0 }
        let count = try inflateSome(into: buffer)
        if count > 0 { return count }
        if let fault { throw fault }
      }
    } catch {
      fault = error
      throw error
    }
  }

  /// Whether another member starts here; false at the end of the file.
  private func startMember() throws(EnvironmentFault) -> Bool {
    if packed.consumed > 0 {
      try packed.buffer(atLeast: 2)
      if !packed.bytes.starts(with: [0x1F, 0x8B]) {
        try expectPadding()
        return false
      }
      inflateReset(stream)
    }
    isInMember = true
    return true
  }

  private func expectPadding() throws(EnvironmentFault) {
    let start = packed.consumed
    while true {
      let zeros = packed.bytes.prefix { $0 == 0 }.count
      packed.consume(zeros)
      if !packed.isEmpty {
        throw damage("something that is not gzip follows the end", at: start, of: name)
      }
      if try !packed.fill() { return }
    }
  }

  /// Unpacks what fits; a fault behind it is kept in ``fault``.
  private func inflateSome(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(EnvironmentFault) -> Int {
    let bytes = packed.bytes
    let input = bytes.bindMemory(to: UInt8.self)
    let output = buffer.bindMemory(to: UInt8.self)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(clamping: input.count)
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(clamping: output.count)
    let status = inflate(stream, Z_NO_FLUSH)
    packed.consume(input.count - Int(stream.pointee.avail_in))
    let count = min(output.count, Int(UInt32.max)) - Int(stream.pointee.avail_out)
    switch status {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isInMember = false
    case Z_MEM_ERROR:
      fault = EnvironmentFault("cannot read \(name): there is no memory to unpack it")
    default:
      let what = stream.pointee.msg.map { " (\(String(cString: $0)))" } ?? ""
      fault = damage("the gzip data is damaged\(what)", at: packed.consumed, of: name)
    }
    do throws(EnvironmentFault) {
      try limit.add(count, from: packed.consumed, of: name)
    } catch {
      fault = error
    }
    return count
  }
}
