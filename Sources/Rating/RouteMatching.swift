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
    let (path, query, isEncoded) = Self.split(target)
    if isEncoded {
      let decoded = Self.decodedSegments(path)
      return decoded.withUnsafeBufferPointer { search(method, $0, query, bodyField) }
    }
    return search(method, path, query, bodyField)
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

  /// The path without scheme and host, the query without `?` and fragment, and whether a `%`
  /// stands in the path.
  static func split(
    _ target: UnsafeBufferPointer<UInt8>
  ) -> (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>, isEncoded: Bool) {
    var start = 0
    if let first = target.first, first != UInt8(ascii: "/") { start = hostEnd(of: target) }
    var end = start
    var isEncoded = false
    scan: while end < target.count {
      switch target[end] {
      case UInt8(ascii: "?"), UInt8(ascii: "#"): break scan
      case UInt8(ascii: "%"): isEncoded = true
      default: break
      }
      end += 1
    }
    let path = UnsafeBufferPointer(rebasing: target[start..<end])
    if end == target.count {
      return (path, UnsafeBufferPointer(rebasing: target[end...]), isEncoded)
    }
    let rest = target[(target[end] == UInt8(ascii: "?") ? end + 1 : end)...]
    let queryEnd = rest.firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex
    return (path, UnsafeBufferPointer(rebasing: rest[..<queryEnd]), isEncoded)
  }

  /// Where the path of a whole URL starts; 0 where there is no scheme.
  private static func hostEnd(of target: UnsafeBufferPointer<UInt8>) -> Int {
    guard let colon = target.firstIndex(of: UInt8(ascii: ":")), colon + 2 < target.count,
      target[colon + 1] == UInt8(ascii: "/"), target[colon + 2] == UInt8(ascii: "/"),
      target[..<colon].allSatisfy({ ($0 | 0x20) &- 0x61 < 26 })
    else { return 0 }
    let host = target[(colon + 3)...]
    return host.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? target.count
  }

  /// The path with `%XX` decoded, except `%2F`, which does not part segments.
  static func decodedSegments(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < path.count {
      if path[index] == UInt8(ascii: "%"), index + 2 < path.count,
        let high = hexValue(path[index + 1]), let low = hexValue(path[index + 2]),
        high * 16 + low != UInt8(ascii: "/")
      {
        result.append(high * 16 + low)
        index += 3
      } else {
        result.append(path[index])
        index += 1
      }
    }
    return result
  }

  private func search(
    _ method: UnsafeBufferPointer<UInt8>,
    _ path: UnsafeBufferPointer<UInt8>,
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
            return find(node: 0, at: start(of: path), search, bodyField)
          }
        }
      }
    }
  }

  /// Where the first segment behind slashes and base path starts.
  func start(of path: UnsafeBufferPointer<UInt8>) -> Int {
    var start = 0
    while start < path.count, path[start] == UInt8(ascii: "/") { start += 1 }
    for base in basePaths {
      if let behind = Self.stripped(base, from: path, at: start) { return behind }
    }
    return start
  }

  /// Where the path goes on behind a base path, or nil where it does not start with it.
  private static func stripped(
    _ base: [UInt8],
    from path: UnsafeBufferPointer<UInt8>,
    at start: Int
  ) -> Int? {
    var offset = start
    for byte in base {
      guard offset < path.count, path[offset] == byte else { return nil }
      offset += 1
      if byte != UInt8(ascii: "/") { continue }
      while offset < path.count, path[offset] == byte { offset += 1 }
    }
    guard offset == path.count || path[offset] == UInt8(ascii: "/") else { return nil }
    while offset < path.count, path[offset] == UInt8(ascii: "/") { offset += 1 }
    return offset
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
    var hash = SegmentHash(node: node)
    var end = offset
    while end < path.count, path[end] != UInt8(ascii: "/") {
      hash.add(path[end])
      end += 1
    }
    var next = end
    while next < path.count, path[next] == UInt8(ascii: "/") { next += 1 }
    let child = literalChild(of: node, offset..<end, hash.finished, search)
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

  private func holds(
    _ route: Route,
    _ query: UnsafeBufferPointer<UInt8>,
    _ bodyField: (String) -> String?
  ) -> Bool {
    let first = Int(route.firstCondition)
    return conditions[first..<(first + Int(route.conditionCount))].allSatisfy { condition in
      let value =
        Self.queryValue(condition.name, in: query)
        ?? (condition.place == .body ? bodyField(condition.name) : nil)
      guard let value, !value.isEmpty else { return false }
      return condition.values?.contains(value) ?? true
    }
  }

  private static func queryValue(
    _ name: String,
    in query: UnsafeBufferPointer<UInt8>
  ) -> String? {
    for item in query.split(separator: UInt8(ascii: "&")) {
      let parts = item.split(
        separator: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard let key = parts.first, key.elementsEqual(name.utf8) else { continue }
      guard parts.count == 2 else { return "" }
      return decodedText(Array(parts[1]))
    }
    return nil
  }

  private static func decodedText(_ bytes: [UInt8]) -> String {
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
    return String(decoding: result, as: UTF8.self)
  }
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
