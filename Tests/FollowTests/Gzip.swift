/// Bytes in a gzip file, not made smaller.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
  var start = 0
  repeat {
    let block = bytes[start..<min(start + 60_000, bytes.count)]
    start += block.count
    let size = UInt16(block.count)
    result.append(start == bytes.count ? 1 : 0)
    for number in [size, ~size] { result += [UInt8(number & 0xFF), UInt8(number >> 8)] }
    result += block
  } while start < bytes.count
  var checksum: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  for number in [~checksum, UInt32(bytes.count)] {
    for shift in [0, 8, 16, 24] {
      result.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
    }
  }
  return result
}
