public import CreditCore

/// Replaces what looks like a key before it is stored: `g8_live_…`, `Bearer …`, JSON web tokens.
public struct SecretFilter: Sendable {
  public static let replacement = "[secret]"

  public init() {}

  /// A text without its secrets, and how many there were.
  public struct Clean: Sendable {
    public var bytes: [UInt8]
    public var count: Int
    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// Whether a closer look is needed.
  @inline(__always)
  public func mayContain(_ bytes: Bytes) -> Bool { hasPair(bytes) && hasStart(bytes) }

  /// Whether `g8`, `ey` or `be` may stand somewhere, of which one starts every secret: seven
  /// places at a time.
  @inline(__always)
  private func hasPair(_ bytes: Bytes) -> Bool {
    guard bytes.count >= 8 else { return false }
    var offset = 0
    while offset < bytes.count {
      let word = bytes.word(at: offset) | 0x2020_2020_2020_2020
      let e = word.bytes(equalTo: UInt8(ascii: "e"))
      let pairs =
        word.bytes(equalTo: UInt8(ascii: "g")) &<< 8 & word.bytes(equalTo: UInt8(ascii: "8"))
        | e &<< 8 & word.bytes(equalTo: UInt8(ascii: "y"))
        | word.bytes(equalTo: UInt8(ascii: "b")) &<< 8 & e
      if pairs != 0 { return true }
      offset += 7
    }
    return false
  }

  private func hasStart(_ bytes: Bytes) -> Bool {
    // The shortest secret has more than four bytes.
    for index in 0..<(bytes.count - 3) {
      switch bytes[index] | 0x20 {
      case 0x67: if bytes[index + 1] == 0x38, bytes[index + 2] == 0x5F { return true }
      case 0x65: if bytes[index + 1] == 0x79, bytes[index + 2] == 0x4A { return true }
      case 0x62:
        // Hexadecimal ids may have "bea".
        let isBear = bytes[index + 1] | 0x20 == 0x65 && bytes[index + 2] | 0x20 == 0x61
        if isBear, bytes[index + 3] | 0x20 == 0x72 { return true }
      default: break
      }
    }
    return false
  }

  public func replaced(_ bytes: [UInt8]) -> Clean {
    guard bytes.withUnsafeBufferPointer({ mayContain($0) }) else {
      return Clean(bytes: bytes, count: 0)
    }
    var clean: [UInt8] = []
    var count = 0
    var index = 0
    while index < bytes.count {
      let secret = secretLength(bytes[index...])
      if secret.length > 0 {
        clean += bytes[index..<(index + secret.kept)]
        clean += Array(Self.replacement.utf8)
        count += 1
        index += secret.length
      } else {
        clean.append(bytes[index])
        index += 1
      }
    }
    return Clean(bytes: clean, count: count)
  }

  public func replaced(_ text: String) -> Clean { replaced(Array(text.utf8)) }

  /// The length of a secret at the start of `bytes`, and how much of it may be shown; 0 for none.
  private func secretLength(_ bytes: ArraySlice<UInt8>) -> (length: Int, kept: Int) {
    let start = bytes.startIndex
    if starts(bytes, with: "g8_live_") || starts(bytes, with: "g8_test_") {
      let key = bytes[(start + 8)...].prefix { isTokenByte($0) }
      if key.count >= 6 { return (8 + key.count, 0) }
    }
    if starts(bytes, with: "eyJ") {
      let token = bytes.prefix { isTokenByte($0) || $0 == 0x2E }
      if token.count >= 20, token.count(where: { $0 == 0x2E }) >= 1 { return (token.count, 0) }
    }
    if starts(bytes, with: "bearer") {
      let gap = bytes[(start + 6)...].prefix { $0 == 0x20 || $0 == 0x2B || $0 == 0x25 }
      let isEncoded = gap.last == 0x25
      let from = start + 6 + gap.count + (isEncoded ? 2 : 0)
      guard !gap.isEmpty, from < bytes.endIndex else { return (0, 0) }
      let token = bytes[from...].prefix { isTokenByte($0) || $0 == 0x2E }
      if token.count >= 6 { return (from - start + token.count, 7) }
    }
    return (0, 0)
  }

  private func starts(_ bytes: ArraySlice<UInt8>, with word: String) -> Bool {
    guard bytes.count >= word.utf8.count else { return false }
    return zip(bytes, word.utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && $1 >= 0x61) }
      || bytes.starts(with: word.utf8)
  }

  private func isTokenByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2D
  }
}
