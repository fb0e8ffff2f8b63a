/// Reads the form of instants that nearly every log has, `2026-11-18T09:30:00.123Z`, without a
/// step for each byte; the date of the one before is known.
public struct InstantReader: Sendable {
  /// The eight bytes at the start of a date, and at its end.
  private var date: (UInt64, UInt64) = (0, 0)
  private var dayStart: Int64 = 0

  public init() {}

  /// Nil for any other form, and for what does not exist.
  public mutating func usual(_ bytes: UnsafeBufferPointer<UInt8>) -> Instant? {
    guard (20...27).contains(bytes.count), let base = bytes.baseAddress, base[10] == 0x54,
      base[13] == 0x3A, base[16] == 0x3A, base[bytes.count - 1] == 0x5A
    else { return nil }
    let date = (Bytes.word(base), Bytes.word(base + 2))
    if date != self.date {
      guard let days = Self.days(base) else { return nil }
      (self.date, dayStart) = (date, Int64(days) * 86_400_000_000)
    }
    let (hour, minute, second) = (
      Self.pair(base + 11), Self.pair(base + 14), Self.pair(base + 17)
    )
    guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
      let fraction = Self.fraction(bytes)
    else { return nil }
    let seconds = (hour &* 60 &+ minute) &* 60 &+ second
    return Instant(microseconds: dayStart &+ Int64(seconds) &* 1_000_000 &+ fraction)
  }

  private static func days(_ base: UnsafePointer<UInt8>) -> Int? {
    let year = pair(base) &* 100 &+ pair(base + 2)
    let (month, day) = (pair(base + 5), pair(base + 8))
    // A pair that is not two digits is negative, and stays so times 100.
    guard base[4] == 0x2D, base[7] == 0x2D, year >= 1, (1...12).contains(month), day >= 1,
      day <= 28 || day <= daysIn(month: month, year: year)
    else { return nil }
    return daysSince1970(year: year, month: month, day: day)
  }

  /// Microseconds of the second.
  @inline(__always)
  private static func fraction(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    if bytes.count == 20 { return 0 }
    guard bytes.count > 21, bytes[19] == 0x2E else { return nil }
    var fraction: Int64 = 0
    for index in 20..<(bytes.count - 1) {
      let digit = bytes[index] &- 0x30
      if digit > 9 { return nil }
      fraction = fraction &* 10 &+ Int64(digit)
    }
    for _ in bytes.count..<27 { fraction &*= 10 }
    return fraction
  }

  @inline(__always)
  private static func pair(_ at: UnsafePointer<UInt8>) -> Int {
    let (tens, ones) = (at[0] &- 0x30, at[1] &- 0x30)
    return tens > 9 || ones > 9 ? -100_000 : Int(tens) &* 10 &+ Int(ones)
  }
}
