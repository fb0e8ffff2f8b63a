import CreditCore

/// The time of an access log: `18/Nov/2026:09:30:00 +0100`.
enum AccessLogTime {
  static let example = "a time such as [18/Nov/2026:09:30:00 +0000]"
  private static let count = 26
  private static let shape: StaticString = "00/Aaa/0000:00:00:00 +0000"

  /// Reads it strictly: every digit, an English month, a day that exists, and the offset.
  @inline(__always)
  static func read(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Instant {
    guard bytes.count == count, bytes[2] == 0x2F, bytes[6] == 0x2F, bytes[11] == 0x3A,
      bytes[20] == 0x20, let month = month(bytes)
    else { throw shapeFault(bytes, at: offset) }
    // As RFC 3339 has it, so that one reader knows which days and times exist.
    return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 25) {
      (text) throws(LogFault) in
      text.initialize(repeating: 0x2D)
      for index in 0..<4 { text[index] = bytes[7 + index] }
      text[5] = 0x30 + UInt8(month / 10)
      text[6] = 0x30 + UInt8(month % 10)
      (text[8], text[9]) = (bytes[0], bytes[1])
      text[10] = 0x54
      for index in 11..<19 { text[index] = bytes[index + 1] }
      for index in 19..<22 { text[index] = bytes[index + 2] }
      text[22] = 0x3A
      (text[23], text[24]) = (bytes[24], bytes[25])
      let whole = Bytes(text)
      do throws(InstantFault) { return try Instant(whole) } catch {
        // The last second of a day with a leap second.
        if let leap = try? RequestValues.time(whole, at: 0) { return leap }
        throw fault(bytes, error.message, at: offset + place(of: error.offset))
      }
    }
  }

  private static func month(_ bytes: Bytes) -> Int? {
    switch (bytes[3], bytes[4], bytes[5]) {
    case (0x4A, 0x61, 0x6E): 1
    case (0x46, 0x65, 0x62): 2
    case (0x4D, 0x61, 0x72): 3
    case (0x41, 0x70, 0x72): 4
    case (0x4D, 0x61, 0x79): 5
    case (0x4A, 0x75, 0x6E): 6
    case (0x4A, 0x75, 0x6C): 7
    case (0x41, 0x75, 0x67): 8
    case (0x53, 0x65, 0x70): 9
    case (0x4F, 0x63, 0x74): 10
    case (0x4E, 0x6F, 0x76): 11
    case (0x44, 0x65, 0x63): 12
    default: nil
    }
  }

  /// Where a place of the RFC 3339 form lies in this one.
  private static func place(of offset: Int) -> Int {
    switch offset {
    case 0..<4: 7 + offset
    case 8..<10: offset - 8
    case 11..<19: offset + 1
    case 19..<22: offset + 2
    case 22...: min(offset + 1, count)
    default: 3
    }
  }

  /// What is wrong with a time of another shape, at the first byte that does not fit.
  private static func shapeFault(_ bytes: Bytes, at offset: Int) -> LogFault {
    let shape = shape.withUTF8Buffer { Array($0) }
    for (index, byte) in bytes.prefix(count).enumerated() where !fits(byte, shape[index]) {
      let message =
        switch index {
        case 3..<6: "the month is not an English one in three letters"
        case 20...: "the offset is not four digits behind a sign"
        default: "it is written another way"
        }
      return fault(bytes, message, at: offset + (3..<6 ~= index ? 3 : index))
    }
    if bytes.count == 20 {
      return fault(bytes, "it has no zone", at: offset + 20, hint: "add an offset such as +0000")
    }
    if bytes.count < count { return fault(bytes, "it ends early", at: offset + bytes.count) }
    if bytes.count > count { return fault(bytes, "something follows it", at: offset + count) }
    return fault(bytes, "the month is not an English one in three letters", at: offset + 3)
  }

  private static func fits(_ byte: UInt8, _ shape: UInt8) -> Bool {
    switch shape {
    case 0x30: byte &- 0x30 < 10
    case 0x41: byte &- 0x41 < 26
    case 0x61: byte &- 0x61 < 26
    case 0x2B: byte == 0x2B || byte == 0x2D
    default: byte == shape
    }
  }

  private static func fault(
    _ bytes: Bytes,
    _ message: String,
    at offset: Int,
    hint: String? = nil
  ) -> LogFault {
    LogFault(
      .time,
      at: offset,
      "\"\(bytes.shown)\" is not a time: \(message)",
      expected: example,
      hint: hint
    )
  }
}
