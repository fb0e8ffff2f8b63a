public import CreditCore

/// Writes JSON in the order given, numbers exactly as the decimals they are.
///
/// Objects and lists nested deeper than `openDepth` stay on one line, so that a line of an
/// estimate is a line of text.
public struct JSONWriter {
  public private(set) var bytes: [UInt8] = []
  private let openDepth: Int
  private var depth = 0
  private var needsComma = false

  public init(openDepth: Int = 2, capacity: Int = 0) {
    self.openDepth = openDepth
    bytes.reserveCapacity(capacity)
  }

  /// The document, its last line ended.
  public mutating func finished() -> [UInt8] {
    bytes.append(UInt8(ascii: "\n"))
    defer { bytes = [] }
    return bytes
  }

  /// What was written so far, for a document that is handed on in pieces.
  public mutating func piece() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  public mutating func object(_ body: (inout JSONWriter) -> Void) { container("{", "}", body) }

  public mutating func list(_ body: (inout JSONWriter) -> Void) { container("[", "]", body) }

  /// The values of a list, each written by `write`.
  public mutating func list<Element>(
    _ elements: some Sequence<Element>,
    _ write: (inout JSONWriter, Element) -> Void
  ) {
    list { json in
      for element in elements { json.element { write(&$0, element) } }
    }
  }

  /// One value of a list.
  public mutating func element(_ write: (inout JSONWriter) -> Void) {
    separate()
    write(&self)
    needsComma = true
  }

  /// One value on a line of its own.
  public mutating func line(_ write: (inout JSONWriter) -> Void) {
    write(&self)
    needsComma = false
    bytes.append(UInt8(ascii: "\n"))
  }

  public mutating func field(_ key: StaticString, _ write: (inout JSONWriter) -> Void) {
    self.key(key)
    write(&self)
    needsComma = true
  }

  // Not inlined, as all that writes bytes: a thousand copies are no faster, and long to compile.

  /// The name of a field, whose value follows.
  @inline(never)
  public mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  /// A field whose name is no part of the format.
  @inline(never)
  public mutating func field(named key: String, _ write: (inout JSONWriter) -> Void) {
    separate()
    text(key)
    bytes.append(UInt8(ascii: ":"))
    write(&self)
    needsComma = true
  }

  public mutating func field(_ key: StaticString, _ text: String?) {
    self.key(key)
    self.text(text)
    needsComma = true
  }

  public mutating func field(_ key: StaticString, _ number: ExactDecimal?) {
    self.key(key)
    self.number(number)
    needsComma = true
  }

  /// As RFC 3339 has it.
  public mutating func field(_ key: StaticString, _ instant: Instant?) {
    self.key(key)
    needsComma = true
    guard let instant else { return raw("null") }
    bytes.append(UInt8(ascii: "\""))
    instant.write(into: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  public mutating func field(_ key: StaticString, _ truth: Bool?) {
    field(key) { $0.raw(truth.map { $0 ? "true" : "false" } ?? "null") }
  }

  @inline(never)
  public mutating func text(_ text: String?) {
    guard let text else { return raw("null") }
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.withContiguousStorageIfAvailable({ write($0) }) == nil {
      Array(text.utf8).withUnsafeBufferPointer { write($0) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func write(_ utf8: Bytes) {
    var start = 0
    if !utf8.isPlain {
      for (index, byte) in utf8.enumerated()
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
        appendEscape(byte)
        start = index + 1
      }
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
  }

  private mutating func appendEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    if byte >= 0x20 { return bytes.append(byte) }
    let digits = String(byte, radix: 16)
    bytes.append(contentsOf: "u00\(byte < 16 ? "0" : "")\(digits)".utf8)
  }

  /// At most six decimals, half up.
  @inline(never)
  public mutating func number(_ number: ExactDecimal?) {
    guard let number else { return raw("null") }
    ((try? number.rounded(places: 6)) ?? number).write(into: &bytes)
  }

  @inline(never)
  public mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  @inline(never)
  private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func container(
    _ open: Unicode.Scalar,
    _ close: Unicode.Scalar,
    _ body: (inout JSONWriter) -> Void
  ) {
    begin(open)
    body(&self)
    end(close)
  }

  /// Starts an object or a list, which ``end(_:)`` closes.
  @inline(never)
  public mutating func begin(_ open: Unicode.Scalar) {
    bytes.append(UInt8(ascii: open))
    depth += 1
    needsComma = false
  }

  @inline(never)
  public mutating func end(_ close: Unicode.Scalar) {
    depth -= 1
    if needsComma, depth < openDepth { newLine() }
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  @inline(never)
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    if depth <= openDepth { newLine() }
    needsComma = false
  }

  private mutating func newLine() {
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<depth {
      bytes.append(UInt8(ascii: " "))
      bytes.append(UInt8(ascii: " "))
    }
  }
}

extension JSONWriter {
  public mutating func field(_ key: StaticString, _ range: QuantityRange?) {
    field(key) { json in
      guard let range else { return json.raw("null") }
      json.object { json in
        json.field("low", range.low)
        json.field("expected", range.expected)
        json.field("high", range.high)
      }
    }
  }

  public mutating func field(_ key: StaticString, _ range: CreditRange?) {
    field(key, range?.map(\.decimal))
  }

  public mutating func field(_ key: StaticString, _ credits: Credits?) {
    field(key, credits?.decimal)
  }

  public mutating func field(_ key: StaticString, integer: Int) {
    field(key, ExactDecimal(integer))
  }

  /// A statistic, rounded to `places` decimals; never money.
  public mutating func field(_ key: StaticString, statistic: Double?, places: Int) {
    field(key, statistic.map { Statistic.decimal($0, places: places) })
  }
}

/// Floating-point results as decimals that can be printed.
enum Statistic {
  static func decimal(_ value: Double, places: Int) -> ExactDecimal {
    let factor = (0..<places).reduce(1.0) { power, _ in power * 10 }
    return ExactDecimal(significand: Int128((value * factor).rounded()), scale: places)
  }

  /// A share as a percentage without decimals: `87 %`; what is nearly all or nothing says so.
  static func percent(_ share: Double) -> String {
    if share > 0, share < 0.01 { return "under 1 %" }
    if share < 1, share > 0.99 { return "over 99 %" }
    return "\(Int((share * 100).rounded())) %"
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Whether a JSON text holds them as they are.
  fileprivate var isPlain: Bool {
    var offset = 0
    while offset < count {
      let word = word(at: offset)
      // Behind the end there are zeros, which are none of the text.
      let bytes = count - offset >= 8 ? UInt64.max : 1 << UInt64(8 * (count - offset)) - 1
      let low = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
      let marks =
        word.bytes(equalTo: UInt8(ascii: "\"")) | word.bytes(equalTo: UInt8(ascii: "\\"))
      if (low | marks) & bytes != 0 { return false }
      offset += 8
    }
    return true
  }
}
