public import CreditCore

/// Takes gzip and zstd apart while reading, and lets plain bytes through.
///
/// What it is shows in the first bytes, never in a name.
public enum Decompressed {
  /// What is inside `source`, which stands at its start; `name` is for messages.
  ///
  /// What could be unpacked before a fault is given first; the fault is thrown after it. Nothing
  /// is unpacked twice: gzip in gzip, and formats that are not read, such as zip, are
  /// ``BadInput``.
  public static func open(_ source: any ByteSource, name: String) throws -> any ByteSource {
    let packed = BufferedSource(source)
    try packed.buffer(atLeast: Packing.headSize)
    switch Packing(of: packed.bytes) {
    case nil: return packed
    case .gzip: return try unpacked(GzipSource(packed, name: name), name)
    case .zstd: return try unpacked(ZstdSource(packed, name: name), name)
    case let other?:
      throw BadInput(other.refusal(of: name, head: packed.bytes, "the file is \(other.words)"))
    }
  }

  private static func unpacked(_ source: any ByteSource, _ name: String) throws -> BufferedSource {
    let content = BufferedSource(source)
    // A fault shows again where reading comes to it.
    do throws(EnvironmentFault) { try content.buffer(atLeast: Packing.headSize) } catch {}
    if let inner = Packing(of: content.bytes) {
      let message = "the file holds \(inner.words), packed once more"
      throw BadInput(inner.refusal(of: name, head: content.bytes, message))
    }
    return content
  }
}

/// How bytes are packed, as their first few show.
enum Packing: CaseIterable {
  case gzip
  case zstd
  case zip
  case bzip2
  case xz
  case lz4
  case sevenZip
  case compress

  /// As many bytes as tell.
  static let headSize = 6

  init?(of bytes: UnsafeRawBufferPointer) {
    guard let found = Self.allCases.first(where: { $0.matches(bytes) }) else { return nil }
    self = found
  }

  private func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .gzip: bytes.starts(with: [0x1F, 0x8B])
    case .zstd: ZstdSource.startsFrame(bytes)
    case .zip: bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6])
    case .bzip2:
      bytes.starts(with: [0x42, 0x5A, 0x68]) && bytes.dropFirst(4).starts(with: [0x31, 0x41])
    case .xz: bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])
    case .lz4: bytes.starts(with: [0x04, 0x22, 0x4D, 0x18])
    case .sevenZip: bytes.starts(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
    case .compress: bytes.starts(with: [0x1F, 0x9D])
    }
  }

  var words: String {
    switch self {
    case .gzip: "a gzip file"
    case .zstd: "a zstd file"
    case .zip: "a zip archive"
    case .bzip2: "a bzip2 file"
    case .xz: "an xz file"
    case .lz4: "an lz4 file"
    case .sevenZip: "a 7z archive"
    case .compress: "a compress (.Z) file"
    }
  }

  /// What writes the content to standard output.
  private var unpacker: String {
    switch self {
    case .gzip, .compress: "gzip -dc"
    case .zstd: "zstd -dc"
    case .zip: "unzip -p"
    case .bzip2: "bzip2 -dc"
    case .xz: "xz -dc"
    case .lz4: "lz4 -dc"
    case .sevenZip: "7z e -so"
    }
  }

  func refusal(
    of name: String,
    head: UnsafeRawBufferPointer,
    _ message: String
  ) -> Diagnostic {
    let command =
      self == .gzip || self == .zstd
      ? "unpack it once: \(unpacker) FILE > UNPACKED"
      : "unpack it first: \(unpacker) FILE | creditmeter ingest -"
    let hint = self == .zip ? "\(command); a spreadsheet is saved as CSV" : command
    return Diagnostic(
      message,
      at: SourceMark(source: .bytesShown(head, name: name), line: 1, column: 1, width: 2),
      expected: "plain text, or text compressed once with gzip or zstd",
      hint: hint
    )
  }
}

extension SourceText {
  /// The first bytes of what is no text, as hexadecimal numbers.
  public static func bytesShown(_ bytes: UnsafeRawBufferPointer, name: String) -> SourceText {
    let digits = Array("0123456789ABCDEF".utf8)
    let shown = bytes.prefix(16).map { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return SourceText(name: name, bytes: Array(shown.joined(separator: [0x20])))
  }
}

/// Bytes of a source of which the next few can be looked at before they are read.
final class BufferedSource: ByteSource {
  private static let capacity = 64 << 10

  private let source: any ByteSource
  private let memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  /// Bytes that were used.
  private(set) var consumed = 0

  init(_ source: any ByteSource) {
    self.source = source
    memory = .allocate(byteCount: Self.capacity, alignment: 16)
  }

  deinit { memory.deallocate() }

  /// What was read and not used; valid until more is read.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

  var isEmpty: Bool { start == end }

  func consume(_ count: Int) {
    start += count
    consumed += count
  }

  /// Reads on until `count` bytes are there, or there are no more.
  func buffer(atLeast count: Int) throws(EnvironmentFault) {
    while end - start < count {
      if try !fill() { return }
    }
  }

  /// Reads more; false where there is no more now.
  func fill() throws(EnvironmentFault) -> Bool {
    if start > 0 {
      memory.copyMemory(from: bytes)
      (start, end) = (0, end - start)
    }
    let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
    end += count
    return count > 0
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(EnvironmentFault) -> Int {
    if isEmpty { return try source.read(into: buffer) }
    let count = min(buffer.count, end - start)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
    consume(count)
    return count
  }
}
