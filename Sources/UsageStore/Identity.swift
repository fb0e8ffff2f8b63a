public import CreditCore

/// What makes two log lines the same request, as 64 bits under a key that the database keeps.
///
/// SipHash-1-3: without the key nobody can make two requests collide, and 64 bits are compared
/// only among the requests of three days.
public struct IdentityHash: Sendable {
  private let key: (UInt64, UInt64)

  public init(key: (UInt64, UInt64)) { self.key = key }

  /// The 16 bytes that other secrets of the same database can be derived from.
  public var keyBytes: [UInt8] {
    [key.0, key.1].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  }

  /// What a hash is of, so that an id never equals a line.
  public enum Kind: UInt64, Sendable {
    case requestID = 1
    case line
    case idempotencyKey
    case text
  }

  @inline(__always)
  public func callAsFunction(_ kind: Kind, in scope: UInt64 = 0, _ bytes: Bytes) -> UInt64 {
    var state = SipState(key.0 ^ scope, key.1 ^ (kind.rawValue &* 0x9E37_79B9_7F4A_7C15))
    var offset = 0
    let count = bytes.count
    if let base = bytes.baseAddress {
      let raw = UnsafeRawPointer(base)
      while offset + 8 <= count {
        state.absorb(
          UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        )
        offset += 8
      }
      state.absorb(bytes.word(at: offset) | UInt64(truncatingIfNeeded: count) << 56)
    } else {
      state.absorb(0)
    }
    return state.finished()
  }

  /// A hash together with a number.
  @inline(__always)
  public func combined(_ hash: UInt64, _ number: UInt64) -> UInt64 {
    var state = SipState(key.0 ^ hash, key.1)
    state.absorb(number)
    return state.finished()
  }
}

private struct SipState {
  var v0, v1, v2, v3: UInt64

  @inline(__always)
  init(_ k0: UInt64, _ k1: UInt64) {
    v0 = k0 ^ 0x736F_6D65_7073_6575
    v1 = k1 ^ 0x646F_7261_6E64_6F6D
    v2 = k0 ^ 0x6C79_6765_6E65_7261
    v3 = k1 ^ 0x7465_6462_7974_6573
  }

  @inline(__always)
  mutating func round() {
    v0 = v0 &+ v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 = v2 &+ v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 = v0 &+ v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 = v2 &+ v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }

  @inline(__always)
  mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    v0 ^= word
  }

  @inline(__always)
  mutating func finished() -> UInt64 {
    v2 ^= 0xFF
    round()
    round()
    round()
    return v0 ^ v1 ^ v2 ^ v3
  }
}
