public import CreditCore

/// Parts the path of a request into what its route says and what one call fills in.
///
/// `/api/v1/sequences/seq_1/contacts/` is the route `/sequences/{}/contacts` with the argument
/// `seq_1`: host, base path, query, doubled and trailing slashes do not matter. Where no pattern
/// matches, segments that look like ids are taken for arguments.
public final class RoutePath {
  /// How many different routes without a pattern are told apart; the rest is one, `/**`.
  public static let unknownRouteLimit = 1_000

  private var routeText = ByteText()
  private var argumentText = ByteText()
  /// Of all routes so far; the places of those without a pattern are counted.
  private var numbers: [[UInt8]: Int] = [:]
  private var unknownCount = 0

  public init() {}

  deinit {
    routeText.deallocate()
    argumentText.deallocate()
  }

  /// Valid until the next path is parted.
  public var route: Bytes { routeText.bytes }
  /// Tells routes apart, from 0 on.
  private(set) var routeNumber = 0
  /// Joined by slashes; absent without any.
  ///
  /// Valid until the next path is parted.
  public var arguments: Bytes { argumentText.count == 0 ? .absent : argumentText.bytes }

  /// Parts the path at a place; without one, there is neither route nor argument.
  public func part(_ place: RoutePlace?, _ pattern: RequestPattern?) {
    routeText.count = 0
    argumentText.count = 0
    guard let place else { return }
    place.withPath { path, start in
      routeText.reserve(path.count * 3 + 4)
      argumentText.reserve(path.count + 1)
      if let pattern { fill(path, start, pattern.segments) } else { fillUnknown(path, start) }
    }
    if routeText.count == 0 { routeText.append(0x2F) }
    number(isKnown: pattern != nil)
  }

  private func fill(_ path: Bytes, _ start: Int, _ segments: [RequestPattern.Segment]) {
    var offset = start
    for segment in segments where offset < path.count {
      switch segment {
      case .literals: offset = takeLiteral(path, offset)
      case .placeholder: offset = takePlaceholder(path, offset)
      case .rest:
        for byte in [0x2F, 0x2A, 0x2A] as [UInt8] { routeText.append(byte) }
        while offset < path.count { offset = takeArgument(path, offset) }
      }
    }
  }

  private func fillUnknown(_ path: Bytes, _ start: Int) {
    var offset = start
    while offset < path.count {
      offset =
        Self.looksLikeID(path, offset)
        ? takePlaceholder(path, offset) : takeLiteral(path, offset)
    }
  }

  @inline(__always)
  private func takeLiteral(_ path: Bytes, _ offset: Int) -> Int {
    routeText.append(0x2F)
    var end = offset
    while end < path.count, path[end] != 0x2F {
      routeText.append(path[end])
      end += 1
    }
    return Self.behindSlashes(path, end)
  }

  @inline(__always)
  private func takePlaceholder(_ path: Bytes, _ offset: Int) -> Int {
    for byte in [0x2F, 0x7B, 0x7D] as [UInt8] { routeText.append(byte) }
    return takeArgument(path, offset)
  }

  @inline(__always)
  private func takeArgument(_ path: Bytes, _ offset: Int) -> Int {
    if argumentText.count > 0 { argumentText.append(0x2F) }
    var end = offset
    while end < path.count, path[end] != 0x2F {
      argumentText.append(path[end])
      end += 1
    }
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

  /// Gives the route a number; past the limit, one without a pattern is the route of all others.
  private func number(isKnown: Bool) {
    var route = Array(self.route)
    if let number = numbers[route] {
      routeNumber = number
      return
    }
    if !isKnown {
      if unknownCount < Self.unknownRouteLimit, route.count <= 256 {
        unknownCount += 1
      } else {
        let filled = RoutePath.filled(route: route, arguments: Array(argumentText.bytes))
        route = Array("/**".utf8)
        routeText.set(route)
        argumentText.set(Array(filled.dropFirst()))
      }
    }
    routeNumber = numbers[route] ?? numbers.count
    numbers[route] = routeNumber
  }

  /// The path that a route is with its arguments filled in.
  public static func filled(route: [UInt8], arguments: [UInt8]) -> [UInt8] {
    var rest = arguments.split(separator: 0x2F, omittingEmptySubsequences: false)[...]
    var path: [UInt8] = []
    for segment in route.split(separator: 0x2F) {
      path.append(0x2F)
      if segment.elementsEqual([0x7B, 0x7D]) {
        path += rest.popFirst() ?? []
      } else if segment.elementsEqual([0x2A, 0x2A]) {
        path += rest.joined(separator: [0x2F])
        rest = []
      } else {
        path += segment
      }
    }
    return path.isEmpty ? [0x2F] : path
  }
}

/// Bytes that grow in place.
struct ByteText {
  private var memory: UnsafeMutableBufferPointer<UInt8> = .allocate(capacity: 1_024)
  var count = 0

  var bytes: Bytes { Bytes(rebasing: Bytes(memory)[..<count]) }

  /// Makes room for `capacity` bytes in all, of which none is kept.
  mutating func reserve(_ capacity: Int) {
    if capacity <= memory.count { return }
    memory.deallocate()
    memory = .allocate(capacity: capacity * 2)
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    memory[count] = byte
    count += 1
  }

  /// `bytes`: no part of this text.
  mutating func set(_ bytes: some Collection<UInt8>) {
    reserve(bytes.count)
    count = 0
    for byte in bytes { append(byte) }
  }

  func deallocate() { memory.deallocate() }
}
