public import CreditCore

/// Where in the target of a request its path and query lie, without scheme, host, fragment and
/// base path.
public struct RoutePlace {
  /// Without `?`.
  let query: Bytes
  private let path: Bytes
  /// Where the first segment starts.
  private let start: Int
  /// The path with `%XX` decoded, where it has any.
  private let decoded: [UInt8]?

  /// The place of a path or a whole URL, with or without base path and query.
  public init(_ target: Bytes, basePaths: [[UInt8]]) {
    var begin = 0
    if let first = target.first, first != UInt8(ascii: "/") { begin = Self.hostEnd(of: target) }
    var end = begin
    var isEncoded = false
    scan: while end < target.count {
      let byte = target[end]
      // All three marks, and little else, are below the digits.
      if byte < 0x40 {
        switch byte {
        case UInt8(ascii: "?"), UInt8(ascii: "#"): break scan
        case UInt8(ascii: "%"): isEncoded = true
        default: break
        }
      }
      end += 1
    }
    path = Bytes(rebasing: target[begin..<end])
    query = end == target.count ? .absent : Self.query(target, from: end)
    if isEncoded {
      let segments = Self.decodedSegments(path)
      start = segments.withUnsafeBufferPointer { Self.start(of: $0, basePaths) }
      decoded = segments
    } else {
      start = Self.start(of: path, basePaths)
      decoded = nil
    }
  }

  /// Hands the decoded path and the place of its first segment to `body`.
  @inline(__always)
  func withPath<Result>(_ body: (Bytes, Int) -> Result) -> Result {
    if let decoded { return decoded.withUnsafeBufferPointer { body($0, start) } }
    return body(path, start)
  }

  private static func query(_ target: Bytes, from end: Int) -> Bytes {
    let rest = target[(target[end] == UInt8(ascii: "?") ? end + 1 : end)...]
    let queryEnd = rest.firstIndex(of: UInt8(ascii: "#")) ?? rest.endIndex
    return Bytes(rebasing: rest[..<queryEnd])
  }

  /// Where the path of a whole URL starts; 0 where there is no scheme.
  private static func hostEnd(of target: Bytes) -> Int {
    guard let colon = target.firstIndex(of: UInt8(ascii: ":")), colon + 2 < target.count,
      target[colon + 1] == UInt8(ascii: "/"), target[colon + 2] == UInt8(ascii: "/"),
      target[..<colon].allSatisfy({ ($0 | 0x20) &- 0x61 < 26 })
    else { return 0 }
    let host = target[(colon + 3)...]
    return host.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? target.count
  }

  /// The path with `%XX` decoded, except `%2F`, which does not part segments.
  private static func decodedSegments(_ path: Bytes) -> [UInt8] {
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

  private static func start(of path: Bytes, _ basePaths: [[UInt8]]) -> Int {
    var start = 0
    while start < path.count, path[start] == UInt8(ascii: "/") { start += 1 }
    for base in basePaths {
      let behind = base.withUnsafeBufferPointer { stripped($0, from: path, at: start) }
      if behind >= 0 { return behind }
    }
    return start
  }

  /// Where the path goes on behind a base path, or -1 where it does not start with it.
  private static func stripped(_ base: Bytes, from path: Bytes, at start: Int) -> Int {
    var offset = start
    for byte in base {
      guard offset < path.count, path[offset] == byte else { return -1 }
      offset += 1
      if byte != UInt8(ascii: "/") { continue }
      while offset < path.count, path[offset] == byte { offset += 1 }
    }
    guard offset == path.count || path[offset] == UInt8(ascii: "/") else { return -1 }
    while offset < path.count, path[offset] == UInt8(ascii: "/") { offset += 1 }
    return offset
  }
}
