import CreditCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// Texts of formats that promise nothing of their bytes.
extension UnsafeBufferPointer where Element == UInt8 {
  /// Where `byte` stands next, from `start` on.
  @inline(__always)
  func place(of byte: UInt8, from start: Int) -> Int? {
    guard let base = baseAddress, start < count,
      let found = memchr(base + start, Int32(byte), count - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// A line without the carriage return at its end.
  var withoutReturn: Bytes { last == 0x0D ? Bytes(rebasing: self[..<(count - 1)]) : self }

  /// Where the first control character stands; a tab is none.
  @inline(__always)
  var placeOfControl: Int? {
    guard let base = baseAddress else { return nil }
    let raw = UnsafeRawPointer(base)
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    while index + 8 <= count {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if (word &- (ones &* 0x20)) & ~word & (ones &* 0x80) != 0 { break }
      index += 8
    }
    while index < count {
      if base[index] < 0x20, base[index] != 0x09 { return index }
      index += 1
    }
    return nil
  }

  /// Where the first byte stands that is not UTF-8.
  var placeOfStray: Int? {
    if isASCII { return nil }
    guard let base = baseAddress else { return nil }
    let end = base + count
    var at = base
    while at < end {
      if at.pointee < 0x80 {
        at += 1
        continue
      }
      let length = utf8Length(at, end)
      if length == 0 { return at - base }
      at += length
    }
    return nil
  }

  /// The same text, in which every byte that is not UTF-8 is written as `%XX`.
  func escapingStrays(in arena: TextArena) -> Bytes {
    guard let base = baseAddress, placeOfStray != nil else { return self }
    let room = arena.allocate(count * 3)
    let end = base + count
    var (at, used) = (base, 0)
    while at < end {
      let length = utf8Length(at, end)
      if length == 0 {
        room[used] = 0x25
        room[used + 1] = Self.hexDigit(at.pointee >> 4)
        room[used + 2] = Self.hexDigit(at.pointee & 15)
        used += 3
        at += 1
      } else {
        for index in 0..<length { room[used + index] = at[index] }
        used += length
        at += length
      }
    }
    return Bytes(rebasing: room[..<used])
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x41 + value - 10
  }

  /// The text without the backslashes that nginx and Apache write: `\"`, `\\`, `\xHH`, `\n`.
  @inline(__always)
  func unescaped(in arena: TextArena) -> Bytes {
    guard let first = place(of: 0x5C, from: 0) else { return self }
    return unescaped(from: first, in: arena)
  }

  private func unescaped(from first: Int, in arena: TextArena) -> Bytes {
    let room = arena.allocate(count)
    _ = room.initialize(fromContentsOf: self[..<first])
    var (index, used) = (first, first)
    while index < count {
      var byte = self[index]
      index += 1
      if byte == 0x5C, index < count {
        let letter = self[index]
        index += 1
        switch letter {
        case 0x78:
          if index + 2 <= count, let high = hexValue(self[index]),
            let low = hexValue(self[index + 1])
          {
            byte = high << 4 | low
            index += 2
          } else {
            // No escape after all: both characters stay.
            index -= 1
          }
        case 0x6E: byte = 0x0A
        case 0x72: byte = 0x0D
        case 0x74: byte = 0x09
        case 0x62: byte = 0x08
        case 0x76: byte = 0x0B
        default: byte = letter
        }
      }
      room[used] = byte
      used += 1
    }
    return Bytes(rebasing: room[..<used])
  }
}

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 0x30...0x39: digit - 0x30
  case 0x41...0x46: digit - 0x41 + 10
  case 0x61...0x66: digit - 0x61 + 10
  default: nil
  }
}
