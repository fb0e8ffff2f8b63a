import Foundation
import RequestLogs

/// Every line is one entry, and whatever the scanner takes for JSON, Foundation does too, with the
/// same values.
enum NDJSONCheck {
  static func check(_ bytes: [UInt8]) throws {
    let reading = try LogCheck.reading(bytes, .ndjson)
    for request in reading.requests { try compare(request) }
    // Another format's log is refused as a whole; rejects of an earlier run have lines of their own.
    if reading.refusal != nil || Lines.hasRejects(bytes) { return }
    try require(
      reading.entries.count == Lines.count(bytes),
      "\(reading.entries.count) entries of \(Lines.count(bytes)) lines"
    )
  }

  private static func compare(_ facts: LogReading.Facts) throws {
    let line = facts.raw
    try require(String(validating: line, as: UTF8.self) != nil, "a line that is not UTF-8")
    guard let object = try JSONOracle.object(line) else { return }
    for (names, value) in [
      (["method"], facts.method), (["path", "url", "uri", "request_uri", "endpoint"], facts.path),
    ] {
      guard case .text(let text)? = JSONOracle.first(names, of: object) else { continue }
      try require(Array(text.utf8) == value ?? [], "\(names[0]) is \"\(text)\"")
    }
    let id = JSONOracle.first(["request_id", "requestId", "x_request_id", "id"], of: object)
    if case .text(let text)? = id {
      try require(Array(text.utf8) == facts.requestID ?? [], "the request id is \"\(text)\"")
    }
    let status = JSONOracle.first(["status", "status_code", "response_code"], of: object)
    if case .number(let number)? = status {
      try require(number.intValue == facts.status, "the status is \(number)")
    }
    for body in facts.bodies.compactMap({ $0 }) { _ = try JSONOracle.value(body) }
  }
}

/// JSON as Foundation reads it.
enum JSONOracle {
  enum Value {
    case text(String)
    case number(NSNumber)
    case other
  }

  /// The object that a line is; nil where a number is larger than Foundation holds.
  static func object(_ line: [UInt8]) throws -> [String: Any]? {
    guard let value = try value(line) else { return nil }
    guard let object = value as? [String: Any] else {
      throw Finding(description: "a request that is no object")
    }
    return object
  }

  static func value(_ text: [UInt8]) throws -> Any? {
    do {
      return try JSONSerialization.jsonObject(with: Data(text), options: [.fragmentsAllowed])
    } catch {
      // 1e400 is JSON, which Foundation does not hold.
      if "\(error)".contains("umber"), text.contains(where: { $0 | 0x20 == 0x65 }) { return nil }
      if text.count(where: { $0 &- 0x30 < 10 }) > 300 { return nil }
      throw Finding(description: "Foundation refuses what was accepted: \(error)")
    }
  }

  /// The value that counts of several names: the first that is there.
  static func first(_ names: [String], of object: [String: Any]) -> Value? {
    for name in names {
      switch object[name] {
      case nil, is NSNull, is [Any], is [String: Any]: continue
      case let text as String: return .text(text)
      case let number as NSNumber: return .number(number)
      default: return .other
      }
    }
    return nil
  }
}

/// Lines as an independent count has them.
enum Lines {
  static func count(_ bytes: [UInt8]) -> Int {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    return bytes.split(separator: 0x0A).count { line in
      line.contains { ![0x20, 0x09, 0x0D].contains($0) }
    }
  }

  static func hasRejects(_ bytes: [UInt8]) -> Bool {
    String(decoding: bytes, as: UTF8.self).contains("raw")
  }
}
