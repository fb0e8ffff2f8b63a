import Rating
import TestSupport
import Testing

/// A request in pieces, as a test makes it, so that nothing has to take it apart again.
private struct Probe {
  var method: String
  var segments: [String]
  var query: [(name: String, value: String)]
  var body: [String: String]

  func value(_ condition: RequestPattern.Condition) -> String? {
    if let item = query.first(where: { $0.name == condition.name }) { return item.value }
    return condition.place == .body ? body[condition.name] : nil
  }

  /// The request as a log may show it.
  func target(_ random: inout SeededRandom) -> String {
    var text = random.pick(["", "/", "//"])
    if random.chance(0.2) { text = "https://be.graph8.com/" }
    if random.chance(0.5) { text += random.pick(["api/v1/", "api/v1//"]) }
    for segment in segments {
      let isEncoded = segment.first == "a" && random.chance(0.05)
      text += isEncoded ? "%61" + segment.dropFirst() : segment
      text += random.chance(0.1) ? "//" : "/"
    }
    if random.chance(0.7) {
      while text.last == "/" { text.removeLast() }
    }
    let items = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    if !items.isEmpty || random.chance(0.1) { text += "?" + items }
    return text + (random.chance(0.05) ? "#part" : "")
  }
}

/// Every pattern one after another, and the most specific of those that match.
private struct LinearScan {
  let patterns: [RequestPattern]

  func match(_ probe: Probe) -> Int? {
    var best: (rank: [Int], pattern: Int)?
    let method = probe.method.uppercased()
    for (index, pattern) in patterns.enumerated() {
      guard let rank = rank(pattern, probe, method) else { continue }
      if let best, !rank.lexicographicallyPrecedes(best.rank) { continue }
      best = (rank, index)
    }
    return best?.pattern
  }

  /// How unspecific a pattern that matches is; nil where it does not match.
  private func rank(
    _ pattern: RequestPattern,
    _ probe: Probe,
    _ method: String
  ) -> [Int]? {
    let endsOpen = pattern.segments.last == .rest
    let count = pattern.segments.count
    let isNamed = pattern.methods.contains(method)
    if !isNamed, !pattern.methods.isEmpty { return nil }
    guard endsOpen ? probe.segments.count >= count : probe.segments.count == count else {
      return nil
    }
    var rank: [Int] = []
    for (segment, text) in zip(pattern.segments, probe.segments) {
      switch segment {
      case .literals(let words):
        if !words.contains(text) { return nil }
        rank.append(0)
      case .placeholder: rank.append(1)
      case .rest: rank.append(2)
      }
    }
    for condition in pattern.conditions {
      guard let value = probe.value(condition), !value.isEmpty else { return nil }
      if let values = condition.values, !values.contains(value) { return nil }
    }
    let named = pattern.conditions.filter { $0.values != nil }.count
    return rank + [-pattern.conditions.count, -named, isNamed ? 0 : 1]
  }
}

