import CreditCore

/// Finds the operation of a request: a trie over path segments, built once for a book.
///
/// Host, base path, trailing slash, the letter case of the method and the query (except where a
/// pattern names it) do not matter. The most specific pattern wins: segment by segment a literal
/// before a placeholder before `**`, then more conditions before fewer, then a named method
/// before `*`. The trie lies in flat arrays of plain numbers, so that a match neither allocates
/// nor counts references.
public struct RouteMatcher: Sendable {
  /// What a request matched.
  public struct Match: Sendable, Equatable {
    /// The operation's place in the book.
    public let operation: Int
    /// The pattern's place among all patterns of the book, in the book's order.
    public let pattern: Int
  }

  /// Two patterns that some request cannot tell apart.
  public struct Collision: Sendable {
    public let first: Int
    public let second: Int
  }

  struct TrieNode {
    var placeholder: Int32 = -1
    var rest: Int32 = -1
    /// Of `routes`, the most specific first.
    var firstRoute: Int32 = 0
    var routeCount: Int32 = 0
    /// A bit for each literal segment below, by its hash: most others are seen to be none without
    /// a look at the edges.
    var literals: UInt64 = 0

    @inline(__always)
    static func bit(of hash: UInt64) -> UInt64 { 1 &<< (hash &>> 58) }
  }

  /// A literal segment that leads from a node to another.
  struct Edge {
    var parent: Int32 = -1
    var child: Int32 = -1
    var hash: UInt64 = 0
    /// The first eight bytes of the segment, padded with zeros.
    var first: UInt64 = 0
    /// Where the segment stands in `segments`.
    var offset: Int32 = 0
    var count: Int32 = 0
  }

  /// A condition as bytes, which a request is compared with as it stands.
  struct Condition {
    var place: RequestPattern.Condition.Place
    var name: String
    /// Nil for any value that is not empty.
    var values: [[UInt8]]?

    init(_ condition: RequestPattern.Condition) {
      place = condition.place
      name = condition.name
      values = condition.values?.map { Array($0.utf8) }
    }
  }

  struct Route {
    var method: MethodName
    var firstCondition: Int32
    var conditionCount: Int32
    var operation: Int32
    var pattern: Int32
  }

  public let patterns: [RequestPattern]
  /// Patterns that stand for the same requests, for `prices lint`.
  public let collisions: [Collision]
  let nodes: [TrieNode]
  /// Open addressing over a power of two; a free place has no parent.
  let edges: [Edge]
  let segments: [UInt8]
  let routes: [Route]
  let conditions: [Condition]
  /// Without slashes at their ends.
  public let basePaths: [[UInt8]]

  public init(basePaths: [String], routes: [(pattern: RequestPattern, operation: Int)]) {
    var builder = TrieBuilder(routes.map(\.pattern))
    for (index, route) in routes.enumerated() {
      builder.insert(route.pattern, Match(operation: route.operation, pattern: index))
    }
    self.basePaths = basePaths.map { base in
      Array(base.split(separator: "/").joined(separator: "/").utf8)
    }
    patterns = routes.map(\.pattern)
    collisions = builder.collisions
    edges = builder.edges
    segments = builder.segments
    var nodes = builder.nodes
    var flat: [Route] = []
    var conditions: [Condition] = []
    for (place, routes) in builder.routes.enumerated() {
      nodes[place].firstRoute = Int32(flat.count)
      nodes[place].routeCount = Int32(routes.count)
      for route in routes {
        flat.append(
          Route(
            method: route.method,
            firstCondition: Int32(conditions.count),
            conditionCount: Int32(route.conditions.count),
            operation: Int32(route.match.operation),
            pattern: Int32(route.match.pattern)
          )
        )
        conditions += route.conditions.map { Condition($0) }
      }
    }
    self.nodes = nodes
    self.routes = flat
    self.conditions = conditions
  }
}

/// Puts patterns into a trie.
private struct TrieBuilder {
  struct Route {
    let method: MethodName
    let conditions: [RequestPattern.Condition]
    let match: RouteMatcher.Match

    /// More conditions count more, then named values, then a named method.
    var specificity: [Int] {
      [conditions.count, conditions.count { $0.values != nil }, method.isAny ? 0 : 1]
    }
  }

  var nodes = [RouteMatcher.TrieNode()]
  /// Of each node, the most specific first.
  var routes: [[Route]] = [[]]
  var edges: [RouteMatcher.Edge]
  var segments: [UInt8] = []
  var collisions: [RouteMatcher.Collision] = []

