import CreditCore

/// Columns of text for a terminal.
struct TextTable {
  enum Alignment {
    case left
    case right
  }

  let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []
  /// Rows before which a rule is drawn.
  private var rules: Set<Int> = []

  init(_ columns: [(String, Alignment)]) {
    self.columns = columns.map { (title: $0.0, alignment: $0.1) }
  }

  mutating func add(_ cells: [String]) { rows.append(cells.map { printable($0) }) }

  mutating func addRule() { rules.insert(rows.count) }

  /// The table with a title row, each line ended.
  var text: String {
    var widths = columns.map { displayWidth($0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], displayWidth(cell))
      }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    var result = line(columns.map(\.title), widths) + rule + "\n"
    for (index, row) in rows.enumerated() {
      if rules.contains(index) { result += rule + "\n" }
      result += line(row, widths)
    }
    return result
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var result = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: max(0, widths[index] - displayWidth(cell)))
      if index > 0 { result += "  " }
      result += columns[index].alignment == .right ? padding + cell : cell + padding
    }
    while result.last == " " { result.removeLast() }
    return result + "\n"
  }
}

/// Columns that a text takes on a terminal: wide East Asian characters and emoji take two.
private func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
  return text.reduce(0) { width, character in
    guard let scalar = character.unicodeScalars.first else { return width }
    let isWide: Bool
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      isWide = true
    default:
      isWide = false
    }
    return width + (isWide ? 2 : 1)
  }
}
