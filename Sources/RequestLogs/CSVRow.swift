import CreditCore

/// Takes one row of comma-separated values (RFC 4180) apart.
struct CSVRow {
  struct Field {
    /// The bytes of the value, without quotes.
    var content: Range<Int>
    /// Where the field begins, quote and all.
    var start: Int
    var isQuoted = false
    /// Whether quotes in it are doubled.
    var hasDoubledQuotes = false
  }

  enum Outcome {
    /// The row ends at `end`, the next one starts at `next`.
    case row(end: Int, next: Int)
    /// The bytes end before the row does.
    case unfinished(quote: LogFault?)
    case fault(LogFault)
  }

  let separator: UInt8
  private(set) var fields: [Field] = []
  /// Whether a field of the row stands in quotes, so that it may have several lines.
  private(set) var hasQuotes = false

  init(separator: UInt8) { self.separator = separator }

  /// Finds the fields of the row that `bytes` start with; the last row of all needs no line end.
  mutating func scan(_ bytes: Bytes, isAtEnd: Bool) -> Outcome {
    fields.removeAll(keepingCapacity: true)
    hasQuotes = false
    var place = 0
    while true {
      let start = place
      if place < bytes.count, bytes[place] == 0x22 {
        guard let end = quoted(bytes, from: start) else {
          return .unfinished(quote: Self.unclosed(at: start))
        }
        place = end
      } else {
        place = plainEnd(bytes, from: start)
        fields.append(Field(content: trimmed(bytes, start..<place), start: start))
      }
      if place == bytes.count {
        return isAtEnd ? .row(end: place, next: place) : .unfinished(quote: nil)
      }
      switch bytes[place] {
      case separator: place += 1
      case 0x0A: return .row(end: place, next: place + 1)
      case 0x0D where place + 1 == bytes.count:
        return isAtEnd ? .row(end: place, next: place + 1) : .unfinished(quote: nil)
      case 0x0D where bytes[place + 1] == 0x0A: return .row(end: place, next: place + 2)
      default:
        return .fault(fault(bytes, at: place, field: start))
      }
    }
  }

  /// Where a quoted field ends, behind its closing quote; nil where there is none.
  private mutating func quoted(_ bytes: Bytes, from start: Int) -> Int? {
    var place = start + 1
    var hasDoubledQuotes = false
    while let quote = bytes.place(of: 0x22, from: place) {
      if quote + 1 < bytes.count, bytes[quote + 1] == 0x22 {
        hasDoubledQuotes = true
        place = quote + 2
        continue
      }
      hasQuotes = true
      fields.append(
        Field(
          content: (start + 1)..<quote,
          start: start,
          isQuoted: true,
          hasDoubledQuotes: hasDoubledQuotes
        )
      )
      return quote + 1
    }
    return nil
  }

  /// Where a plain field ends: at a separator, a quote or a control character.
  @inline(__always)
  private func plainEnd(_ bytes: Bytes, from start: Int) -> Int {
    var place = start
    while place < bytes.count {
      let byte = bytes[place]
      if byte == separator || byte == 0x22 || (byte < 0x20 && byte != 0x09) { break }
      place += 1
    }
    return place
  }

  private func trimmed(_ bytes: Bytes, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] == 0x20 { start += 1 }
    while start < end, bytes[end - 1] == 0x20 { end -= 1 }
    return start..<end
  }

  private func fault(_ bytes: Bytes, at place: Int, field start: Int) -> LogFault {
    let byte = bytes[place]
    if byte == 0 { return LogFault(.control, at: place, "a NUL byte", expected: "text") }
    if byte == 0x0D {
      return LogFault(
        .control,
        at: place,
        "a carriage return stands in the row",
        expected: "line ends of line feed, or of carriage return and line feed"
      )
    }
    if bytes[start] == 0x22 {
      return LogFault(
        .quote,
        at: start,
        "text follows the closing quote of a field",
        expected: "a separator or the end of the row",
        hint: "a quote inside quotes is written twice"
      )
    }
    if byte == 0x22 {
      return LogFault(
        .quote,
        at: start,
        "a quote stands in a field without quotes",
        expected: "the whole field in quotes, and each quote in it doubled"
      )
    }
    return LogFault(
      .control,
      at: place,
      "a control character stands in the row",
      expected: "printable text"
    )
  }

  static func unclosed(at start: Int) -> LogFault {
    LogFault(
      .quote,
      at: start,
      "the quote that opens a field is not closed",
      expected: "a closing \""
    )
  }

  /// Whether there is nothing in any field.
  var isBlank: Bool { fields.allSatisfy { $0.content.isEmpty && !$0.isQuoted } }

  /// The value of a field, its doubled quotes made single.
  @inline(__always)
  func value(_ field: Field, of bytes: Bytes, in arena: TextArena) -> Bytes {
    let content = Bytes(rebasing: bytes[field.content])
    if !field.hasDoubledQuotes { return content }
    let room = arena.allocate(content.count)
    var (index, used) = (0, 0)
    while index < content.count {
      room[used] = content[index]
      used += 1
      index += content[index] == 0x22 ? 2 : 1
    }
    return Bytes(rebasing: room[..<used])
  }
}
