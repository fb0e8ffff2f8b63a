public import CreditCore
import Documents
public import Rating

/// Reads price books in YAML (or JSON), as `pricing/README.md` describes them.
public enum BookReader {
  /// The book of a text; `shipped` finds the book that an override extends, by its provider.
  ///
  /// What is wrong with it is thrown as ``BadInput`` with every fault, in reading order.
  public static func book(
    _ source: SourceText,
    extending shipped: (String) throws(BadInput) -> PriceBook?
  ) throws(BadInput) -> PriceBook {
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    var decoder = BookDecoder()
    guard let book = try decoder.book(root, extending: shipped), decoder.faults.isEmpty else {
      throw BadInput(
        decoder.faults.sorted { ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column) }
      )
    }
    return book
  }
}

/// Takes a book's values out of its nodes and collects every fault on the way.
struct BookDecoder {
  var faults: [Diagnostic] = []
  /// Ids that a `source` may name.
  var sourceIDs: Set<String> = []
  /// Where each request pattern stands; nil for those of the book it extends.
  private var patternMarks: [SourceMark?] = []

  /// Faults after which reading stops.
  private static let faultLimit = 100

  private static let keys = [
    "provider", "version", "effective", "title", "extends", "source", "requests_per_second",
    "base_paths", "sources", "plans", "operations", "learned", "events", "outcomes",
  ]

  mutating func book(
    _ root: Node,
    extending shipped: (String) throws(BadInput) -> PriceBook?
  ) throws(BadInput) -> PriceBook? {
    let what = "a price book"
    if root.isNull {
      faults.append(root.diagnostic("the file is empty", expected: "a price book"))
      return nil
    }
    let fields = Fields(root, of: what, allowed: Self.keys, into: &faults)
    var base: PriceBook?
    if let extended = fields.string("extends", into: &faults) {
      base = try shipped(extended)
      if base == nil, let node = fields["extends"] {
        faults.append(
          node.diagnostic(
            "no shipped book of \"\(extended)\"",
            expected: "the provider graph8",
            hint: nearest(to: extended, among: ["graph8"]).map { "did you mean \($0)?" }
          )
        )
      }
    }
    if base == nil, fields["extends"] != nil { return nil }
    if base == nil {
      for key in ["provider", "requests_per_second", "plans", "operations"] {
        _ = fields.required(key, of: what, into: &faults)
      }
    }
    for key in ["version", "effective"] { _ = fields.required(key, of: what, into: &faults) }
    let sources = self.sources(fields, base)
    let effective = fields.read("effective", into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "effective")
      guard let instant = Instant(text) else {
        throw node.diagnostic(
          "effective is \"\(text)\"",
          expected: "an instant such as 2026-11-01T00:00:00Z"
        )
      }
      return instant
    }
    let rate = requestsPerSecond(fields) ?? base?.requestsPerSecond
    let plans = self.plans(fields, base)
    let operations = self.operations(fields, base, plans: plans.map(\.id))
    guard let rate, let effective,
      let provider = fields.string("provider", into: &faults) ?? base?.provider,
      let version = fields.string("version", into: &faults)
    else { return nil }
    let book = PriceBook(
      provider: provider,
      version: version,
      effective: effective,
      title: fields.string("title", into: &faults) ?? base?.title ?? provider,
      requestsPerSecond: rate,
      basePaths: basePaths(fields) ?? base?.basePaths ?? [],
      sources: sources,
      plans: plans,
      operations: operations,
      learned: learned(fields, base, of: operations),
      events: events(fields, base, of: operations),
      outcomes: outcomes(fields, base, of: operations)
    )
    refuseCollisions(of: book)
    return book
  }

  private mutating func basePaths(_ fields: Fields) -> [String]? {
    fields.list("base_paths", into: &faults)?.compactMap { node in
      attempt { () throws(Diagnostic) in
        let path = try node.string(of: "a base path")
        guard path.hasPrefix("/"), path.utf8.count > 1, path.utf8.last != UInt8(ascii: "/") else {
          throw node.diagnostic("base path \"\(path)\"", expected: "a path such as /api/v1")
        }
        return path
      }
    }
  }

  private mutating func requestsPerSecond(_ fields: Fields) -> Provided<ExactDecimal>? {
    guard let node = fields["requests_per_second"] else { return nil }
    let value = provided(node, "requests_per_second")
    if let value, value.value.isZero {
      faults.append(
        node.diagnostic("requests_per_second is 0", expected: "a number above zero")
      )
      return nil
    }
    return value
  }

  /// A number, or a mapping of its value with where it comes from.
  mutating func provided(_ node: Node, _ what: String) -> Provided<ExactDecimal>? {
    guard case .mapping = node.content else {
      return attempt { () throws(Diagnostic) in
        Provided(
          try node.amount(of: what),
          Provenance(source: "", confidence: .assumed)
        )
      }
    }
    let fields = Fields(
      node,
      of: what,
      allowed: ["value", "source", "confidence", "note", "disputed"],
      into: &faults
    )
    _ = fields.required("value", of: what, into: &faults)
    let provenance = provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    return fields.amount("value", into: &faults).map { Provided($0, provenance) }
  }

  private mutating func sources(_ fields: Fields, _ base: PriceBook?) -> [PriceBook.Source] {
    var sources = base?.sources ?? []
    for entry in fields.mapping("sources", into: &faults) ?? [] {
      let detail = Fields(
        entry.value,
        of: "source \(entry.key.text)",
        allowed: ["title", "rank"],
        into: &faults
      )
      _ = detail.required("title", of: "source \(entry.key.text)", into: &faults)
      sources.removeAll { $0.id == entry.key.text }
      sources.append(
        PriceBook.Source(
          id: entry.key.text,
          title: detail.string("title", into: &faults) ?? "",
          rank: detail.amount("rank", into: &faults) ?? ExactDecimal(99)
        )
      )
    }
    sourceIDs = Set(sources.map(\.id))
    return sources
  }

  /// Where a number comes from; what is not said is as in `fallback`.
  mutating func provenance(_ fields: Fields, fallback: Provenance) -> Provenance {
    var result = fallback
    if let source = fields.string("source", into: &faults), let node = fields["source"] {
      result.source = source
      check(source: source, node)
    }
    if let confidence: Confidence = fields.choice("confidence", into: &faults) {
      result.confidence = confidence
    }
    if let note = fields.string("note", into: &faults) { result.note = note }
    if let disputes = fields.list("disputed", into: &faults) {
      result.disputed = disputes.compactMap { dispute($0) }
    }
    return result
  }

  private mutating func check(source: String, _ node: Node) {
    for part in source.split(separator: ",") {
      let id = String(part.drop { $0 == " " }).trimmingSpaces
      if sourceIDs.contains(id) { continue }
      faults.append(
        node.diagnostic(
          "source \"\(id)\" is not in the book's sources",
          expected: "one of \(sourceIDs.sorted().joined(separator: ", "))",
          hint: nearest(to: id, among: sourceIDs.sorted()).map { "did you mean \($0)?" }
        )
      )
    }
  }

  private mutating func dispute(_ node: Node) -> Dispute? {
    let what = "a dispute"
    let fields = Fields(node, of: what, allowed: ["says", "source", "why"], into: &faults)
    for key in ["says", "source", "why"] { _ = fields.required(key, of: what, into: &faults) }
    guard let says = fields.string("says", into: &faults),
      let source = fields.string("source", into: &faults),
      let why = fields.string("why", into: &faults)
    else { return nil }
    if let node = fields["source"] { check(source: source, node) }
    return Dispute(says: says, source: source, why: why)
  }

  mutating func attempt<Value>(_ body: () throws(Diagnostic) -> Value) -> Value? {
    do throws(Diagnostic) { return try body() } catch {
      faults.append(error)
      return nil
    }
  }
}