  init(_ patterns: [RequestPattern]) {
    let literals = patterns.reduce(0) { total, pattern in
      total + pattern.expandedPaths.reduce(0) { $0 + $1.count }
    }
    var capacity = 64
    while capacity < literals * 2 { capacity *= 2 }
    edges = Array(repeating: RouteMatcher.Edge(), count: capacity)
  }

  mutating func insert(_ pattern: RequestPattern, _ match: RouteMatcher.Match) {
    for path in pattern.expandedPaths {
      var node = 0
      for segment in path {
        switch segment {
        case .literals(let words): node = child(of: node, literal: Array((words.first ?? "").utf8))
        case .placeholder: node = child(of: node, \.placeholder)
        case .rest: node = child(of: node, \.rest)
        }
      }
      for method in pattern.methods.isEmpty ? [""] : pattern.methods {
        let name = Array(method.utf8).withUnsafeBufferPointer { MethodName($0) }
        insert(Route(method: name, conditions: pattern.conditions, match: match), at: node)
      }
    }
  }

  private mutating func insert(_ route: Route, at node: Int) {
    for twin in routes[node]
    where twin.method == route.method && Self.overlap(twin.conditions, route.conditions) {
      collisions.append(
        RouteMatcher.Collision(first: twin.match.pattern, second: route.match.pattern)
      )
    }
    let place = routes[node].firstIndex {
      $0.specificity.lexicographicallyPrecedes(route.specificity)
    }
    routes[node].insert(route, at: place ?? routes[node].endIndex)
  }

  /// Whether conditions name the same items with a value in common.
  private static func overlap(
    _ left: [RequestPattern.Condition],
    _ right: [RequestPattern.Condition]
  ) -> Bool {
    left.count == right.count
      && left.allSatisfy { condition in
        right.contains { other in
          guard condition.name == other.name else { return false }
          guard let a = condition.values, let b = other.values else {
            return condition.values == nil && other.values == nil
          }
          return a.contains { b.contains($0) }
        }
      }
  }

  private mutating func addNode() -> Int32 {
    nodes.append(RouteMatcher.TrieNode())
    routes.append([])
    return Int32(nodes.count - 1)
  }

  private mutating func child(
    of node: Int,
    _ kind: WritableKeyPath<RouteMatcher.TrieNode, Int32>
  ) -> Int {
    if nodes[node][keyPath: kind] < 0 { nodes[node][keyPath: kind] = addNode() }
    return Int(nodes[node][keyPath: kind])
  }

  private mutating func child(of node: Int, literal: [UInt8]) -> Int {
    let finished = literal.withUnsafeBufferPointer { literal in
      literal.segment(at: 0, below: node).hash
    }
    var slot = Int(truncatingIfNeeded: finished) & (edges.count - 1)
    while edges[slot].parent >= 0 {
      let edge = edges[slot]
      let known = segments[Int(edge.offset)..<Int(edge.offset + edge.count)]
      if edge.parent == node, known.elementsEqual(literal) { return Int(edge.child) }
      slot = (slot + 1) & (edges.count - 1)
    }
    let child = addNode()
    edges[slot] = RouteMatcher.Edge(
      parent: Int32(node),
      child: child,
      hash: finished,
      first: literal.withUnsafeBufferPointer { $0.word(at: 0) },
      offset: Int32(segments.count),
      count: Int32(literal.count)
    )
    segments += literal
    nodes[node].literals |= RouteMatcher.TrieNode.bit(of: finished)
    return Int(child)
  }
}

/// A method in capitals, as a number: the first 16 bytes, which is more than any method has.
public struct MethodName: Equatable, Sendable {
  private let first: UInt64
  private let second: UInt64

  /// An empty method stands for every one.
  var isAny: Bool { first == 0 && second == 0 }

  @inline(__always)
  public init(_ bytes: UnsafeBufferPointer<UInt8>) {
    first = Self.capitals(bytes.word(at: 0))
    second = bytes.count > 8 ? Self.capitals(bytes.word(at: 8)) : 0
  }

  /// What tells a method from others.
  public var words: (UInt64, UInt64) { (first, second) }

  /// Letters lose the bit that makes them small ones.
  @inline(__always)
  private static func capitals(_ word: UInt64) -> UInt64 {
    word & ~((word & 0x4040_4040_4040_4040) >> 1)
  }
}
