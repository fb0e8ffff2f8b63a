import Foundation
import RequestLogs

/// A log of JSON documents in which nothing is rejected is JSON as Foundation reads it, and has as
/// many entries as that finds.
enum DocumentCheck {
  static func check(_ bytes: [UInt8], _ format: LogFormat) throws {
    let reading = try LogCheck.reading(bytes, format)
    if reading.refusal != nil || !reading.rejects.isEmpty || Lines.hasRejects(bytes) { return }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    // Rows may be comma-separated.
    guard let first = text.first(where: { $0 > 0x20 }), first == 0x5B || first == 0x7B else {
      return
    }
    var counts = 0...0
    for document in Self.documents(text) {
      guard let value = try JSONOracle.value(document) else { return }
      guard let more = entries(of: value, format) else { return }
      counts = (counts.lowerBound + more.lowerBound)...(counts.upperBound + more.upperBound)
    }
    try require(
      counts.contains(reading.entries.count),
      "\(reading.entries.count) entries, not \(counts)"
    )
  }

  /// The values that stand one after another, by their brackets and quotes.
  private static func documents(_ text: [UInt8]) -> [[UInt8]] {
    var documents: [[UInt8]] = []
    var (depth, start, isText, isEscaped) = (0, 0, false, false)
    for (index, byte) in text.enumerated() {
      if isText {
        if byte == 0x22, !isEscaped { isText = false }
        isEscaped = byte == 0x5C && !isEscaped
        continue
      }
      switch byte {
      case 0x22: isText = true
      case 0x5B, 0x7B: depth += 1
      case 0x5D, 0x7D:
        depth -= 1
        if depth == 0 {
          documents.append(Array(text[start...index]))
          start = index + 1
        }
      default: break
      }
    }
    let rest = Array(text[start...])
    return rest.contains { $0 > 0x20 } ? documents + [rest] : documents
  }

  /// How many entries a document has at least and at most; nil for one of another shape.
  private static func entries(of value: Any, _ format: LogFormat) -> ClosedRange<Int>? {
    switch format {
    case .har:
      guard let log = (value as? [String: Any])?["log"] as? [String: Any],
        let entries = log["entries"] as? [[String: Any]]
      else { return nil }
      return entries.count(where: isCall)...entries.count
    case .otlp:
      guard let spans = spans(of: value) else { return nil }
      return spans.count(where: isSpanOfCall)...spans.count
    default:
      let page = value as? [String: Any]
      guard let rows = (page?["data"] ?? value) as? [[String: Any]],
        page.map({ $0.count == 1 }) ?? true, !rows.contains(where: { $0["data"] != nil })
      else { return nil }
      return rows.count...rows.count
    }
  }

  private static func isCall(_ entry: [String: Any]) -> Bool {
    guard let request = entry["request"] as? [String: Any], let url = request["url"] as? String
    else { return false }
    return url.hasPrefix("https://") && request["method"] as? String == "POST"
  }

  private static func spans(of value: Any) -> [[String: Any]]? {
    let resources = (value as? [String: Any])?["resourceSpans"] as? [[String: Any]]
    guard let resources, (value as? [String: Any])?["resource_spans"] == nil else { return nil }
    var spans: [[String: Any]] = []
    for resource in resources {
      // Lists under older names are looked through too.
      guard resource.keys.allSatisfy({ ["resource", "scopeSpans"].contains($0) }),
        let scopes = resource["scopeSpans"] as? [[String: Any]]
      else { return nil }
      for scope in scopes {
        guard let more = scope["spans"] as? [[String: Any]] else { return nil }
        spans += more
      }
    }
    return spans
  }

  private static func isSpanOfCall(_ span: [String: Any]) -> Bool {
    let kind = span["kind"] as? Int
    let attributes = span["attributes"] as? [[String: Any]] ?? []
    let names = attributes.compactMap { attribute in
      (attribute["value"] as? [String: Any])?["stringValue"] is String
        ? attribute["key"] as? String : nil
    }
    return (kind == 2 || kind == 3) && names.contains("http.request.method")
      && names.contains("url.full")
  }
}
