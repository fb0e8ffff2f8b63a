import CreditCore

/// What a log says of a request, under whatever names.
enum RequestKey: UInt8, CaseIterable {
  case timestamp, method, path, query, status, requestID, org, duration, idempotencyKey, replayed
  case usage, tags, creditsCharged, requestBody, responseBody, operation

  /// The name of the contract, then its aliases: the earlier one counts where several are given.
  var names: [String] {
    switch self {
    case .timestamp: ["timestamp", "ts", "time", "@timestamp", "created_at", "date"]
    case .method: ["method"]
    case .path: ["path", "url", "uri", "request_uri", "endpoint"]
    case .query: ["query"]
    case .status: ["status", "status_code", "response_code"]
    case .requestID: ["request_id", "requestId", "x_request_id", "id"]
    case .org: ["org_id", "org", "organization_id", "x_org_id"]
    case .duration: ["duration_ms", "latency_ms"]
    case .idempotencyKey: ["idempotency_key"]
    case .replayed: ["replayed"]
    case .usage: ["usage", "quantities", "meta"]
    case .tags: ["tags"]
    case .creditsCharged:
      ["credits_charged", "total_credits_used", "credits_used", "cost_credits"]
    case .requestBody: ["request_body"]
    case .responseBody: ["response_body"]
    case .operation: ["operation"]
    }
  }
}

/// Finds the meaning of a key by its bytes: a small table of open addressing.
struct RequestKeys {
  struct Name {
    let key: RequestKey
    /// The lower one counts where a record has several names of one key.
    let rank: UInt8
    let bytes: [UInt8]
  }

  private static let slots = 256
  private var table: [Int16]
  private(set) var names: [Name] = []

  /// - Parameter mapped: further names, which come before all others: key to name.
  init(mapped: [(key: RequestKey, name: String)] = []) {
    table = Array(repeating: -1, count: Self.slots)
    for (key, name) in mapped { insert(key, name, rank: 0) }
    for key in RequestKey.allCases {
      for (rank, name) in key.names.enumerated() { insert(key, name, rank: UInt8(rank + 1)) }
    }
  }

  private mutating func insert(_ key: RequestKey, _ name: String, rank: UInt8) {
    let bytes = Array(name.utf8)
    let known = bytes.withUnsafeBufferPointer { find($0) } != nil
    if known || names.count >= Self.slots / 2 { return }
    var slot = bytes.withUnsafeBufferPointer { Self.slot(of: $0) }
    while table[slot] >= 0 { slot = (slot + 1) % Self.slots }
    table[slot] = Int16(names.count)
    names.append(Name(key: key, rank: rank, bytes: bytes))
  }

  /// The place of a name in ``names``, or nil for a key that says nothing to us.
  @inline(__always)
  func find(_ bytes: Bytes) -> Int? {
    var slot = Self.slot(of: bytes)
    while table[slot] >= 0 {
      let index = Int(table[slot])
      if names[index].bytes.count == bytes.count,
        names[index].bytes.withUnsafeBufferPointer({ $0.equals(bytes) })
      {
        return index
      }
      slot = (slot + 1) % Self.slots
    }
    return nil
  }

  @inline(__always)
  private static func slot(of bytes: Bytes) -> Int {
    guard let first = bytes.first, let last = bytes.last else { return 0 }
    let middle = bytes[bytes.count / 2]
    let mixed = UInt32(first) &* 31 &+ UInt32(last) &* 131 &+ UInt32(middle) &* 7
    return Int((mixed &+ UInt32(truncatingIfNeeded: bytes.count) &* 17) % UInt32(slots))
  }
}
