public import CreditCore

/// Tags as logs carry them: a JSON object of texts.
public enum LogTags {
  /// Names and values of a checked object, without those that are null.
  public static func pairs(_ tags: Bytes) -> [(name: String, value: String)] {
    TagsObject.pairs(tags)
  }

  /// A text as JSON.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
