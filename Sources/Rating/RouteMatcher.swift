/// Finds the operation of a request: a trie over path segments, built once for a book.
///
/// Host, base path, trailing slash, the letter case of the method and the query (except where a
/// pattern names it) do not matter. The most specific pattern wins: segment by segment a literal
/// before a placeholder before `**`, then more conditions before fewer.
public struct RouteMatcher: Sendable {
  /// What a request matched.
  public struct Match: Sendable, Equatable {
    /// The operation's place in the book.
    public let operation: Int
    /// The pattern's place among all patterns of the book, in the book's order.
    public let pattern: Int
  }

  /// Two patterns that no request can tell apart.
  public struct Collision: Sendable {
    public let first: Int
    public let second: Int
  }

  struct Route: Sendable {
    let method: [UInt8]
    let conditions: [RequestPattern.Condition]
    let match: Match

    /// More conditions count more, and a named value more than any value.
    var specificity: Int { conditions.reduce(0) { $0 + ($1.values == nil ? 2 : 3) } }
  }

  struct TrieNode: Sendable {
    var placeholder: Int32 = -1
    var rest: Int32 = -1
    /// The most specific first.
    var routes: [Route] = []
  }

  struct Edge: Sendable {
    var parent: Int32 = -1
    var child: Int32 = -1
    var hash: UInt64 = 0
    var segment: [UInt8] = []
  }

  public let patterns: [RequestPattern]
  /// Patterns that stand for the same requests, for `prices lint`.
  public private(set) var collisions: [Collision] = []
  private(set) var nodes: [TrieNode] = [TrieNode()]
  /// Literal edges of all nodes, open addressing over a power of two.
  private(set) var edges: [Edge]
  let basePaths: [[[UInt8]]]

  public init(basePaths: [String], routes: [(pattern: RequestPattern, operation: Int)]) {
    self.basePaths = basePaths.map { $0.split(separator: "/").map { Array($0.utf8) } }
    patterns = routes.map(\.pattern)
    let literals = routes.reduce(0) { total, route in
      total + route.pattern.expandedPaths.reduce(0) { $0 + $1.count }
    }
    var capacity = 64
    while capacity < literals * 4 { capacity *= 2 }
    edges = Array(repeating: Edge(), count: capacity)
    for (index, route) in routes.enumerated() {
      let match = Match(operation: route.operation, pattern: index)
      for path in route.pattern.expandedPaths { insert(route.pattern, path: path, match) }
    }
  }

  private mutating func insert(
    _ pattern: RequestPattern,
    path: [RequestPattern.Segment],
    _ match: Match
  ) {
    var node = 0
    for segment in path {
      switch segment {
      case .literals(let words): node = literalChild(of: node, Array((words.first ?? "").utf8))
      case .placeholder: node = Int(child(of: node, \.placeholder))
      case .rest: node = Int(child(of: node, \.rest))
      }
    }
    for method in pattern.methods.isEmpty ? [""] : pattern.methods {
      let route = Route(method: Array(method.utf8), conditions: pattern.conditions, match: match)
      if let twin = nodes[node].routes.first(where: {
        $0.method == route.method && Self.same($0.conditions, route.conditions)
      }) {
        collisions.append(Collision(first: twin.match.pattern, second: match.pattern))
      }
      let place = nodes[node].routes.firstIndex { $0.specificity < route.specificity }
      nodes[node].routes.insert(route, at: place ?? nodes[node].routes.endIndex)
    }
  }

  private static func same(
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

  private mutating func child(of node: Int, _ kind: WritableKeyPath<TrieNode, Int32>) -> Int32 {
    if nodes[node][keyPath: kind] < 0 {
      nodes[node][keyPath: kind] = Int32(nodes.count)
      nodes.append(TrieNode())
    }
    return nodes[node][keyPath: kind]
  }

  private mutating func literalChild(of node: Int, _ segment: [UInt8]) -> Int {
    let hash = segment.reduce(hashSeed(node)) { mixed($0, $1) }
    var slot = Int(truncatingIfNeeded: finished(hash)) & (edges.count - 1)
    while edges[slot].child >= 0 {
      if edges[slot].parent == node, edges[slot].segment == segment {
        return Int(edges[slot].child)
      }
      slot = (slot + 1) & (edges.count - 1)
    }
    edges[slot] = Edge(
      parent: Int32(node),
      child: Int32(nodes.count),
      hash: hash,
      segment: segment
    )
    nodes.append(TrieNode())
    return nodes.count - 1
  }
}

/// FNV-1a over the segment, started apart for every node.
@inline(__always)
func hashSeed(_ node: Int) -> UInt64 {
  0xCBF2_9CE4_8422_2325 ^ (UInt64(truncatingIfNeeded: node) &* 0x9E37_79B9_7F4A_7C15)
}

@inline(__always)
func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
  (hash ^ UInt64(byte)) &* 0x100_0000_01B3
}

@inline(__always)
func finished(_ hash: UInt64) -> UInt64 { hash ^ (hash >> 32) }
