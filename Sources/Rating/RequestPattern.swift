/// Which requests an operation stands for: `POST /sequences/{id}/contacts`, with conditions.
///
/// Methods and literal segments may list alternatives (`GET|POST /lookup/person|company`),
/// `{name}` stands for one segment, a last `**` for one or more, and `*` for every method.
public struct RequestPattern: Sendable, Equatable {
  public enum Segment: Sendable, Equatable {
    case literals([String])
    case placeholder(String)
    case rest
  }

  /// Something a query item or a body field must say.
  public struct Condition: Sendable, Equatable {
    public enum Place: String, Sendable {
      case query
      /// A field of the request body, or a query item of the same name.
      case body
    }

    public var place: Place
    public var name: String
    /// The values allowed; nil for any that is not empty.
    public var values: [String]?

    public init(place: Place, name: String, values: [String]?) {
      self.place = place
      self.name = name
      self.values = values
    }
  }

  /// How many paths the alternatives of one pattern may make.
  private static let alternativeLimit = 1_000

  /// Upper case; empty for every method.
  public var methods: [String]
  public var segments: [Segment]
  public var conditions: [Condition]
  /// As written in the book.
  public var text: String

  /// Why a text is not a pattern.
  public struct Fault: Error {
    public let message: String
    public let expected: String
  }

  public init(_ text: String) throws(Fault) {
    self.text = text
    guard let space = text.firstIndex(of: " ") else {
      throw Fault(
        message: "\"\(text)\" names no method",
        expected: "METHOD /path, such as POST /contacts"
      )
    }
    methods = try Self.methods(String(text[..<space]))
    let target = text[text.index(after: space)...]
    guard target.hasPrefix("/") else {
      throw Fault(message: "the path \"\(target)\" starts without /", expected: "METHOD /path")
    }
    let parts = target.split(separator: "?", maxSplits: 1)
    segments = []
    let path = parts.first.map(String.init) ?? "/"
    if path.contains("//") || path.contains("#") {
      throw Fault(
        message: "the path \"\(path)\" has an empty segment or a fragment",
        expected: "METHOD /path"
      )
    }
    for part in path.split(separator: "/") {
      if segments.last == .rest {
        throw Fault(message: "** is not the last segment", expected: "** at the end of a path")
      }
      segments.append(try Self.segment(String(part)))
    }
    let alternatives = segments.reduce(into: 1) { count, segment in
      if case .literals(let words) = segment, count <= Self.alternativeLimit {
        count *= words.count
      }
    }
    if alternatives > Self.alternativeLimit {
      throw Fault(
        message: "the alternatives make more than \(Self.alternativeLimit) paths",
        expected: "fewer of them, or several patterns"
      )
    }
    conditions = []
    if parts.count == 2 {
      for item in parts[1].split(separator: "&") {
        guard let equals = item.firstIndex(of: "=") else {
          throw Fault(message: "condition \"\(item)\" has no value", expected: "name=value|value")
        }
        conditions.append(
          Condition(
            place: .query,
            name: String(item[..<equals]),
            values: Self.values(String(item[item.index(after: equals)...]))
          )
        )
      }
    }
  }

  /// The values that `a|b` or `{any}` allow.
  public static func values(_ text: String) -> [String]? {
    text == "{any}" ? nil : text.split(separator: "|").map(String.init)
  }

  private static func methods(_ text: String) throws(Fault) -> [String] {
    if text == "*" { return [] }
    let methods = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    for method in methods
    where method.isEmpty || !method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
      throw Fault(
        message: "\"\(method)\" is not a method",
        expected: "a method in capitals, or *"
      )
    }
    return methods
  }

  private static func segment(_ text: String) throws(Fault) -> Segment {
    if text == "**" { return .rest }
    if text.hasPrefix("{"), text.hasSuffix("}"), text.count > 2 {
      return .placeholder(String(text.dropFirst().dropLast()))
    }
    let literals = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    if literals.contains(where: { $0.isEmpty || $0.contains { "{}*".contains($0) } }) {
      throw Fault(
        message: "segment \"\(text)\" is not readable",
        expected: "a word, words joined by |, {name}, or ** at the end"
      )
    }
    return .literals(literals)
  }

  /// The paths that the pattern's alternatives stand for, one literal a segment.
  var expandedPaths: [[Segment]] {
    segments.reduce([[]]) { paths, segment in
      guard case .literals(let literals) = segment else { return paths.map { $0 + [segment] } }
      return paths.flatMap { path in literals.map { path + [.literals([$0])] } }
    }
  }
}

extension RequestPattern: CustomStringConvertible {
  /// As written in the book, with its conditions on the body: `POST /x with type=llm`.
  public var description: String {
    let conditions = conditions.filter { $0.place == .body }.map { condition in
      "\(condition.name)=\(condition.values?.joined(separator: "|") ?? "{any}")"
    }
    return conditions.isEmpty ? text : text + " with " + conditions.joined(separator: ", ")
  }
}
