import CreditCore

/// Writes JSON on one line.
struct JSONText {
  private(set) var text = ""
  private var needsComma = false

  mutating func object(_ body: (inout JSONText) -> Void) { container("{", "}", body) }
  mutating func list(_ body: (inout JSONText) -> Void) { container("[", "]", body) }

  private mutating func container(
    _ start: String,
    _ end: String,
    _ body: (inout JSONText) -> Void
  ) {
    separate()
    text += start
    needsComma = false
    body(&self)
    text += end
    needsComma = true
  }

  mutating func field(_ key: String, _ value: String?) {
    self.key(key)
    if let value { quote(value) } else { text += "null" }
    needsComma = true
  }

  mutating func field(_ key: String, _ value: ExactDecimal?) {
    self.key(key)
    text += value.map(Self.number) ?? "null"
    needsComma = true
  }

  mutating func field(_ key: String, _ body: (inout JSONText) -> Void) {
    self.key(key)
    needsComma = false
    body(&self)
    needsComma = true
  }

  private mutating func key(_ key: String) {
    separate()
    quote(key)
    text += ":"
  }

  private mutating func separate() {
    if needsComma { text += "," }
    needsComma = false
  }

  /// At most six decimals, never an exponent.
  static func number(_ value: ExactDecimal) -> String {
    ((try? value.rounded(places: 6)) ?? value).normalized.description
  }

  private mutating func quote(_ value: String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
