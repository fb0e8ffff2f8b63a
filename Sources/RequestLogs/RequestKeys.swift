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
