/// Two lower-case hexadecimal digits a byte.
public func hexText(_ bytes: some Sequence<UInt8>) -> String { hexText(Array(bytes)) }

/// The same for an array, which is most of what is asked for.
public func hexText(_ bytes: [UInt8]) -> String {
  String(unsafeUninitializedCapacity: bytes.count * 2) { text in
    for (place, byte) in bytes.enumerated() {
      text[place * 2] = digit(byte >> 4)
      text[place * 2 + 1] = digit(byte & 15)
    }
    return bytes.count * 2
  }
}

private func digit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The bytes of hexadecimal digits, in either case; nil where the text is anything else.
public func bytes(hex text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var result: [UInt8] = []
  result.reserveCapacity(digits.count / 2)
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
    result.append(high << 4 | low)
  }
  return result
}

private func nibble(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 0x30...0x39: digit - 0x30
  case 0x41...0x46: digit - 0x41 + 10
  case 0x61...0x66: digit - 0x61 + 10
  default: nil
  }
}

/// The two alphabets of RFC 4648.
public enum Base64Alphabet: Sendable {
  /// With `+`, `/` and padding.
  case standard
  /// With `-` and `_`, and without padding: for URLs and names of files.
  case url

  fileprivate var digits: [UInt8] {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return Array((letters + (self == .standard ? "+/" : "-_")).utf8)
  }
}

public func base64Text(
  _ bytes: some Sequence<UInt8>,
  _ alphabet: Base64Alphabet = .standard
) -> String {
  let digits = alphabet.digits
  var text: [UInt8] = []
  var (held, bits) = (0, 0)
  for byte in bytes {
    held = (held << 8 | Int(byte)) & 0xFFFF
    bits += 8
    while bits >= 6 {
      bits -= 6
      text.append(digits[held >> bits & 63])
    }
  }
  if bits > 0 { text.append(digits[held << (6 - bits) & 63]) }
  while alphabet == .standard, !text.count.isMultiple(of: 4) { text.append(0x3D) }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes of a text that ``base64Text(_:_:)`` could have written, nil for any other: padding
/// must be as the alphabet wants it, and bits that are left over must be 0.
public func bytes(base64 text: String, _ alphabet: Base64Alphabet = .standard) -> [UInt8]? {
  var digits = text.utf8[...]
  if alphabet == .standard {
    guard digits.count.isMultiple(of: 4) else { return nil }
    for _ in 0..<2 where digits.last == 0x3D { digits.removeLast() }
  }
  guard digits.count % 4 != 1 else { return nil }
  let order = alphabet.digits
  var result: [UInt8] = []
  var (held, bits) = (0, 0)
  for digit in digits {
    guard let value = order.firstIndex(of: digit) else { return nil }
    held = (held << 6 | value) & 0xFFFF
    bits += 6
    if bits >= 8 {
      bits -= 8
      result.append(UInt8(truncatingIfNeeded: held >> bits))
    }
  }
  return held & (1 << bits - 1) == 0 ? result : nil
}
