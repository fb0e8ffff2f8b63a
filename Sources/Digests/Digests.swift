import CCrypto
public import CreditCore

/// Looked up once, which takes longer than the digest of a few hundred bytes; nil where libcrypto
/// has no memory, or may not use it.
nonisolated(unsafe) private let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

/// The 32 bytes of SHA-256 (FIPS 180-4).
///
/// Throws ``EnvironmentFault`` where libcrypto has no memory, or may not use SHA-256.
public func sha256(_ bytes: some Sequence<UInt8>) throws(EnvironmentFault) -> [UInt8] {
  try sha256(Array(bytes))
}

/// The same for an array.
public func sha256(_ message: [UInt8]) throws(EnvironmentFault) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: 32)
  var count: UInt32 = 0
  let done = EVP_Digest(message, message.count, &digest, &count, algorithm, nil)
  guard done == 1, count == 32 else { throw EnvironmentFault("libcrypto gave no SHA-256") }
  return digest
}

/// The 32 bytes of HMAC-SHA256 (RFC 2104), with a key of any length.
///
/// Throws ``EnvironmentFault`` where libcrypto has no memory, or may not use SHA-256.
public func hmacSHA256(
  key: some Sequence<UInt8>,
  _ bytes: some Sequence<UInt8>
) throws(EnvironmentFault) -> [UInt8] {
  // An address is needed even for a key of no bytes.
  let message = Array(bytes)
  let length = Array(key).count
  let padded = Array(key) + [0]
  var code = [UInt8](repeating: 0, count: 32)
  var count: UInt32 = 0
  let done = HMAC(
    algorithm,
    padded,
    Int32(clamping: length),
    message,
    message.count,
    &code,
    &count
  )
  guard done != nil, count == 32 else { throw EnvironmentFault("libcrypto gave no HMAC-SHA256") }
  return code
}

/// Whether both are the same bytes, found in a time that tells nothing but their lengths.
public func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// So many bytes that nobody can guess, from the system's own source.
public func randomBytes(_ count: Int) -> [UInt8] {
  // Eight at a time: each asks the system.
  var source = SystemRandomNumberGenerator()
  var bytes: [UInt8] = []
  while bytes.count < count {
    withUnsafeBytes(of: source.next()) { bytes.append(contentsOf: $0.prefix(count - bytes.count)) }
  }
  return bytes
}
