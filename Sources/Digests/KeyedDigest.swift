import CCrypto
public import CreditCore

/// Poly1305 (RFC 8439) of many messages under one key.
///
/// Who knows neither the key nor a digest cannot make two messages that have the same one: two of
/// a megabyte share theirs with a probability below 2⁻⁸⁶. It is no signature: whoever sees some
/// digests can find out the key, so that they stay together.
public final class KeyedDigest {
  private let context: OpaquePointer
  private let key: [UInt8]

  /// Nil where libcrypto has no Poly1305, as one that is restricted by policy may not.
  ///
  /// `key`: 32 bytes.
  public init?(key: [UInt8]) {
    guard key.count == 32, let code = EVP_MAC_fetch(nil, "POLY1305", nil) else { return nil }
    defer { EVP_MAC_free(code) }
    guard let context = EVP_MAC_CTX_new(code) else { return nil }
    (self.context, self.key) = (context, key)
  }

  deinit { EVP_MAC_CTX_free(context) }

  /// The 16 bytes of what all parts are together.
  ///
  /// Throws ``EnvironmentFault`` where libcrypto has no memory.
  public func callAsFunction(_ parts: Bytes...) throws(EnvironmentFault) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 16)
    var count = 0
    let isDone =
      EVP_MAC_init(context, key, key.count, nil) == 1
      && parts.allSatisfy { EVP_MAC_update(context, $0.baseAddress, $0.count) == 1 }
      && EVP_MAC_final(context, &digest, &count, digest.count) == 1
    guard isDone, count == digest.count else {
      throw EnvironmentFault("libcrypto gave no Poly1305")
    }
    return digest
  }
}
