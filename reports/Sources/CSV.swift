import CreditCore

/// Rows of comma-separated values (RFC 4180) that a spreadsheet cannot mistake for formulas.
struct CSV {
  private(set) var text = ""

  enum Cell {
    /// Quoted where needed; a leading character that starts a formula is defused.
    case text(String)
    /// A number as it is, or empty.
    case number(String?)
  }

  mutating func add(_ cells: [Cell]) {
    text += cells.map(Self.written).joined(separator: ",") + "\r\n"
  }

  /// The rows so far, for a file that is handed on in pieces.
  mutating func piece() -> [UInt8] {
    defer { text = "" }
    return Array(text.utf8)
  }

  private static func written(_ cell: Cell) -> String {
    switch cell {
    case .number(let number): return number ?? ""
    case .text(let text):
      var text = printable(text)
      let first = text.unicodeScalars.first { !$0.properties.isWhitespace }
      if let first, "=+-@＝＋－＠".unicodeScalars.contains(first) { text = "'" + text }
      let needsQuotes = text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
      return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
  }
}
