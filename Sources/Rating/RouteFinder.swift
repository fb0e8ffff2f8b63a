public import CreditCore

/// Finds the pattern of one request after another, and what each fills into its route.
///
/// Nearly every target is a plain path, which one walk down the trie finds. All others, and those
/// that no pattern matches at once, go the way of ``RouteMatcher`` and ``RoutePath``: the result
/// is the same.
public final class RouteFinder {
  public private(set) var match: RouteMatcher.Match?
  /// Tells the routes of a finder apart: the trie's node, or below zero what the path was parted
  /// into.
  public private(set) var route = 0
  /// The method of the request, whatever the case of its letters.
  public private(set) var method = MethodName(.absent)
  /// What the request fills in, joined by slashes; absent without any.
  ///
  /// Valid as long as the target, and until the next is looked for.
  public private(set) var arguments = Bytes.absent

  private let matcher: RouteMatcher
  private let path: RoutePath
  private let bases: UnsafeMutableBufferPointer<Bytes>
  private let nodes: UnsafeMutableBufferPointer<RouteMatcher.TrieNode>
  private let edges: UnsafeMutableBufferPointer<RouteMatcher.Edge>
  private let segments: UnsafeMutableBufferPointer<UInt8>
  private let routes: UnsafeMutableBufferPointer<RouteMatcher.Route>
  /// Arguments of which there are several.
  private var joined = ByteText()

  /// `path`: parts what is not plain; several finders may share it.
  public init(_ matcher: RouteMatcher, _ path: RoutePath) {
    self.matcher = matcher
    self.path = path
    bases = .copy(of: matcher.basePaths.map { Bytes(.copy(of: $0)) })
    nodes = .copy(of: matcher.nodes)
    edges = .copy(of: matcher.edges)
    segments = .copy(of: matcher.segments)
    routes = .copy(of: matcher.routes)
  }

  deinit {
    for base in bases { base.deallocate() }
    bases.deallocate()
    nodes.deallocate()
    edges.deallocate()
    segments.deallocate()
    routes.deallocate()
    joined.deallocate()
  }

  /// Looks for a request; `bodyField` is asked only where a pattern has a condition on the body.
  public func find(
    method: Bytes,
    target: Bytes,
    bodyField: (String) -> String? = { _ in nil }
  ) {
    self.method = MethodName(method)
    if !walk(target, bodyField) { search(method, target, bodyField) }
  }

  /// The text of a target's route; valid until the next call.
  public func routeText(of target: Bytes) -> Bytes {
    path.part(
      RoutePlace(target, basePaths: matcher.basePaths),
      match.map { matcher.patterns[$0.pattern] }
    )
    return path.route
  }

  private func search(
    _ method: Bytes,
    _ target: Bytes,
    _ bodyField: (String) -> String?
  ) {
    let place = RoutePlace(target, basePaths: matcher.basePaths)
    match = matcher.match(method: method, place, bodyField: bodyField)
    path.part(place, match.map { matcher.patterns[$0.pattern] })
    route = -1 - path.routeNumber
    arguments = path.arguments
  }

  // MARK: The plain way

  /// False, and nothing is found, where a closer look is needed.
  private func walk(_ target: Bytes, _ bodyField: (String) -> String?) -> Bool {
    guard target.first == UInt8(ascii: "/") else { return false }
    var (offset, isFollowed) = start(of: target)
    var node = 0
    arguments = .absent
    while isFollowed, offset < target.count {
      guard let segment = target.plainSegment(at: offset, below: node), segment.end > offset else {
        return false
      }
      let child =
        nodes[node].literals & RouteMatcher.TrieNode.bit(of: segment.hash) == 0
        ? -1 : literal(below: node, segment, target, from: offset)
      if child >= 0 {
        node = child
      } else if nodes[node].placeholder >= 0 {
        take(Bytes(rebasing: target[offset..<segment.end]), limit: target.count)
        node = Int(nodes[node].placeholder)
      } else {
        return false
      }
      isFollowed = segment.isFollowed
      offset = isFollowed ? segment.end &+ 1 : segment.end
    }
    return takeRoute(of: node, target, pathEnd: offset, bodyField)
  }

  /// Takes the route of the node where a path ends; false where it has none for the request.
  @inline(__always)
  private func takeRoute(
    of node: Int,
    _ target: Bytes,
    pathEnd: Int,
    _ bodyField: (String) -> String?
  ) -> Bool {
    let first = Int(nodes[node].firstRoute)
    for place in first..<(first + Int(nodes[node].routeCount)) {
      let route = routes[place]
      guard route.method.isAny || route.method == method else { continue }
      if route.conditionCount > 0 {
        let query =
          pathEnd == target.count ? Bytes.absent : Bytes(rebasing: target[(pathEnd + 1)...])
        // A fragment is no part of the query.
        if query.contains(UInt8(ascii: "#")) { return false }
        guard matcher.holds(route, query, bodyField) else { continue }
      }
      match = RouteMatcher.Match(operation: Int(route.operation), pattern: Int(route.pattern))
      self.route = node
      return true
    }
    return false
  }

  /// Behind the slash and the base path that a target starts with, and whether a path follows.
  @inline(__always)
  private func start(of target: Bytes) -> (offset: Int, isFollowed: Bool) {
    for base in bases where base.count < target.count {
      let end = base.count + 1
      guard base.equals(Bytes(rebasing: target[1..<end])) else { continue }
      if end == target.count || target[end] == UInt8(ascii: "?") { return (end, false) }
      if target[end] == UInt8(ascii: "/") { return (end + 1, true) }
    }
    return (1, true)
  }

  @inline(__always)
  private func literal(
    below node: Int,
    _ segment: PlainSegment,
    _ target: Bytes,
    from offset: Int
  ) -> Int {
    let count = segment.end &- offset
    var slot = Int(truncatingIfNeeded: segment.hash) & (edges.count &- 1)
    while edges[slot].parent >= 0 {
      if edges[slot].hash == segment.hash, edges[slot].parent == node,
        Int(edges[slot].count) == count, edges[slot].first == segment.first,
        // Of sixteen bytes, the hash and the first eight leave nothing open.
        count <= 16 || isSpelled(edges[slot], like: Bytes(rebasing: target[offset..<segment.end]))
      {
        return Int(edges[slot].child)
      }
      slot = (slot &+ 1) & (edges.count &- 1)
    }
    return -1
  }

  private func isSpelled(_ edge: RouteMatcher.Edge, like segment: Bytes) -> Bool {
    let known = Bytes(segments)[Int(edge.offset)...].prefix(segment.count)
    return Bytes(rebasing: known).equals(segment)
  }

  @inline(__always)
  private func take(_ argument: Bytes, limit: Int) {
    if arguments.isAbsent {
      arguments = argument
    } else {
      join(argument, limit: limit)
    }
  }

  private func join(_ argument: Bytes, limit: Int) {
    if arguments.baseAddress != joined.bytes.baseAddress {
      joined.reserve(limit)
      joined.set(arguments)
    }
    joined.append(0x2F)
    for byte in argument { joined.append(byte) }
    arguments = joined.bytes
  }
}

extension UnsafeMutableBufferPointer {
  fileprivate static func copy(of elements: [Element]) -> Self {
    let copy = allocate(capacity: elements.count)
    _ = copy.initialize(fromContentsOf: elements)
    return copy
  }
}