@Suite("The trie against a scan of every pattern")
struct RoutePropertyTests {
  private static let methods = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "BACKGROUND", "get", "Post",
  ]

  private func compare(
    _ matcher: RouteMatcher,
    _ count: Int,
    _ random: inout SeededRandom
  ) -> (found: Int, isSame: Bool) {
    let scan = LinearScan(patterns: matcher.patterns)
    let words = Self.words(of: matcher.patterns)
    let finder = RouteFinder(matcher, RoutePath())
    var found = 0
    for number in 1...count {
      let probe = Self.probe(matcher.patterns, words, &random)
      let target = probe.target(&random)
      let wanted = scan.match(probe)
      let seen = matcher.match(method: probe.method, target: target) { probe.body[$0] }
      let quickly = find(probe, target, finder)
      if wanted != nil { found += 1 }
      if seen?.pattern == wanted, quickly.pattern == wanted {
        // What fills a route of no pattern is a guess that both make.
        if wanted == nil || quickly.path == "/" + probe.segments.joined(separator: "/") { continue }
      }
      let names = [seen?.pattern, quickly.pattern, wanted]
        .map { $0.map { matcher.patterns[$0].text } ?? "nothing" }
      Issue.record(
        """
        seed \(random.seed), path \(number): \(probe.method) \(target) with body \(probe.body) \
        found \(names[0]) and quickly \(names[1]) as \(quickly.path), should find \(names[2])
        """
      )
      return (found, false)
    }
    return (found, true)
  }

  /// What the finder sees, and the path that its route and arguments are together.
  private func find(
    _ probe: Probe,
    _ target: String,
    _ finder: RouteFinder
  ) -> (pattern: Int?, path: String) {
    Array(probe.method.utf8).withUnsafeBufferPointer { method in
      Array(target.utf8).withUnsafeBufferPointer { target in
        finder.find(method: method, target: target) { probe.body[$0] }
        // The text of a route is made where the arguments may lie.
        let arguments = Array(finder.arguments)
        let route = Array(finder.routeText(of: target))
        let path = RoutePath.filled(route: route, arguments: arguments)
        return (finder.match?.pattern, String(decoding: path, as: UTF8.self))
      }
    }
  }

  @Test("20,000 random paths of the shipped book's own segments find what a scan finds")
  func agreesOnBook() throws {
    var random = SeededRandom()
    let (found, isSame) = compare(try shippedBook().matcher, 20_000, &random)
    #expect(!isSame || (4_000..<19_000).contains(found), "seed \(random.seed): \(found) found")
  }

  @Test("in 200 random books, 100 random paths each find what a scan finds")
  func agreesOnRandomBooks() throws {
    var random = SeededRandom()
    for _ in 1...200 {
      let patterns = (0..<40).map { _ in Self.pattern(&random) }
      let matcher = RouteMatcher(
        basePaths: ["/api/v1"],
        routes: try patterns.enumerated().map { (try RequestPattern($1), $0) }
      )
      let collided = Set(matcher.collisions.map(\.second))
      let distinct = RouteMatcher(
        basePaths: ["/api/v1"],
        routes: matcher.patterns.enumerated().filter { !collided.contains($0.offset) }
          .map { ($0.element, 0) }
      )
      if !compare(distinct, 100, &random).isSame { return }
    }
  }

  private static func words(of patterns: [RequestPattern]) -> [String] {
    let literals = patterns.flatMap { pattern in
      pattern.segments.flatMap { segment -> [String] in
        if case .literals(let words) = segment { words } else { [] }
      }
    }
    return Array(Set(literals)).sorted()
  }

  /// A path of a random pattern, its placeholders filled, and then perhaps changed.
  private static func probe(
    _ patterns: [RequestPattern],
    _ words: [String],
    _ random: inout SeededRandom
  ) -> Probe {
    let pattern = random.pick(patterns)
    var segments: [String] = []
    for segment in pattern.segments {
      switch segment {
      case .literals(let literals): segments.append(random.pick(literals))
      case .placeholder: segments.append(random.chance(0.3) ? random.pick(words) : "id_7")
      case .rest: segments += (0...random.below(2)).map { _ in random.pick(words) }
      }
    }
    if random.chance(0.25) { segments.append(random.pick(words)) }
    if random.chance(0.1) { segments.removeLast() }
    if random.chance(0.25), !segments.isEmpty {
      segments[random.below(segments.count)] = random.pick(words)
    }
    // A leading base path would be stripped from a path that has none.
    if segments.first == "api" { segments[0] = "x" }
    var probe = Probe(
      method: random.chance(0.7) ? random.pick(pattern.methods + ["GET"]) : random.pick(methods),
      segments: segments,
      query: [],
      body: [:]
    )
    for condition in pattern.conditions + random.pick(patterns).conditions
    where random.chance(0.8) {
      let value = random.pick((condition.values ?? []) + ["other", ""])
      if random.chance(0.5) {
        probe.query.append((condition.name, value))
      } else {
        probe.body[condition.name] = value
      }
    }
    return probe
  }

  /// Of 8, 9, 16 and 17 bytes, with the same starts: paths are read eight bytes at a time.
  private static let longWords = [
    "abcdefgh", "abcdefgi", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnoq",
    "abcdefghijklmnopq", "abcdefghijklmnopr", "xbcdefghijklmnopq",
  ]

  /// Few words, so that patterns overlap.
  private static func pattern(_ random: inout SeededRandom) -> String {
    var segments = (0...random.below(4)).map { _ in
      random.chance(0.3)
        ? random.pick(longWords) : random.pick(["a", "b", "a|c", "{x}", "{y}", "d"])
    }
    if random.chance(0.15) { segments.append("**") }
    var text =
      random.pick(["GET", "POST", "GET|POST", "*"]) + " /" + segments.joined(separator: "/")
    if random.chance(0.3) {
      text += "?k=" + random.pick(["1", "2", "1|3", "{any}"])
      if random.chance(0.4) { text += "&l=" + random.pick(["1", "{any}"]) }
    }
    return text
  }
}
