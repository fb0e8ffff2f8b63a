import Digests
import Foundation
import Testing

@Suite("Digests are those of their standards")
struct DigestsTests {
  @Test("SHA-256 of FIPS 180-4's examples")
  func sha() throws {
    #expect(
      hexText(try sha256("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    #expect(
      hexText(try sha256([]))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    #expect(
      hexText(try sha256(Array(repeating: UInt8(ascii: "a"), count: 1_000_000)))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    )
  }

  @Test("Poly1305 of RFC 8439's example, however its message is parted")
  func poly1305() throws {
    let key: [UInt8] = [
      0x85, 0xD6, 0xBE, 0x78, 0x57, 0x55, 0x6D, 0x33, 0x7F, 0x44, 0x52, 0xFE, 0x42, 0xD5, 0x06,
      0xA8,
      0x01, 0x03, 0x80, 0x8A, 0xFB, 0x0D, 0xB2, 0xFD, 0x4A, 0xBF, 0xF6, 0xAF, 0x41, 0x49, 0xF5,
      0x1B,
    ]
    let digest = try #require(KeyedDigest(key: key))
    let message = Array("Cryptographic Forum Research Group".utf8)
    for cut in 0...message.count {
      let code = try message[..<cut].withUnsafeBufferPointer { start in
        try message[cut...].withUnsafeBufferPointer { try digest(start, $0) }
      }
      #expect(hexText(code) == "a8061dc1305136c6c22b8baf0c0127a9")
    }
    #expect(KeyedDigest(key: Array(key.dropLast())) == nil)
  }

  static let codes: [(key: [UInt8], message: [UInt8], code: String)] = [
    (
      Array(repeating: 0x0B, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      Array(repeating: 0xAA, count: 131),
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ]

  @Test("HMAC-SHA256 of RFC 4231's examples, and of nothing", arguments: codes)
  func hmac(key: [UInt8], message: [UInt8], code: String) throws {
    #expect(hexText(try hmacSHA256(key: key, message)) == code)
  }

  @Test("only equal bytes are equal")
  func comparison() {
    #expect(areEqualInConstantTime([], []))
    #expect(areEqualInConstantTime([1, 2, 3], [1, 2, 3]))
    for other in [[1, 2], [1, 2, 4], [0, 2, 3], [1, 2, 3, 0], []] as [[UInt8]] {
      #expect(!areEqualInConstantTime([1, 2, 3], other))
    }
  }

  @Test("random bytes do not repeat")
  func random() {
    let drawn = (0..<64).map { _ in randomBytes(16) }
    #expect(Set(drawn).count == 64)
    #expect(drawn.allSatisfy { $0.count == 16 })
    #expect(Set(drawn.joined()).count > 200)
  }

  @Test("bytes become text and bytes again, as Foundation writes them")
  func texts() {
    for count in 0..<70 {
      let drawn = randomBytes(count)
      let text = base64Text(drawn)
      #expect(text == Data(drawn).base64EncodedString())
      #expect(bytes(base64: text) == drawn)
      #expect(bytes(base64: base64Text(drawn, .url), .url) == drawn)
      #expect(bytes(hex: hexText(drawn)) == drawn)
      #expect(bytes(hex: hexText(drawn).uppercased()) == drawn)
    }
    #expect(base64Text([0xFB, 0xFF, 0xFE], .url) == "-__-")
  }

  @Test(
    "text that is not quite base64 is refused",
    arguments: ["A", "AA", "AA=", "AAA", "AB==", "AAB=", "A===", "AA==A", "AA= ", "-_8=", "AAAA="]
  )
  func notBase64(text: String) {
    #expect(bytes(base64: text) == nil)
  }

  @Test(
    "text that is not quite hexadecimal is refused",
    arguments: ["0", "0g", "abc", " 00", "é0"]
  )
  func notHex(text: String) {
    #expect(bytes(hex: text) == nil)
  }
}
