import CreditCore
import Documents

/// What somebody probably meant; nil where nobody can tell.
enum AlertFileHints {
  /// `7d` for `7 days`, and a unit for a number without one.
  static func span(_ text: String) -> String? {
    if Int64(text) != nil { return "add a unit: s, m, h, d or w" }
    let parts = words(text)
    guard parts.count == 2, Int64(parts[0]) != nil,
      let unit = ["second", "minute", "hour", "day", "week"].first(where: {
        parts[1] == $0 || parts[1] == $0 + "s"
      })
    else { return nil }
    return "write \(parts[0])\(unit.prefix(1))"
  }

  /// `10%` for `10`, `10 %` and `0.1`.
  static func percent(_ text: String) -> String? {
    let number = text.hasSuffix("%") ? words(String(text.dropLast())).joined() : text
    guard let value = try? ExactDecimal(number), !value.isNegative else { return nil }
    if text.hasSuffix("%") { return number + "%" == text ? nil : "write \(number)%" }
    let share = try? value * ExactDecimal(100)
    if !value.isZero, value < .one, let share { return "write \(share.normalized)%" }
    return "write \(text)%"
  }

  /// `3x` for `300%` and `3 x`.
  static func factor(_ text: String) -> String? {
    if text.hasSuffix("%"), let percent = try? ExactDecimal(String(text.dropLast())) {
      let factor = ExactDecimal(significand: percent.significand, scale: percent.scale + 2)
      return "write \(factor.normalized)x"
    }
    let parts = words(text)
    guard parts.count == 2, ["x", "times"].contains(parts[1]),
      let number = try? ExactDecimal(parts[0])
    else { return nil }
    return "write \(number)x"
  }

  /// `5000` for `5000 credits`.
  static func amount(_ text: String) -> String? {
    let parts = words(text)
    guard parts.count == 2, (try? ExactDecimal(parts[0])) != nil, parts[1].contains("c") else {
      return nil
    }
    return "write \(parts[0])"
  }

  /// `{campaign: spring}` for `campaign=spring`.
  static func tag(_ node: Node) -> String? {
    guard case .scalar(let text, _) = node.content else { return nil }
    let parts = text.split(whereSeparator: { $0 == "=" || $0 == ":" }).map(String.init)
    return parts.count == 2 ? "write {\(printable(parts[0])): \(printable(parts[1]))}" : nil
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split(separator: " ").map(String.init)
  }
}
