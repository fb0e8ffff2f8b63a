extension RouteMatcher {
  /// - Parameters:
  ///   - target: a path or a whole URL, with or without base path and query.
  ///   - bodyField: the text of a field of the request body; asked only where a pattern has a
  ///     condition on it.
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
    let (path, query) = Self.split(target)
    if path.contains(UInt8(ascii: "%")) {
      let decoded = Self.decodedSegments(path)
      return decoded.withUnsafeBufferPointer {
        search(Search(method: method, path: $0, query: query), bodyField)
      }
    }
    return search(Search(method: method, path: path, query: query), bodyField)
  }

  private struct Search {
    let method: UnsafeBufferPointer<UInt8>
    let path: UnsafeBufferPointer<UInt8>
    let query: UnsafeBufferPointer<UInt8>
  }

  /// The path without scheme and host, and the query without `?` and fragment.
  private static func split(
    _ target: UnsafeBufferPointer<UInt8>
  ) -> (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) {
    var start = 0
    if let first = target.first, first != UInt8(ascii: "/"),
      let colon = target.firstIndex(of: UInt8(ascii: ":")), colon + 2 < target.count,
      target[colon + 1] == UInt8(ascii: "/"), target[colon + 2] == UInt8(ascii: "/")
    {
      start = colon + 3
      while start < target.count, ![0x2F, 0x3F, 0x23].contains(target[start]) { start += 1 }
    }
    var end = start
    while end < target.count, target[end] != 0x3F, target[end] != 0x23 { end += 1 }
    var queryEnd = end
    while queryEnd < target.count, target[queryEnd] != 0x23 { queryEnd += 1 }
    let queryStart = min(end + 1, queryEnd)
    return (
      UnsafeBufferPointer(rebasing: target[start..<end]),
      UnsafeBufferPointer(rebasing: target[queryStart..<queryEnd])
    )
  }

  /// The path with `%XX` decoded, except `%2F`, which does not part segments.
  private static func decodedSegments(_ path: UnsafeBufferPointer<UInt8>) -> [UInt8] {
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

  private func search(_ search: Search, _ bodyField: (String) -> String?) -> Match? {
    var start = 0
    while start < search.path.count, search.path[start] == UInt8(ascii: "/") { start += 1 }
    for base in basePaths {
      if let behind = Self.stripped(base, from: search.path, at: start) {
        start = behind
        break
      }
    }
    return find(node: 0, at: start, search, bodyField)
  }

  private static func stripped(
    _ base: [[UInt8]],
    from path: UnsafeBufferPointer<UInt8>,
    at start: Int
  ) -> Int? {
    var offset = start
    for segment in base {
      guard offset + segment.count <= path.count else { return nil }
      for (index, byte) in segment.enumerated() where path[offset + index] != byte { return nil }
      offset += segment.count
      guard offset == path.count || path[offset] == UInt8(ascii: "/") else { return nil }
      while offset < path.count, path[offset] == UInt8(ascii: "/") { offset += 1 }
    }
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
    var hash = hashSeed(node)
    var end = offset
    while end < path.count, path[end] != UInt8(ascii: "/") {
      hash = mixed(hash, path[end])
      end += 1
    }
    var next = end
    while next < path.count, path[next] == UInt8(ascii: "/") { next += 1 }
    let segment = UnsafeBufferPointer(rebasing: path[offset..<end])
    if let child = literalChild(of: node, segment, hash: hash),
      let match = find(node: child, at: next, search, bodyField)
    {
      return match
    }
    let placeholder = nodes[node].placeholder
    if placeholder >= 0,
      let match = find(node: Int(placeholder), at: next, search, bodyField)
    {
      return match
    }
    let rest = nodes[node].rest
    return rest >= 0 ? route(of: Int(rest), search, bodyField) : nil
  }

  private func literalChild(
    of node: Int,
    _ segment: UnsafeBufferPointer<UInt8>,
    hash: UInt64
  ) -> Int? {
    edges.withUnsafeBufferPointer { edges in
      let mask = edges.count - 1
      var slot = Int(truncatingIfNeeded: finished(hash)) & mask
      while edges[slot].child >= 0 {
        if edges[slot].hash == hash, edges[slot].parent == node,
          edges[slot].segment.elementsEqual(segment)
        {
          return Int(edges[slot].child)
        }
        slot = (slot + 1) & mask
      }
      return nil
    }
  }

  private func route(
    of node: Int,
    _ search: Search,
    _ bodyField: (String) -> String?
  ) -> Match? {
    for route in nodes[node].routes
    where route.method.isEmpty || Self.equalIgnoringCase(route.method, search.method) {
      let holds = route.conditions.allSatisfy { condition in
        let value =
          Self.queryValue(condition.name, in: search.query)
          ?? (condition.place == .body ? bodyField(condition.name) : nil)
        guard let value, !value.isEmpty else { return false }
        return condition.values?.contains(value) ?? true
      }
      if holds { return route.match }
    }
    return nil
  }

  private static func equalIgnoringCase(
    _ method: [UInt8],
    _ given: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard method.count == given.count else { return false }
    for index in 0..<method.count {
      let byte = given[index]
      let upper = (0x61...0x7A).contains(byte) ? byte - 0x20 : byte
      if method[index] != upper { return false }
    }
    return true
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
