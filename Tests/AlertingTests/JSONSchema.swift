import Foundation

/// As much of JSON Schema as `alerts.schema.json` uses; another keyword is an error.
struct JSONSchema {
  struct Unknown: Error { var keyword: String }

  private let root: [String: Any]

  init(_ data: Data) throws {
    root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  func accepts(_ value: Any) throws -> Bool { try accepts(value, root) }

  private func accepts(_ value: Any, _ schema: [String: Any]) throws -> Bool {
    try schema.allSatisfy { try holds($0, $1, value, schema) }
  }

  private func schemas(_ rule: Any) -> [[String: Any]] { rule as? [[String: Any]] ?? [] }

  private func holds(
    _ keyword: String,
    _ rule: Any,
    _ value: Any,
    _ schema: [String: Any]
  ) throws -> Bool {
    let object = value as? [String: Any]
    switch keyword {
    case "$schema", "$defs", "title", "description", "default": return true
    case "$ref":
      let name = (rule as? String)?.split(separator: "/").last.map(String.init) ?? ""
      guard let definition = (root["$defs"] as? [String: [String: Any]])?[name] else {
        throw Unknown(keyword: "\(rule)")
      }
      return try accepts(value, definition)
    case "type":
      return (rule as? [String] ?? [rule as? String ?? ""]).contains { Self.isOf($0, value) }
    case "enum": return (rule as? [String])?.contains { $0 == value as? String } ?? false
    case "const": return rule as? String == value as? String
    case "pattern":
      guard let text = value as? String, let pattern = rule as? String else { return true }
      return text.range(of: pattern, options: .regularExpression) != nil
    case "minLength": return (value as? String).map { $0.count >= rule as? Int ?? 0 } ?? true
    case "minimum": return Self.number(value).map { $0 >= Self.number(rule) ?? 0 } ?? true
    case "maximum": return Self.number(value).map { $0 <= Self.number(rule) ?? 0 } ?? true
    case "exclusiveMinimum": return Self.number(value).map { $0 > Self.number(rule) ?? 0 } ?? true
    case "minItems": return (value as? [Any]).map { $0.count >= rule as? Int ?? 0 } ?? true
    case "minProperties": return object.map { $0.count >= rule as? Int ?? 0 } ?? true
    case "maxProperties": return object.map { $0.count <= rule as? Int ?? 0 } ?? true
    case "required": return object.map { has($0, rule) } ?? true
    case "items":
      return try (value as? [Any])?.allSatisfy { try accepts($0, rule as? [String: Any] ?? [:]) }
        ?? true
    case "properties":
      let properties = rule as? [String: [String: Any]] ?? [:]
      return try object?.allSatisfy { try accepts($1, properties[$0] ?? [:]) } ?? true
    case "additionalProperties":
      let known = schema["properties"] as? [String: Any] ?? [:]
      let others = object?.filter { known[$0.key] == nil } ?? [:]
      guard let each = rule as? [String: Any] else { return others.isEmpty }
      return try others.values.allSatisfy { try accepts($0, each) }
    case "anyOf": return try schemas(rule).contains { try accepts(value, $0) }
    case "oneOf": return try schemas(rule).filter { try accepts(value, $0) }.count == 1
    case "dependentRequired":
      let needs = rule as? [String: [String]] ?? [:]
      return object.map { object in needs.allSatisfy { object[$0] == nil || has(object, $1) } }
        ?? true
    case "dependentSchemas":
      let needs = rule as? [String: [String: Any]] ?? [:]
      return try object.map { object in
        try needs.allSatisfy { try object[$0] == nil || accepts(value, $1) }
      } ?? true
    default: throw Unknown(keyword: keyword)
    }
  }

  private func has(_ object: [String: Any], _ keys: Any) -> Bool {
    (keys as? [String] ?? []).allSatisfy { object[$0] != nil }
  }

  private static func number(_ value: Any) -> Double? {
    if value is String { return nil }
    return (value as? Int).map(Double.init) ?? value as? Double
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "null": value is NSNull
    case "number": number(value) != nil
    case "integer": number(value).map { $0 == $0.rounded() } ?? false
    default: false
    }
  }
}
