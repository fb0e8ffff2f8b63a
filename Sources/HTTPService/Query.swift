import CreditCore

/// The query of a request, whose items a route lists.
struct Query: Sendable {
  private let items: [(name: String, value: String)]
  private static let limit = 32

  /// Throws ``Fault`` for text that is not percent-encoded UTF-8, for an item that the route does
  /// not have, and for more than 32.
  init(_ text: Substring, of parameters: [Parameter]) throws(Fault) {
    var items: [(name: String, value: String)] = []
    for part in text.utf8.split(separator: UInt8(ascii: "&")) {
      let parts = part.split(
        separator: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard let name = percentDecoded(parts[0]),
        let value = percentDecoded(parts.count > 1 ? parts[1] : "".utf8[...])
      else { throw .badRequest("the query is not percent-encoded UTF-8") }
      guard let parameter = parameters.first(where: { $0.name == name }) else {
        let near = nearest(to: name, among: parameters.map(\.name))
        let hint = near.map { "; did you mean \($0)?" } ?? ""
        throw .badRequest("there is no parameter \(printable(name))\(hint)", field: name)
      }
      if !parameter.mayRepeat, items.contains(where: { $0.name == name }) {
        throw .badRequest("\(name) is there twice", field: name)
      }
      try parameter.require(value)
      items.append((name, value))
      if items.count > Self.limit { throw .badRequest("more than \(Self.limit) query items") }
    }
    self.items = items
  }

  /// Nil where the item is not there, or empty.
  subscript(name: String) -> String? {
    items.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  func all(_ name: String) -> [String] {
    items.filter { $0.name == name && !$0.value.isEmpty }.map(\.value)
  }

  /// What `read` makes of an item; throws ``Fault`` where that is nil.
  func value<Value>(
    _ name: String,
    expected: String,
    _ read: (String) -> Value?
  ) throws(Fault) -> Value? {
    guard let text = self[name] else { return nil }
    if let value = read(text) { return value }
    throw .badRequest("\(name)=\(printable(text)): expected \(expected)", field: name)
  }
}

/// A query item that a route understands.
struct Parameter: Sendable {
  enum Shape: Sendable {
    case text
    case integer(ClosedRange<Int>)
    case choice([String])
    /// A text whose form a regular expression of the document gives; its route knows more.
    case form(String)
    /// An RFC 3339 time.
    case instant
  }

  var name: String
  var about: String
  var shape: Shape
  var isRequired: Bool
  var mayRepeat: Bool
  var example: String?

  init(
    _ name: String,
    _ about: String,
    _ shape: Shape = .text,
    isRequired: Bool = false,
    mayRepeat: Bool = false,
    example: String? = nil
  ) {
    self.name = name
    self.about = about
    self.shape = shape
    self.isRequired = isRequired
    self.mayRepeat = mayRepeat
    self.example = example
  }

  /// Throws ``Fault`` for a value that is none of those that there are; an empty one is none.
  func require(_ value: String) throws(Fault) {
    switch shape {
    case .text: return
    case .form, .instant:
      if value.isEmpty { throw .badRequest("\(name) is empty", field: name) }
    case .integer(let range):
      let isWhole = !value.isEmpty && value.utf8.allSatisfy { $0 &- 0x30 < 10 }
      if isWhole, let number = Int(value), range.contains(number) { return }
      let ends = "\(range.lowerBound) to \(range.upperBound)"
      throw .badRequest("\(name)=\(printable(value)): expected \(ends)", field: name)
    case .choice(let words):
      if words.contains(value) { return }
      let known = words.filter { !$0.isEmpty }.joined(separator: ", ")
      let near = nearest(to: value, among: words).map { "; did you mean \($0)?" } ?? ""
      throw .badRequest(
        "\(name)=\(printable(value)): expected one of \(known)\(near)",
        field: name
      )
    }
  }
}

/// The text of `%41+b`; nil where it is not UTF-8, or a percent sign stands alone.
func percentDecoded(_ text: Substring.UTF8View) -> String? {
  var bytes: [UInt8] = []
  var rest = text.makeIterator()
  while let byte = rest.next() {
    switch byte {
    case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      guard let high = rest.next().flatMap(nibble), let low = rest.next().flatMap(nibble) else {
        return nil
      }
      bytes.append(high << 4 | low)
    default: bytes.append(byte)
    }
  }
  return String(validating: bytes, as: UTF8.self)
}

private func nibble(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 0x30...0x39: digit - 0x30
  case 0x41...0x46: digit - 0x41 + 10
  case 0x61...0x66: digit - 0x61 + 10
  default: nil
  }
}
