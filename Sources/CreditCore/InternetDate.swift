extension Instant {
  /// What dates of HTTP (RFC 9110, 5.6.7) and of mail (RFC 5322, 3.3) have in common, in UTC:
  /// `Fri, 20 Nov 2026 12:00:00`, which `GMT` or `+0000` follows.
  public var internetDate: String {
    let (day, microsecond) = floorDivide(microseconds, 86_400_000_000)
    let date = CivilDate(number: Int(day))
    let second = Int(microsecond / 1_000_000)
    let clock = [second / 3_600, second / 60 % 60, second % 60].map { padded($0, 2) }
    return "\(date.weekdayWord.prefix(3)), \(padded(date.day, 2)) \(date.monthWord.prefix(3)) "
      + "\(padded(date.year, 4)) \(clock.joined(separator: ":"))"
  }
}
