public import CreditCore

/// One value of a YAML or JSON text, with its place in it.
public struct Node: Sendable {
  public enum Content: Sendable {
    /// A scalar as written, unquoted. What it means is the reader's business, never a guess:
    /// only a scalar that was not quoted can be a number or a boolean.
    case scalar(String, quoted: Bool)
    /// Nothing, `~` or `null`.
    case null
    case sequence([Node])
    /// Entries in the order written; no key stands twice.
    case mapping([Entry])
  }

  /// A key and its value; the key's own place is `key.mark`.
  public struct Entry: Sendable {
    public var key: Key
    public var value: Node

    public init(key: Key, value: Node) {
      self.key = key
      self.value = value
    }
  }

  public struct Key: Sendable {
    public var text: String
    let place: Place

    public var mark: SourceMark { place.mark(width: text.unicodeScalars.count) }
  }

  public var content: Content
  let place: Place

  init(_ content: Content, at place: Place) {
    self.content = content
    self.place = place
  }

  /// A value put in place of another, such as one end of a range.
  public func replacing(_ content: Content) -> Node { Node(content, at: place) }

  /// The entry of a key that the text itself does not have, at this node's place.
  public func key(named text: String) -> Key { Key(text: text, place: place) }

  public var mark: SourceMark {
    guard case .scalar(let text, let quoted) = content else { return place.mark(width: 1) }
    return place.mark(width: text.unicodeScalars.count + (quoted ? 2 : 0))
  }

  public func diagnostic(
    _ message: String,
    expected: String? = nil,
    hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(message, at: mark, expected: expected, hint: hint)
  }
}

/// A position kept small, because a large campaign file has a million of them.
struct Place: Sendable {
  let source: SourceText
  let line: Int32
  let column: Int32

  func mark(width: Int) -> SourceMark {
    SourceMark(source: source, line: Int(line), column: Int(column), width: width)
  }
}

extension Node {
  public var isNull: Bool {
    if case .null = content { true } else { false }
  }

  /// `a mapping`, `the text "x"`, …: what the value is, for messages.
  public var kindDescription: String {
    switch content {
    case .scalar(let text, true): "the text \"\(clipped(text))\""
    case .scalar(let text, false): "\"\(clipped(text))\""
    case .null: "nothing"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  public func entries(of what: String) throws(Diagnostic) -> [Entry] {
    guard case .mapping(let entries) = content else {
      throw diagnostic("\(what) is \(kindDescription)", expected: "keys and values")
    }
    return entries
  }

  public func elements(of what: String) throws(Diagnostic) -> [Node] {
    guard case .sequence(let elements) = content else {
      throw diagnostic("\(what) is \(kindDescription)", expected: "a list")
    }
    return elements
  }

  /// A non-empty text, quoted or not.
  public func string(of what: String) throws(Diagnostic) -> String {
    guard case .scalar(let text, _) = content else {
      throw diagnostic("\(what) is \(kindDescription)", expected: "a text")
    }
    if text.isEmpty { throw diagnostic("\(what) is empty", expected: "a text") }
    return text
  }

  /// `true` or `false`, and none of YAML's other words for them.
  public func boolean(of what: String) throws(Diagnostic) -> Bool {
    switch content {
    case .scalar("true", quoted: false): return true
    case .scalar("false", quoted: false): return false
    default:
      throw diagnostic("\(what) is \(kindDescription)", expected: "true or false")
    }
  }

  /// A finite decimal number of zero or more, written without quotes.
  ///
  /// `alternative` is what else could stand there, and `isShare` whether a percentage is meant
  /// for a share of 1.
  public func amount(
    of what: String,
    or alternative: String? = nil,
    isShare: Bool = false
  ) throws(Diagnostic) -> ExactDecimal {
    let number = try decimal(of: what, or: alternative, isShare: isShare)
    if number.isNegative {
      throw diagnostic("\(what) is \(number), below zero", expected: "a number of zero or more")
    }
    return number
  }

  private func decimal(
    of what: String,
    or alternative: String?,
    isShare: Bool
  ) throws(Diagnostic) -> ExactDecimal {
    var expected: String { "a number" + (alternative.map { ", " + $0 } ?? "") }
    guard case .scalar(let text, let quoted) = content, !text.isEmpty else {
      throw diagnostic("\(what) is \(kindDescription)", expected: expected)
    }
    if quoted {
      let isNumber = (try? ExactDecimal(text)) != nil
      throw diagnostic(
        "\(what) is \(kindDescription)",
        expected: expected,
        hint: isNumber
          ? "write \(clipped(text)) without quotes" : numberHint(text, isShare: isShare)
      )
    }
    do {
      return try ExactDecimal(text)
    } catch {
      switch error {
      case .notFinite:
        throw diagnostic("\(what) is \(clipped(text))", expected: "a finite number")
      case .tooLong:
        throw diagnostic(
          "\(what) is too long to be held exactly",
          expected: "at most 38 digits"
        )
      case .notANumber:
        throw diagnostic(
          "\(what) is \"\(clipped(text))\"",
          expected: expected,
          hint: numberHint(text, isShare: isShare)
        )
      }
    }
  }
}

/// How a text that people write for a number is written here.
func numberHint(_ text: String, isShare: Bool) -> String? {
  if text.hasSuffix("%"), let share = try? ExactDecimal(String(text.dropLast())),
    let hundredth = try? share.divided(by: ExactDecimal(100), places: share.scale + 2)
  {
    return isShare ? "write \(hundredth)" : nil
  }
  let groups = text.split(separator: ",", omittingEmptySubsequences: false)
  if groups.count > 1, groups.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) {
    let isGrouped = groups.dropFirst().allSatisfy { $0.count == 3 } && !groups[0].isEmpty
    return isGrouped
      ? "write \(groups.joined()), without a thousands separator"
      : groups.count == 2 ? "write \(groups.joined(separator: ".")), with a point" : nil
  }
  if text.hasSuffix("k"), let thousands = try? ExactDecimal(String(text.dropLast())),
    let number = try? thousands * ExactDecimal(1_000)
  {
    return "write \(number)"
  }
  for separator in ["..", "-"] {
    let ends = text.components(separatedBy: separator)
    if ends.count == 2, ends.allSatisfy({ (try? ExactDecimal($0)) != nil }) {
      return "write [\(ends[0]), \(ends[1])]"
    }
  }
  let candidates = [
    text.replacing("_", with: ""), text.replacing(" ", with: ""),
    String(text.drop { $0 == "0" }), String(text.drop { $0 == "+" }), "0" + text,
  ]
  return candidates.first { (try? ExactDecimal($0)) != nil }.map { "write \($0)" }
}

extension String {
  /// The parts between a separator, empty ones too.
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}

func clipped(_ text: String) -> String {
  let shown = printable(text.unicodeScalars.prefix(40))
  return text.unicodeScalars.count > 40 ? shown + "…" : shown
}

extension Node {
  /// The value at a JSON Pointer, or nil where there is none.
  public subscript(pointer: JSONPointer) -> Node? {
    var node = self
    for token in pointer.tokens {
      switch node.content {
      case .mapping(let entries):
        guard let entry = entries.first(where: { $0.key.text == token }) else { return nil }
        node = entry.value
      case .sequence(let elements):
        guard let index = Int(token), elements.indices.contains(index) else { return nil }
        node = elements[index]
      case .scalar, .null:
        return nil
      }
    }
    return node
  }
}
