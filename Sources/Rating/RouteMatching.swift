import CreditCore

extension RouteMatcher {
  /// The pattern that a request matches, or nil.
  ///
  /// `target` is a path or a whole URL, with or without base path and query. `bodyField` gives
  /// the text of a field of the request body, and is asked only where a pattern has a condition
  /// on it.
  public func match(
    method: String,
    target: String,
    bodyField: (String) -> String? = { _ in nil }
  ) -> Match? {
    var method = method
    var target = target
    return method.withUTF8 { method in
      target.withUTF8 { match(method: method, target: $0, bodyField: bodyField) }
    }
  }

  /// As above, over the bytes of a log line.
  public func match(
    method: UnsafeBufferPointer<UInt8>,
    target: UnsafeBufferPointer<UInt8>,
    bodyField: (String) -> String? = { _ in nil }
  ) -> Match? {
    match(method: method, RoutePlace(target, basePaths: basePaths), bodyField: bodyField)
  }

  /// As above, where the target's parts were found before.
  public func match(
    method: UnsafeBufferPointer<UInt8>,
    _ place: RoutePlace,
    bodyField: (String) -> String? = { _ in nil }
  ) -> Match? {
    place.withPath { path, start in search(method, path, start, place.query, bodyField) }
  }

  /// One look-up, over the trie's memory.
  private struct Search {
    let nodes: UnsafeBufferPointer<TrieNode>
    let edges: UnsafeBufferPointer<Edge>
    let segments: UnsafeBufferPointer<UInt8>
    let routes: UnsafeBufferPointer<Route>
    let method: MethodName
    let path: UnsafeBufferPointer<UInt8>
    let query: UnsafeBufferPointer<UInt8>
  }

  private func search(
    _ method: UnsafeBufferPointer<UInt8>,
    _ path: UnsafeBufferPointer<UInt8>,
    _ start: Int,
    _ query: UnsafeBufferPointer<UInt8>,
    _ bodyField: (String) -> String?
  ) -> Match? {
    nodes.withUnsafeBufferPointer { nodes in
      edges.withUnsafeBufferPointer { edges in
        segments.withUnsafeBufferPointer { segments in
          routes.withUnsafeBufferPointer { routes in
            let search = Search(
              nodes: nodes,
              edges: edges,
              segments: segments,
              routes: routes,
              method: MethodName(method),
              path: path,
              query: query
            )
            return find(node: 0, at: start, search, bodyField)
          }
        }
      }
    }
  }

  /// The best route below `node` for the path from `offset` on, which is not at a slash.
  private func find(
    node: Int,
    at offset: Int,
    _ search: Search,
    _ bodyField: (String) -> String?
  ) -> Match? {
    let path = search.path
    if offset >= path.count { return route(of: node, search, bodyField) }
    let (end, hash) = path.segment(at: offset, below: node)
    var next = end
    while next < path.count, path[next] == UInt8(ascii: "/") { next += 1 }
    let child = literalChild(of: node, offset..<end, hash, search)
    if child >= 0, let match = find(node: child, at: next, search, bodyField) { return match }
    let placeholder = Int(search.nodes[node].placeholder)
    if placeholder >= 0, let match = find(node: placeholder, at: next, search, bodyField) {
      return match
    }
    let rest = Int(search.nodes[node].rest)
    return rest >= 0 ? route(of: rest, search, bodyField) : nil
  }

  /// The node that a literal segment leads to, or -1.
  private func literalChild(
    of node: Int,
    _ range: Range<Int>,
    _ hash: UInt64,
    _ search: Search
  ) -> Int {
    let mask = search.edges.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while search.edges[slot].parent >= 0 {
      let edge = search.edges[slot]
      if edge.hash == hash, edge.parent == node, edge.count == range.count,
        isSegment(edge, at: range.lowerBound, search)
      {
        return Int(edge.child)
      }
      slot = (slot + 1) & mask
    }
    return -1
  }

  private func isSegment(_ edge: Edge, at offset: Int, _ search: Search) -> Bool {
    for index in 0..<Int(edge.count)
    where search.segments[Int(edge.offset) + index] != search.path[offset + index] {
      return false
    }
    return true
  }

  private func route(
    of node: Int,
    _ search: Search,
    _ bodyField: (String) -> String?
  ) -> Match? {
    let first = Int(search.nodes[node].firstRoute)
    for place in first..<(first + Int(search.nodes[node].routeCount)) {
      let route = search.routes[place]
      guard route.method.isAny || route.method == search.method else { continue }
      if route.conditionCount == 0 || holds(route, search.query, bodyField) {
        return Match(operation: Int(route.operation), pattern: Int(route.pattern))
      }
    }
    return nil
  }

  func holds(
    _ route: Route,
    _ query: UnsafeBufferPointer<UInt8>,
    _ bodyField: (String) -> String?
  ) -> Bool {
    let first = Int(route.firstCondition)
    return conditions[first..<(first + Int(route.conditionCount))].allSatisfy { condition in
      if let value = Self.queryValue(condition.name, in: query) {
        return condition.allows(item: value)
      }
      guard condition.place == .body, var text = bodyField(condition.name) else { return false }
      return text.withUTF8 { condition.allows($0) }
    }
  }

  /// What the first query item of a name says, as it stands; nil where there is none.
  private static func queryValue(_ name: String, in query: Bytes) -> Bytes? {
    var start = query.startIndex
    while start < query.endIndex {
      let end = query[start...].firstIndex(of: UInt8(ascii: "&")) ?? query.endIndex
      let item = query[start..<end]
      let equals = item.firstIndex(of: UInt8(ascii: "=")) ?? end
      if query[start..<equals].elementsEqual(name.utf8) {
        return Bytes(rebasing: query[min(equals + 1, end)..<end])
      }
      start = end + 1
    }
    return nil
  }
}

extension RouteMatcher.Condition {
  /// Whether a query item says what the condition wants.
  fileprivate func allows(item value: Bytes) -> Bool {
    if value.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) {
      return Self.decoded(value).withUnsafeBufferPointer { allows($0) }
    }
    return allows(value)
  }

  fileprivate func allows(_ value: Bytes) -> Bool {
    if value.isEmpty { return false }
    return values?.contains { $0.elementsEqual(value) } ?? true
  }

  private static func decoded(_ bytes: Bytes) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
      {
        result.append(high * 16 + low)
        index += 3
      } else {
        result.append(bytes[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[index])
        index += 1
      }
    }
    return result
  }
}

func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
