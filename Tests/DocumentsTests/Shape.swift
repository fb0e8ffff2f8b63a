import CreditCore
import Documents

/// A value without its places, so that two texts can be compared.
indirect enum Shape: Equatable, Sendable {
  case null
  case scalar(String, quoted: Bool)
  case list([Shape])
  case mapping([Pair])

  struct Pair: Equatable, Sendable {
    var key: String
    var value: Shape
  }

  init(_ node: Node) {
    switch node.content {
    case .null: self = .null
    case .scalar(let text, let quoted): self = .scalar(text, quoted: quoted)
    case .sequence(let elements): self = .list(elements.map { Shape($0) })
    case .mapping(let entries):
      self = .mapping(entries.map { Pair(key: $0.key.text, value: Shape($0.value)) })
    }
  }
}

func source(_ text: String, name: String = "file") -> SourceText {
  SourceText(name: name, bytes: Array(text.utf8))
}

func parse(_ text: String, _ format: Document.Format) throws -> Node {
  try Document.parse(source(text), format: format)
}

/// The first fault of a text; nil where there is none.
func firstFault(of text: SourceText, _ format: Document.Format? = nil) -> Diagnostic? {
  do throws(Diagnostic) {
    _ = try Document.parse(text, format: format)
    return nil
  } catch {
    return error
  }
}

func firstFault(of text: String, _ format: Document.Format) -> Diagnostic? {
  firstFault(of: source(text), format)
}
