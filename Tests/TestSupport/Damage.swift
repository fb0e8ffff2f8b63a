extension SeededRandom {
  /// Damages `bytes` as transfers, editors and half-written files do: a byte or a bit changed, a
  /// part cut out, or a part of `other` put in.
  public mutating func damage(_ bytes: inout [UInt8], with other: [UInt8]) {
    let place = below(bytes.count + 1)
    switch below(4) {
    case 0 where place < bytes.count: bytes[place] = UInt8(below(256))
    case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(12)))
    default:
      let start = below(other.count + 1)
      let part = other[start..<min(other.count, start + below(60))]
      bytes.insert(contentsOf: part, at: place)
    }
  }
}
