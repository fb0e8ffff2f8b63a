/// Bytes that somebody else keeps, such as a field of the line that is being read.
///
/// Absent and empty differ: only what is absent has no address.
public typealias Bytes = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer where Element == UInt8 {
  /// What was not given.
  public static var absent: Bytes { Bytes(start: nil, count: 0) }

  public var isAbsent: Bool { baseAddress == nil }

  /// The bytes as text; what is not UTF-8 is replaced.
  public var text: String { String(decoding: self, as: UTF8.self) }

  /// Whether they are the bytes of an ASCII word.
  @inline(__always)
  public func equals(_ word: StaticString) -> Bool {
    count == word.utf8CodeUnitCount
      && word.withUTF8Buffer { memoryEquals($0.baseAddress, baseAddress, count) }
  }

  /// Whether both are the same bytes.
  @inline(__always)
  public func equals(_ other: Bytes) -> Bool {
    count == other.count && memoryEquals(baseAddress, other.baseAddress, count)
  }

  /// Whether they come before other bytes, of which they may be the start.
  public func precedes(_ other: Bytes) -> Bool {
    let common = Swift.min(count, other.count)
    for place in 0..<common where self[place] != other[place] { return self[place] < other[place] }
    return count < other.count
  }
}

extension String {
  /// Whether both are the same bytes: `==` takes two spellings of one character for the same.
  public func isSpelled(like other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let areEqual = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { left.equals($0) }
    }
    return areEqual.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
  }
}

extension String {
  /// Whether its bytes come before those of another text, which needs no knowledge of scripts.
  public func isSpelled(before other: String) -> Bool {
    let isBefore = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { left.precedes($0) }
    }
    return isBefore.flatMap { $0 } ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}

extension Hasher {
  /// Takes in the bytes of a text, and where they end.
  public mutating func combine(spelling text: String) {
    var text = text
    text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
    combine(0xFF as UInt8)
  }
}

@usableFromInline
func memoryEquals(
  _ left: UnsafePointer<UInt8>?,
  _ right: UnsafePointer<UInt8>?,
  _ count: Int
) -> Bool {
  guard let left, let right else { return count == 0 }
  var offset = 0
  while offset + 8 <= count {
    if Bytes.word(left + offset) != Bytes.word(right + offset) { return false }
    offset += 8
  }
  if count >= 8 { return Bytes.word(left + count - 8) == Bytes.word(right + count - 8) }
  for index in 0..<count where left[index] != right[index] { return false }
  return true
}
