public import CreditCore

/// Parts the path of a request into what its route says and what one call fills in.
///
/// `/api/v1/sequences/seq_1/contacts/` is the route `/sequences/{}/contacts` with the argument
/// `seq_1`: host, base path, query, doubled and trailing slashes do not matter. Where no pattern
/// matches, segments that look like ids are taken for arguments.
public struct RoutePath {
  /// How many different routes without a pattern are told apart; the rest is one, `/**`.
  public static let unknownRouteLimit = 1_000

  public private(set) var route: [UInt8] = []
  /// Joined by slashes; empty without any.
  public private(set) var arguments: [UInt8] = []
  private var unknownRoutes: Set<[UInt8]> = []

  public init() {
    route.reserveCapacity(256)
    arguments.reserveCapacity(256)
  }

  public mutating func part(
    _ target: Bytes,
    _ match: RouteMatcher.Match?,
    _ matcher: RouteMatcher
  ) {
    route.removeAll(keepingCapacity: true)
    arguments.removeAll(keepingCapacity: true)
    let (path, _, isEncoded) = RouteMatcher.split(target)
    if isEncoded {
      let decoded = RouteMatcher.decodedSegments(path)
      decoded.withUnsafeBufferPointer { fill($0, match, matcher) }
    } else {
      fill(path, match, matcher)
    }
    if match == nil { limitUnknown() }
  }

  private mutating func fill(
    _ path: Bytes,
    _ match: RouteMatcher.Match?,
    _ matcher: RouteMatcher
  ) {
    var offset = matcher.start(of: path)
    if let match {
      for segment in matcher.patterns[match.pattern].segments where offset < path.count {
        switch segment {
        case .literals:
          offset = take(path, offset, intoRoute: true)
        case .placeholder:
          offset = take(path, offset, intoRoute: false)
        case .rest:
          route.append(contentsOf: [0x2F, 0x2A, 0x2A])
          while offset < path.count { offset = takeArgument(path, offset) }
        }
      }
    } else {
      while offset < path.count {
        offset = take(path, offset, intoRoute: !Self.looksLikeID(path, offset))
      }
    }
    if route.isEmpty { route.append(0x2F) }
  }

  /// Takes the segment at `offset`, and gives the place of the next.
  @inline(__always)
  private mutating func take(_ path: Bytes, _ offset: Int, intoRoute: Bool) -> Int {
    route.append(0x2F)
    if !intoRoute {
      route.append(0x7B)
      route.append(0x7D)
      return takeArgument(path, offset)
    }
    var end = offset
    while end < path.count, path[end] != 0x2F { end += 1 }
    route.append(contentsOf: path[offset..<end])
    return Self.behindSlashes(path, end)
  }

  @inline(__always)
  private mutating func takeArgument(_ path: Bytes, _ offset: Int) -> Int {
    var end = offset
    while end < path.count, path[end] != 0x2F { end += 1 }
    if !arguments.isEmpty { arguments.append(0x2F) }
    arguments.append(contentsOf: path[offset..<end])
    return Self.behindSlashes(path, end)
  }

  @inline(__always)
  private static func behindSlashes(_ path: Bytes, _ offset: Int) -> Int {
    var offset = offset
    while offset < path.count, path[offset] == 0x2F { offset += 1 }
    return offset
  }

  /// Whether a segment is all digits, or long with a digit in it, or very long.
  private static func looksLikeID(_ path: Bytes, _ offset: Int) -> Bool {
    var (digits, count) = (0, 0)
    for byte in path[offset...] {
      if byte == 0x2F { break }
      count += 1
      if byte &- 0x30 < 10 { digits += 1 }
    }
    return digits == count || count > 32 || (digits > 0 && count >= 6)
  }

  private mutating func limitUnknown() {
    if unknownRoutes.contains(route) { return }
    if unknownRoutes.count < Self.unknownRouteLimit, route.count <= 256 {
      unknownRoutes.insert(route)
      return
    }
    var path: [UInt8] = []
    var rest = arguments.split(separator: 0x2F, omittingEmptySubsequences: false)[...]
    for segment in route.split(separator: 0x2F) {
      if !path.isEmpty { path.append(0x2F) }
      path += segment.elementsEqual([0x7B, 0x7D]) ? rest.popFirst() ?? [] : segment
    }
    route = Array("/**".utf8)
    arguments = path
  }
}
