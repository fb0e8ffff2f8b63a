import CreditCore

/// A row of a series: when, how much, and where it stands.
struct SeriesRow {
  let stamp: Stamp
  /// Nil where it is missing.
  let value: Double?
  /// Of the date.
  let mark: SourceMark
}

/// Goes through the rows of a file of `date,value`.
struct SeriesRows {
  /// Up to which a value is looked at.
  private static let largest = 1e15

  private let source: SourceText
  private var offset: Int
  private var line = 0
  private var separator: UInt8?
  /// What the header calls the value.
  private(set) var title: String?

  init(_ source: SourceText) {
    self.source = source
    offset = source.start
  }

  /// The next row that is not blank; nil behind the last.
  mutating func next() throws(Diagnostic) -> SeriesRow? {
    while offset < source.bytes.count {
      let rest = source.bytes[offset...]
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      var bytes = rest[..<end]
      if bytes.last == 0x0D { bytes.removeLast() }
      offset = end + 1
      line += 1
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      let cells = try self.cells(bytes)
      if line == 1 || title == nil, let heading = heading(cells) {
        title = heading
        continue
      }
      return try row(cells)
    }
    return nil
  }

  private struct Cell {
    var text: String
    var mark: SourceMark
  }

  private mutating func cells(_ bytes: ArraySlice<UInt8>) throws(Diagnostic) -> [Cell] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic(
        "the line is not UTF-8",
        at: SourceMark(source: source, line: line, column: 1),
        expected: "text in UTF-8"
      )
    }
    let separators: [UInt8] = [0x2C, 0x3B, 0x09]
    if separator == nil { separator = separators.first { bytes.contains($0) } }
    let splitter = separator.map { Unicode.Scalar($0) } ?? ","
    var column = 1
    let cells = text.unicodeScalars.split(separator: splitter, omittingEmptySubsequences: false)
      .map { part in
        defer { column += part.count + 1 }
        return cell(String(String.UnicodeScalarView(part)), at: column)
      }
    guard cells.count == 2 else {
      throw Diagnostic(
        "the row has \(cells.count == 1 ? "1 field" : "\(cells.count) fields")",
        at: cells.count > 2 ? cells[2].mark : cells[0].mark,
        expected: "a date and a value, such as 2026-11-18,1250.5"
      )
    }
    return cells
  }

  /// A field without space and quotes around it.
  private func cell(_ text: String, at column: Int) -> Cell {
    var scalars = text.unicodeScalars[...]
    var column = column
    func isSpace(_ scalar: Unicode.Scalar?) -> Bool { scalar == " " || scalar == "\t" }
    while isSpace(scalars.first) {
      scalars.removeFirst()
      column += 1
    }
    while isSpace(scalars.last) { scalars.removeLast() }
    if scalars.count >= 2, scalars.first == "\"", scalars.last == "\"" {
      scalars = scalars.dropFirst().dropLast()
      column += 1
    }
    let shown = String(String.UnicodeScalarView(scalars))
    let mark = SourceMark(source: source, line: line, column: column, width: scalars.count)
    return Cell(text: shown, mark: mark)
  }

  /// What a header calls the value; nil for a row that is none: headers have no digit first.
  private func heading(_ cells: [Cell]) -> String? {
    guard let first = cells[0].text.unicodeScalars.first, !("0"..."9").contains(first),
      first != "-", Self.number(cells[1].text) == nil
    else { return nil }
    return cells[1].text
  }

  private mutating func row(_ cells: [Cell]) throws(Diagnostic) -> SeriesRow {
    if title == nil { title = "" }
    guard let stamp = Stamp(cells[0].text) else {
      throw Diagnostic(
        "\"\(cells[0].text)\" is not a date",
        at: cells[0].mark,
        expected: "a date such as 2026-11-18, 2026-11 or 2026-11-18T09:00:00Z"
      )
    }
    let text = cells[1].text
    if text.isEmpty || ["na", "nan", "null"].contains(text.lowercased()) {
      return SeriesRow(stamp: stamp, value: nil, mark: cells[0].mark)
    }
    guard let value = Self.number(text) else {
      throw Diagnostic(
        "\"\(text)\" is not a number",
        at: cells[1].mark,
        expected: "a plain number such as 1250.5",
        hint: "a value that is missing is left empty"
      )
    }
    guard abs(value) <= Self.largest else {
      throw Diagnostic("\(text) is too large", at: cells[1].mark, expected: "at most 15 digits")
    }
    return SeriesRow(stamp: stamp, value: value, mark: cells[0].mark)
  }

  /// A finite decimal number, perhaps with an exponent.
  private static func number(_ text: String) -> Double? {
    let isPlain = text.utf8.allSatisfy { byte in
      byte &- 0x30 < 10 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
    }
    guard isPlain, let value = Double(text), value.isFinite else { return nil }
    return value
  }
}
