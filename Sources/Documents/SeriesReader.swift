public import CreditCore

/// Reads a file of `date,value`: a header or none, rising dates at equal steps.
///
/// A date without a row is a value that is not known, as is one whose value is empty.
public enum SeriesReader {
  /// Larger numbers leave no room for decimals.
  static let largest = 1e15
  /// Steps from the first date to the last.
  static let longest = 2_000_000
  /// How many faults are told.
  static let faultLimit = 50

  /// `zone`: of days and of times without an offset; nil where such a time is a fault.
  ///
  /// Throws ``BadInput`` with every fault, in reading order.
  public static func series(_ source: SourceText, in zone: Zone?) throws(BadInput) -> SeriesFile {
    do throws(Diagnostic) { try Document.checkEncoding(of: source) } catch { throw BadInput(error) }
    var rows = SeriesRows(source: source, zone: zone)
    rows.read()
    if !rows.faults.isEmpty { throw BadInput(rows.faults) }
    guard let first = rows.rows.first, let form = rows.form else {
      throw BadInput(
        Diagnostic(
          "there is no value in it",
          at: SourceMark(source: source, line: 1, column: 1),
          expected: "rows of date,value such as 2026-11-18,1250"
        )
      )
    }
    let zone = zone ?? .utc
    let step = try SeriesSteps(rows.rows, form, source).step()
    var values: [Double?] = []
    for row in rows.rows {
      guard let place = SeriesSteps.distance(from: first.place, to: row.place, step),
        place < longest
      else { throw BadInput(rows.fault(row, "the dates span too many steps", nil)) }
      while values.count < place { values.append(nil) }
      values.append(row.value)
    }
    return SeriesFile(values, step: step, form: form, zone: zone, first: first.place)
  }
}

/// Takes rows out of a text and collects every fault on the way.
struct SeriesRows {
  struct Row {
    var place: SeriesPlace
    var value: Double?
    var line: Int
    var column: Int
    var width: Int
  }

  let source: SourceText
  let zone: Zone?
  private(set) var rows: [Row] = []
  private(set) var form: SeriesFile.Form?
  var faults: [Diagnostic] = []

  init(source: SourceText, zone: Zone?) { (self.source, self.zone) = (source, zone) }