extension BookDecoder {
  private mutating func operations(
    _ fields: Fields,
    _ base: PriceBook?,
    plans: [String]
  ) -> [Operation] {
    var operations = base?.operations ?? []
    var marks: [[SourceMark?]] = operations.map { $0.requests.map { _ in nil } }
    var seen: [String: Int] = [:]
    var places = Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($1.id, $0) })
    let nodes = fields.list("operations", into: &faults)
    if base == nil, nodes?.isEmpty == true, let node = fields["operations"] {
      faults.append(node.diagnostic("the book has no operations", expected: "at least one"))
    }
    for node in nodes ?? [] {
      if faults.count >= Self.faultLimit { break }
      guard let (operation, requestMarks) = operation(node, base: base, plans: plans) else {
        continue
      }
      if let line = seen[operation.id] {
        faults.append(
          node.diagnostic(
            "operation \(operation.id) stands twice",
            expected: "it once; it is in line \(line)"
          )
        )
      }
      seen[operation.id] = node.mark.line
      if let place = places[operation.id] {
        operations[place] = operation
        if let requestMarks { marks[place] = requestMarks }
      } else {
        places[operation.id] = operations.count
        operations.append(operation)
        marks.append(requestMarks ?? [])
      }
    }
    patternMarks = marks.flatMap { $0 }
    return operations
  }

  private mutating func refuseCollisions(of book: PriceBook) {
    for collision in book.matcher.collisions {
      let first = book.matcher.patterns[collision.first]
      let owner = book.operations.first { $0.requests.contains(first) }?.id ?? "another operation"
      guard let mark = patternMarks[collision.second] ?? patternMarks[collision.first] else {
        continue
      }
      faults.append(
        Diagnostic(
          "this pattern stands for requests that \"\(first)\" of \(owner) also stands for",
          at: mark,
          expected: "patterns that differ in method, path or conditions"
        )
      )
    }
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    var result = self
    while result.last == " " { result.removeLast() }
    return result
  }
}
