public import CreditCore

/// The instant of a date as HTTP writes it (RFC 9110, 5.6.7), in all three forms; nil for any
/// other text.
public func instant(httpDate text: String) -> Instant? {
  let parts = text.split { $0 == " " || $0 == "," }.map(String.init)
  // Sun, 06 Nov 1994 08:49:37 GMT
  if parts.count == 6, parts[5] == "GMT" {
    return instant(year: parts[3], month: parts[2], day: parts[1], clock: parts[4])
  }
  // Sunday, 06-Nov-94 08:49:37 GMT
  if parts.count == 4, parts[3] == "GMT" {
    let date = parts[1].split(separator: "-").map(String.init)
    guard date.count == 3, date[2].count == 2, let year = Int(date[2]) else { return nil }
    let century = year < 70 ? 2_000 : 1_900
    return instant(year: "\(century + year)", month: date[1], day: date[0], clock: parts[2])
  }
  // Sun Nov  6 08:49:37 1994
  if parts.count == 5 {
    return instant(year: parts[4], month: parts[1], day: parts[2], clock: parts[3])
  }
  return nil
}

private func instant(year: String, month: String, day: String, clock: String) -> Instant? {
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  guard let number = months.firstIndex(of: month).map({ $0 + 1 }), day.count <= 2 else {
    return nil
  }
  let twoDigits = { (text: String) in text.count == 1 ? "0" + text : text }
  return Instant("\(year)-\(twoDigits(String(number)))-\(twoDigits(day))T\(clock)Z")
}

extension HTTPResponse {
  /// What the server's own clock says; clocks differ.
  public var date: Instant? { self["Date"].flatMap(instant(httpDate:)) }

  /// The seconds of `Retry-After`, which may be absurd; nil where it does not say.
  ///
  /// A date is compared with the server's own clock, where it tells it.
  public func retryAfter(now: Instant) -> Int64? {
    guard let text = self["Retry-After"] else { return nil }
    if let seconds = Int64(text) { return seconds }
    if let until = instant(httpDate: text) {
      // A date has whole seconds: the next one is waited for.
      return (until.microseconds - (date ?? now).microseconds + 999_999) / 1_000_000
    }
    // Many digits are a long time, even if they are no number here.
    return !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? .max : nil
  }
}
