import CreditCore

/// What the start of a JSON text shows of its format: the keys of its outermost object, and of
/// the first element of a list.
struct JSONDetection {
  private(set) var format = LogFormat.ndjson
  private(set) var isRejects = false
  /// Whether the outermost object is a request.
  private(set) var isRequest = false

  init(_ text: Bytes, firstLine: Bytes, keys: RequestKeyTable) {
    let arena = TextArena()
    var cursor = JSONCursor(text, arena: arena)
    cursor.skipSpace()
    if cursor.byte == 0x5B {
      format = Self.listFormat(from: cursor, keys: keys) ?? .json
      return
    }
    let object = ObjectKeys(from: cursor)
    isRequest = object.isRequest(keys)
    let isOneLine = object.end.map { $0 <= firstLine.count } ?? false
    // The raw text of a reject may be longer than what is looked at.
    let isCut = object.end == nil && firstLine.count == text.count
    if isOneLine || isCut, object.has("raw", "reason", "line"), !isRequest {
      isRejects = true
    } else if isRequest {
      // One request over several lines is a document.
      if !isOneLine, object.end != nil { format = .json }
    } else if object.isObject("log", in: text) {
      format = .har
    } else if object.has("resourceSpans") || object.has("resource_spans") {
      format = .otlp
    } else if let data = object.places["data"] {
      var value = JSONCursor(text, arena: arena)
      value.at = value.base + data
      if value.byte == 0x5B {
        format = Self.listFormat(from: value, keys: keys) ?? .json
      } else if value.byte == 0x7B, let row = ObjectKeys(from: value).rowFormat(keys) {
        format = row
      }
    } else if let row = object.rowFormat(keys) {
      format = row
    }
  }

  /// The format of rows, by the first of a list.
  private static func listFormat(from cursor: JSONCursor, keys: RequestKeyTable) -> LogFormat? {
    var cursor = cursor
    cursor.at += 1
    cursor.skipSpace()
    return cursor.byte == 0x7B ? ObjectKeys(from: cursor).rowFormat(keys) : nil
  }
}

/// The keys of an object of which perhaps only the start is there.
private struct ObjectKeys {
  /// Where the value of each starts.
  private(set) var places: [String: Int] = [:]
  /// Where the object ends; nil where it is not whole.
  private(set) var end: Int?

  init(from start: JSONCursor) {
    var cursor = start
    var found: [String: Int] = [:]
    do throws(LogFault) {
      try cursor.entries { (name, _, cursor) throws(LogFault) in
        found[name.text] = cursor.offset
        _ = try cursor.skipValue(depth: 1)
      }
      end = cursor.offset
    } catch {}
    places = found
  }

  func has(_ names: String...) -> Bool { names.allSatisfy { places[$0] != nil } }

  func isObject(_ name: String, in text: Bytes) -> Bool {
    places[name].map { $0 < text.count && text[$0] == 0x7B } ?? false
  }

  func isRequest(_ keys: RequestKeyTable) -> Bool {
    places.keys.contains { name in
      var name = name
      guard let known = name.withUTF8({ keys.find($0) }) else { return false }
      return [.method, .path, .operation].contains(known.key)
    }
  }

  /// Rows of the provider's ledger or balances, where they are no requests.
  func rowFormat(_ keys: RequestKeyTable) -> LogFormat? {
    if isRequest(keys) { return nil }
    if has("amount"), has("type") || has("service") || has("created_at") { return .transactions }
    if has("balance") || has("available_credits") { return .snapshots }
    return nil
  }
}
