/// A length of time as people write it: `30s`, `5m`, `24h`, `7d`, `4w`.
public struct Span: Sendable, Hashable, Comparable {
  /// Zero or more.
  public let seconds: Int64

  public init(seconds: Int64) { self.seconds = seconds }

  /// Reads a whole number and a unit; nil for any other form, and past a thousand years.
  public init?(_ text: String) {
    guard let unit = text.unicodeScalars.last, let factor = Self.factors[unit] else { return nil }
    let digits = text.unicodeScalars.dropLast()
    guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }),
      let count = Int64(String(String.UnicodeScalarView(digits)))
    else { return nil }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
    guard !overflow, seconds <= 31_536_000_000 else { return nil }
    self.seconds = seconds
  }

  private static let factors: [Unicode.Scalar: Int64] = [
    "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800,
  ]

  public static func < (left: Span, right: Span) -> Bool { left.seconds < right.seconds }

  public var microseconds: Int64 { seconds * 1_000_000 }
}

extension Span: CustomStringConvertible {
  /// In the largest unit that leaves a whole number: `24h`, `7d`.
  public var description: String {
    if seconds > 86_400, seconds.isMultiple(of: 86_400) { return String(seconds / 86_400) + "d" }
    if seconds > 0, seconds.isMultiple(of: 3_600) { return String(seconds / 3_600) + "h" }
    if seconds > 0, seconds.isMultiple(of: 60) { return String(seconds / 60) + "m" }
    return String(seconds) + "s"
  }
}