  mutating func read() {
    let text = source.bytes[source.start...]
    var line = 0
    var isFirst = true
    for bytes in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
      line += 1
      let content = bytes.last == 0x0D ? bytes.dropLast() : bytes
      if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      let cells = Self.cells(String(decoding: content, as: UTF8.self))
      defer { isFirst = false }
      if isFirst, Self.isHeader(cells) { continue }
      do throws(Diagnostic) { try take(cells, line) } catch { faults.append(error) }
      if faults.count >= SeriesReader.faultLimit { return }
    }
  }

  private struct Cell {
    /// Without quotes and the spaces around it.
    var text: String
    /// From 1.
    var column: Int
  }

  private static func cells(_ line: String) -> [Cell] {
    let scalars = Array(line.unicodeScalars)
    let separator: Unicode.Scalar =
      scalars.contains(",") ? "," : scalars.contains(";") ? ";" : "\t"
    var cells: [Cell] = []
    var start = 0
    for end in 0...scalars.count where end == scalars.count || scalars[end] == separator {
      var range = start..<end
      while let scalar = range.first.map({ scalars[$0] }), scalar == " " || scalar == "\"" {
        range.removeFirst()
      }
      while let scalar = range.last.map({ scalars[$0] }), scalar == " " || scalar == "\"" {
        range.removeLast()
      }
      cells.append(
        Cell(
          text: String(String.UnicodeScalarView(scalars[range])),
          column: (range.isEmpty ? start : range.lowerBound) + 1
        )
      )
      start = end + 1
    }
    return cells
  }

  /// Names in place of a date and a number.
  private static func isHeader(_ cells: [Cell]) -> Bool {
    guard cells.count >= 2, let first = cells[0].text.unicodeScalars.first else { return false }
    return !("0"..."9").contains(first) && (try? ExactDecimal(cells[1].text)) == nil
  }

  private mutating func take(_ cells: [Cell], _ line: Int) throws(Diagnostic) {
    guard cells.count == 2 else {
      let extra = cells.count > 2 ? cells[2] : cells[0]
      throw fault(
        extra,
        line,
        cells.count > 2 ? "there are \(cells.count) columns" : "there is no value",
        expected: "two columns, date,value"
      )
    }
    let (place, form) = try place(cells[0], line)
    if let known = self.form, known != form {
      throw fault(
        cells[0],
        line,
        "the date is written in another way",
        expected: rows.first.map { "dates as in line \($0.line)" }
      )
    }
    self.form = form
    if let last = rows.last, place.instant <= last.place.instant {
      let isSame = place.instant == last.place.instant
      throw fault(
        cells[0],
        line,
        isSame ? "the date stands twice" : "the date is earlier than the one before",
        expected: "rising dates, each once"
      )
    }
    rows.append(
      Row(
        place: place,
        value: try value(cells[1], line),
        line: line,
        column: cells[0].column,
        width: cells[0].text.unicodeScalars.count
      )
    )
  }

  private func place(
    _ cell: Cell,
    _ line: Int
  ) throws(Diagnostic) -> (SeriesPlace, SeriesFile.Form) {
    let zone = zone ?? .utc
    if let date = CivilDate(cell.text) {
      return (SeriesPlace(date: date, instant: zone.start(of: date)), .day)
    }
    if let date = CivilDate(cell.text + "-01"), CalendarPeriod.Kind(form: cell.text) == .monthly {
      return (SeriesPlace(date: date, instant: zone.start(of: date)), .month)
    }
    if let instant = Instant(cell.text) ?? local(cell.text) {
      let (date, microsecond) = zone.local(instant)
      return (SeriesPlace(date: date, microsecond: microsecond, instant: instant), .instant)
    }
    let isWithoutZone = Instant(cell.text + "Z") ?? Instant(cell.text + ":00Z") != nil
    throw fault(
      cell,
      line,
      isWithoutZone ? "the time has no zone" : "\"\(clipped(cell.text))\" is no date",
      expected: "a date such as 2026-11-18 or 2026-11-18T09:00:00Z",
      hint: isWithoutZone ? "--timezone tells it" : nil
    )
  }

  /// A time without an offset, as clocks of the zone show it.
  private func local(_ text: String) -> Instant? {
    guard let zone, let shown = Instant(text + "Z") ?? Instant(text + ":00Z") else { return nil }
    let (date, microsecond) = Zone.utc.local(shown)
    return zone.instant(of: date, microsecond: microsecond)
  }

  private func value(_ cell: Cell, _ line: Int) throws(Diagnostic) -> Double? {
    if cell.text.isEmpty { return nil }
    let number: ExactDecimal
    do throws(DecimalFault) { number = try ExactDecimal(cell.text) } catch {
      guard case .tooLong = error, let value = Double(cell.text) else {
        throw fault(
          cell,
          line,
          "the value is \"\(clipped(cell.text))\"",
          expected: "a number, or nothing where it is not known",
          hint: numberHint(cell.text, isShare: false)
        )
      }
      if abs(value) <= SeriesReader.largest { return value }
      throw tooLarge(cell, line)
    }
    if abs(number.approximate) <= SeriesReader.largest { return number.approximate }
    throw tooLarge(cell, line)
  }

  private func tooLarge(_ cell: Cell, _ line: Int) -> Diagnostic {
    fault(cell, line, "the value is too large", expected: "numbers up to 10^15")
  }

  private func fault(
    _ cell: Cell,
    _ line: Int,
    _ message: String,
    expected: String?,
    hint: String? = nil
  ) -> Diagnostic {
    let width = cell.text.unicodeScalars.count
    let mark = SourceMark(source: source, line: line, column: cell.column, width: width)
    return Diagnostic(message, at: mark, expected: expected, hint: hint)
  }

  func fault(_ row: Row, _ message: String, _ expected: String?, hint: String? = nil)
    -> Diagnostic
  {
    let mark = SourceMark(source: source, line: row.line, column: row.column, width: row.width)
    return Diagnostic(message, at: mark, expected: expected, hint: hint)
  }
}
