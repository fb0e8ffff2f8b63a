public import CreditCore

/// Reads the YAML and JSON that people write, strictly and with positions.
///
/// Both become the same ``Node``: no key may stand twice, nothing is typed by guessing, values
/// nest at most 64 deep, and anchors, aliases and tags are refused.
public enum Document {
  public enum Format: Sendable {
    case yaml
    case json
  }

  /// How deep values may nest.
  public static let depthLimit = 64

  /// The value of a whole text.
  ///
  /// - Parameters:
  ///   - source: the text.
  ///   - format: nil to tell by the name's ending, else by the first character.
  /// - Returns: its root.
  /// - Throws: a ``Diagnostic`` at the first place where the text is not what it should be.
  public static func parse(_ source: SourceText, format: Format? = nil) throws(Diagnostic) -> Node {
    try checkEncoding(of: source)
    switch format ?? detectFormat(of: source) {
    case .json:
      var scanner = JSONScanner(source: source)
      return try scanner.document()
    case .yaml:
      return try YAMLReader.document(source)
    }
  }

  static func detectFormat(of source: SourceText) -> Format {
    let name = source.name.lowercased()
    if name.hasSuffix(".json") { return .json }
    if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return .yaml }
    let first = source.bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .yaml
  }

  private static func checkEncoding(of source: SourceText) throws(Diagnostic) {
    let start = SourceMark(source: source, line: 1, column: 1)
    let head = source.bytes.prefix(4)
    if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) {
      throw Diagnostic("the text is UTF-16", at: start, expected: "UTF-8")
    }
    guard let offset = firstInvalidUTF8(in: source.bytes) else { return }
    let before = source.bytes[..<offset]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? source.start
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
    throw Diagnostic(
      "byte 0x\(String(source.bytes[offset], radix: 16, uppercase: true)) is not UTF-8",
      at: SourceMark(source: source, line: line, column: column),
      expected: "a text in UTF-8"
    )
  }

  private static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    // ASCII is valid, and most files are nothing else.
    if bytes.allSatisfy({ $0 < 0x80 }) { return nil }
    if bytes.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) }) != nil {
      return nil
    }
    var offset = 0
    while offset < bytes.count {
      let length = (1...4).first { length in
        offset + length <= bytes.count
          && String(validating: bytes[offset..<(offset + length)], as: UTF8.self) != nil
      }
      guard let length else { return offset }
      offset += length
    }
    return nil
  }
}

/// The first key that stands twice, with the line of its first appearance.
func repeatedKey(in entries: [Node.Entry]) -> (key: Node.Key, firstLine: Int)? {
  if entries.count <= 16 {
    for index in entries.indices.dropFirst() {
      let key = entries[index].key
      if let first = entries[..<index].first(where: { $0.key.text == key.text }) {
        return (key, Int(first.key.place.line))
      }
    }
    return nil
  }
  var lines: [String: Int] = [:]
  for entry in entries {
    if let first = lines.updateValue(Int(entry.key.place.line), forKey: entry.key.text) {
      return (entry.key, first)
    }
  }
  return nil
}

func refuseRepeatedKey(in entries: [Node.Entry]) throws(Diagnostic) {
  guard let (key, line) = repeatedKey(in: entries) else { return }
  throw Diagnostic(
    "key \"\(clipped(key.text))\" stands twice",
    at: key.mark,
    expected: "each key once; it already stands in line \(line)"
  )
}
