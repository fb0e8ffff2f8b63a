import CreditCore

/// Pieces of Markdown that no text can break out of.
enum Markdown {
  /// Text that cannot become Markdown or HTML of its own; scalar by scalar, so that no combining
  /// mark hides a character that has a meaning.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in printable(text).unicodeScalars {
      if "\\`*_[]<>|#~@&!".unicodeScalars.contains(scalar) { result.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// A table; columns of numbers stand to the right.
  static func table(_ titles: [(title: String, isNumber: Bool)], _ rows: [[String]]) -> String {
    var text = "| " + titles.map(\.title).joined(separator: " | ") + " |\n"
    text += "|" + titles.map { $0.isNumber ? "--:" : "---" }.joined(separator: "|") + "|\n"
    for row in rows { text += "| " + row.joined(separator: " | ") + " |\n" }
    return text
  }
}
