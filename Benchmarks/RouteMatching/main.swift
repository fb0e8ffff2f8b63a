import CreditCore
import PriceBooks
import Rating

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// Matches a second of CPU: the book's compiled trie beside a linear scan over the same patterns.
// Prints `trie RATE`, `scan RATE` and how many of the requests both gave the same operation.

let book = try ShippedBook.book()

/// One request for every pattern, with ids, base paths, queries and methods as logs have them.
let requests: [(method: [UInt8], target: [UInt8])] = book.matcher.patterns.enumerated().map {
  index,
  pattern in
  let segments = pattern.segments.map { segment -> String in
    switch segment {
    case .literals(let words): words[index % words.count]
    case .placeholder: ["7f3c21aa-0b1d-4c55-9a10-3d5e8e0f6b12", "seq_9f2", "48213"][index % 3]
    case .rest: "stats/today"
    }
  }
  let conditions = pattern.conditions.compactMap { condition in
    condition.values?.first.map { "\(condition.name)=\($0)" }
  }
  let base = index.isMultiple(of: 2) ? "/api/v1/" : "/"
  let query = conditions.isEmpty ? "" : "?" + conditions.joined(separator: "&")
  let target = base + segments.joined(separator: "/") + query
  return (Array((pattern.methods.first ?? "GET").utf8), Array(target.utf8))
}

let scan = LinearScan(book)
let agreed = requests.count { request in
  request.method.withUnsafeBufferPointer { method in
    request.target.withUnsafeBufferPointer { target in
      book.matcher.match(method: method, target: target)?.operation
        == scan.operation(method: method, target: target)
    }
  }
}

let trieRate = rate { method, target in
  book.matcher.match(method: method, target: target) == nil ? 0 : 1
}
let scanRate = rate { method, target in
  scan.operation(method: method, target: target) == nil ? 0 : 1
}
print("trie \(Int(trieRate))")
print("scan \(Int(scanRate))")
print("same \(agreed) of \(requests.count)")

/// Calls of `match` a second of CPU, over all requests again and again for about a second.
func rate(
  _ match: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Int
) -> Double {
  var calls = 0
  var found = 0
  let start = clock()
  while clock() - start < CLOCKS_PER_SEC {
    for request in requests {
      request.method.withUnsafeBufferPointer { method in
        request.target.withUnsafeBufferPointer { found += match(method, $0) }
      }
    }
    calls += requests.count
  }
  precondition(found > 0, "nothing matched")
  return Double(calls) / (Double(clock() - start) / Double(CLOCKS_PER_SEC))
}

/// What one would write first: every pattern of the book is held against the request, and the
/// most specific of those that match wins.
struct LinearScan {
  private let patterns: [(pattern: RequestPattern, operation: Int)]

  init(_ book: PriceBook) {
    patterns = book.operations.enumerated().flatMap { index, operation in
      operation.requests.map { ($0, index) }
    }
  }

  func operation(
    method: UnsafeBufferPointer<UInt8>,
    target: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    let method = String(decoding: method, as: UTF8.self)
    let parts = String(decoding: target, as: UTF8.self).split(separator: "?", maxSplits: 1)
    var segments = parts[0].split(separator: "/")
    if segments.starts(with: ["api", "v1"]) { segments.removeFirst(2) }
    let items = parts.count == 2 ? parts[1].split(separator: "&") : []
    var best: (specificity: [Int], operation: Int)?
    for (pattern, operation) in patterns {
      guard pattern.methods.contains(method),
        let specificity = Self.match(pattern, segments, items)
      else { continue }
      if best.map({ specificity.lexicographicallyPrecedes($0.specificity) }) ?? true {
        best = (specificity, operation)
      }
    }
    return best?.operation
  }

  /// 0 for a literal, 1 for a placeholder, 2 for a rest, then fewer conditions after more; nil
  /// where the pattern does not match.
  private static func match(
    _ pattern: RequestPattern,
    _ segments: [Substring],
    _ items: [Substring]
  ) -> [Int]? {
    var specificity: [Int] = []
    for (index, segment) in pattern.segments.enumerated() {
      guard index < segments.count else { return nil }
      switch segment {
      case .literals(let words):
        guard words.contains(where: { $0 == segments[index] }) else { return nil }
        specificity.append(0)
      case .placeholder: specificity.append(1)
      case .rest: specificity.append(2)
      }
    }
    guard pattern.segments.last == .rest || pattern.segments.count == segments.count else {
      return nil
    }
    for condition in pattern.conditions {
      let isMet = items.contains { item in
        let parts = item.split(separator: "=", maxSplits: 1)
        return parts.count == 2 && parts[0] == condition.name
          && (condition.values?.contains { $0 == parts[1] } ?? true)
      }
      if !isMet { return nil }
    }
    return specificity + [-pattern.conditions.count]
  }
}
