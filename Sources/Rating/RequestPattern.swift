/// Which requests an operation stands for: `POST /sequences/{id}/contacts`, with conditions.
///
/// Methods and literal segments may list alternatives (`GET|POST /lookup/person|company`),
/// `{name}` stands for one segment, a last `**` for one or more, and `*` for every method.
public struct RequestPattern: Sendable, Equatable {
  public enum Segment: Sendable, Equatable {
    case literals([String])
    case placeholder(String)
    case rest

    /// Whether it has no alternatives.
    var isSingle: Bool {
      if case .literals(let words) = self { return words.count == 1 }
      return true
    }
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
    guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")) else {
      throw Fault(
        message: "\"\(text)\" names no method",
        expected: "METHOD /path, such as POST /contacts"
      )
    }
    methods = try Self.methods(text[..<space])
    let target = text[text.utf8.index(after: space)...]
    guard target.utf8.first == UInt8(ascii: "/") else {
      throw Fault(message: "the path \"\(target)\" starts without /", expected: "METHOD /path")
    }
    let parts = target.parted(by: "?", most: 1)
    segments = []
    let path = parts.first ?? "/"
    let names = path.parted(by: "/", keepingEmpty: true).dropFirst()
    if names.dropLast().contains(where: \.isEmpty) || path.utf8.contains(UInt8(ascii: "#")) {
      throw Fault(
        message: "the path \"\(path)\" has an empty segment or a fragment",
        expected: "METHOD /path"
      )
    }
    for part in names where !part.isEmpty {
      if segments.last == .rest {
        throw Fault(message: "** is not the last segment", expected: "** at the end of a path")
      }
      segments.append(try Self.segment(part))
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
      for item in parts[1].parted(by: "&") {
        guard let equals = item.utf8.firstIndex(of: UInt8(ascii: "=")) else {
          throw Fault(message: "condition \"\(item)\" has no value", expected: "name=value|value")
        }
        conditions.append(
          Condition(
            place: .query,
            name: String(item[..<equals]),
            values: Self.values(String(item[item.utf8.index(after: equals)...]))
          )
        )
      }
    }
  }

  /// The values that `a|b` or `{any}` allow.
  public static func values(_ text: String) -> [String]? {
    text == "{any}" ? nil : text[...].parted(by: "|").map(String.init)
  }

  private static func methods(_ text: Substring) throws(Fault) -> [String] {
    if text == "*" { return [] }
    let methods = text.parted(by: "|", keepingEmpty: true).map(String.init)
    for method in methods
    where method.isEmpty || !method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
      throw Fault(
        message: "\"\(method)\" is not a method",
        expected: "a method in capitals, or *"
      )
    }
    return methods
  }

  private static func segment(_ text: Substring) throws(Fault) -> Segment {
    if text == "**" { return .rest }
    let bytes = text.utf8
    if bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count > 2 {
      return .placeholder(String(Substring(bytes.dropFirst().dropLast())))
    }
    let literals = text.parted(by: "|", keepingEmpty: true).map(String.init)
    if literals.contains(where: { $0.isEmpty || $0.utf8.contains(where: isMark) }) {
      throw Fault(
        message: "segment \"\(text)\" is not readable",
        expected: "a word, words joined by |, {name}, or ** at the end"
      )
    }
    return .literals(literals)
  }

  /// Whether a byte would mean something else than itself.
  private static func isMark(_ byte: UInt8) -> Bool {
    [UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "*")].contains(byte)
  }

  /// The paths that the pattern's alternatives stand for, one literal a segment.
  var expandedPaths: [[Segment]] {
    if segments.allSatisfy(\.isSingle) { return [segments] }
    return segments.reduce([[]]) { paths, segment in
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

extension Substring {
  /// Its parts between marks of ASCII: by bytes, which costs far less than by characters.
  fileprivate func parted(
    by mark: Unicode.Scalar,
    most: Int = .max,
    keepingEmpty: Bool = false
  ) -> [Substring] {
    utf8.split(
      separator: UInt8(ascii: mark),
      maxSplits: most,
      omittingEmptySubsequences: !keepingEmpty
    ).map { Substring($0) }
  }
}
