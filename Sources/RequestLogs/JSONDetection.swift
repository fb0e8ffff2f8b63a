import CreditCore

/// What the start of a JSON text shows of its format: the keys of its outermost object, and of
/// the first element of a list.
struct JSONDetection {
  private(set) var format = LogFormat.ndjson
  private(set) var isRejects = false
  /// Whether the outermost object is a request.
  private(set) var isRequest = false
  /// Whether anything showed the format.
  var tells: Bool { isRequest || isRejects || format != .ndjson }

  init(_ text: Bytes, firstLine: Bytes, keys: RequestKeyTable) {
    let arena = TextArena()
    var cursor = JSONCursor(text, arena: arena)
    cursor.skipSpace()
    if cursor.byte == 0x5B {
      format = Self.listFormat(from: cursor, keys: keys)
      return
    }
    let object = SeenKeys(from: cursor)
    isRequest = object.isRequest(keys)
    let isOneLine = object.end.map { $0 <= firstLine.count } ?? false
    // The raw text of a reject may be longer than what is looked at.
    let isCut = object.end == nil && firstLine.count == text.count
    if isOneLine || isCut, object.has("raw", "reason", "line"), !isRequest {
      isRejects = true
    } else if let known = object.format(in: text, keys: keys) {
      format = known
    } else if !isRequest, let data = object.places["data"] {
      var value = JSONCursor(text, arena: arena)
      value.at = value.base + data
      switch value.byte {
      case 0x5B: format = Self.listFormat(from: value, keys: keys)
      case 0x7B: format = SeenKeys(from: value).format(in: text, keys: keys) ?? .json
      case 0x6E: format = .json
      default: break
      }
    } else if !isOneLine, object.end != nil || Self.goesOn(text, behind: firstLine) {
      // One request over several lines is a document.
      format = .json
    }
  }

  /// The format of a list, by its first element.
  private static func listFormat(from start: JSONCursor, keys: RequestKeyTable) -> LogFormat {
    var cursor = start
    cursor.at += 1
    cursor.skipSpace()
    guard cursor.byte == 0x7B else { return .json }
    let text = Bytes(start: cursor.base, count: cursor.end - cursor.base)
    let object = SeenKeys(from: cursor)
    if let known = object.format(in: text, keys: keys) { return known }
    guard let data = object.places["data"], !object.isRequest(keys) else { return .json }
    cursor.at = cursor.base + data
    return cursor.byte == 0x5B ? listFormat(from: cursor, keys: keys) : .json
  }

  /// Whether the second line goes on with the object of the first.
  private static func goesOn(_ text: Bytes, behind firstLine: Bytes) -> Bool {
    let next = text[min(firstLine.count, text.count)...].first { !$0.isJSONSpace }
    return next == 0x22 || next == 0x7D
  }
}

/// The keys of an object of which perhaps only the start is there.
private struct SeenKeys {
  /// Where the value of each starts.
  private(set) var places: [String: Int] = [:]
  /// Where the object ends; nil where it is not whole.
  private(set) var end: Int?

  init(from start: JSONCursor) {
    var found: [String: Int] = [:]
    end = ObjectKeys.scan(start) { key, value in
      found[key.text] = value.offset
      return true
    }
    places = found
  }

  func has(_ names: String...) -> Bool { names.allSatisfy { places[$0] != nil } }

  func isRequest(_ keys: RequestKeyTable) -> Bool {
    places.keys.contains { name in
      var name = name
      guard let known = name.withUTF8({ keys.find($0) }) else { return false }
      return [.method, .path, .operation].contains(known.key)
    }
  }

  /// The format of documents or elements that have such keys; nil for requests, and for what
  /// tells nothing.
  func format(in text: Bytes, keys: RequestKeyTable) -> LogFormat? {
    if isRequest(keys) { return nil }
    if let log = places["log"], log < text.count, text[log] == 0x7B { return .har }
    if has("startedDateTime") { return .har }
    if has("resourceSpans") || has("resource_spans") { return .otlp }
    if has("spanId") || has("span_id") || has("startTimeUnixNano") { return .otlp }
    if has("amount"), has("type") || has("service") || has("created_at") { return .transactions }
    if has("balance") || has("available_credits") || has("billing_period_used") {
      return .snapshots
    }
    return nil
  }
}
