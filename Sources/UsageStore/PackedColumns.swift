/// Columns of integers as bytes.
///
/// A column is the least value, in eight bytes, then how many bytes a value has, then what each
/// value is above the least, in so many bytes. Numbers are little-endian. Behind the last column
/// are eight bytes more, as values are read eight bytes at a time, whatever they have.
enum PackedColumns {
  static let padding = 8

  /// The bytes that so many columns of so many values have at most.
  static func most(_ columns: Int, of values: Int) -> Int { columns * (9 + 8 * values) + padding }

  /// Writes a column at `end`, and moves that behind it.
  @inline(__always)
  static func put(
    _ number: Int,
    _ memory: UnsafeMutableRawBufferPointer,
    _ end: inout Int,
    _ value: (Int) -> Int64
  ) {
    var (least, most) = (value(0), value(0))
    for place in 1..<max(number, 1) {
      least = min(least, value(place))
      most = max(most, value(place))
    }
    let width = (71 - UInt64(bitPattern: most &- least).leadingZeroBitCount) / 8
    memory.storeBytes(of: least.littleEndian, toByteOffset: end, as: Int64.self)
    memory[end + 8] = UInt8(width)
    end += 9
    if width == 0 { return }
    for place in 0..<number {
      // What is too much is written over by the next.
      let above = value(place) &- least
      memory.storeBytes(of: above.littleEndian, toByteOffset: end, as: Int64.self)
      end += width
    }
  }

  /// Ends what was written.
  static func close(_ memory: UnsafeMutableRawBufferPointer, _ end: inout Int) {
    memory.storeBytes(of: 0, toByteOffset: end, as: Int64.self)
    end += padding
  }

  /// Reads the column at `start`, and moves that behind it; false where the bytes end in it.
  @inline(__always)
  static func take(
    _ number: Int,
    _ bytes: UnsafeRawBufferPointer,
    _ start: inout Int,
    _ body: (Int, Int64) -> Void
  ) -> Bool {
    guard let width = head(number, bytes, start) else { return false }
    let least = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int64.self))
    start += 9
    let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - 8 * width)
    for place in 0..<number {
      let word = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
      )
      body(place, least &+ Int64(bitPattern: word & mask))
      start += width
    }
    return true
  }

  /// Goes past the column at `start`; false where the bytes end in it.
  @inline(__always)
  static func skip(_ number: Int, _ bytes: UnsafeRawBufferPointer, _ start: inout Int) -> Bool {
    guard let width = head(number, bytes, start) else { return false }
    start += 9 + number * width
    return true
  }

  /// How many bytes a value of the column has; nil where the bytes end in it.
  @inline(__always)
  private static func head(_ number: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    guard bytes.count - start >= 9 + padding else { return nil }
    let width = Int(bytes[start + 8])
    guard width <= 8, bytes.count - padding - start - 9 >= number * width else { return nil }
    return width
  }
}
