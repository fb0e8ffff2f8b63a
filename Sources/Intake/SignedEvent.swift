import CreditCore
import Digests
import Documents
import RequestLogs

/// What a webhook tells, once its signature is right.
struct SignedEvent {
  /// What happened, as the provider names it: `meeting.booked`.
  let name: String
  let body: [UInt8]
  /// The organisation that it names.
  let org: String?
  /// When it was signed, as the body itself says.
  let time: Instant?
  /// Of what tells this event from all others of its organisation, 32 bytes.
  let key: [UInt8]

  /// A longer name is none of the provider's.
  private static let longestName = 200

  /// Throws ``WebhookRefusal`` for a body that is no event.
  init(_ body: [UInt8], org: String) throws {
    let root: Node
    do throws(Diagnostic) {
      root = try Document.parse(SourceText(name: "webhook", bytes: body), format: .json)
    } catch { throw WebhookRefusal.notAnEvent(Self.brief(error)) }
    guard case .mapping = root.content else {
      throw WebhookRefusal.notAnEvent("it is \(root.kindDescription), not an object")
    }
    let fields = Self.scalars(of: root)
    guard case .text(let name)? = fields["event"] ?? fields["type"], !name.isEmpty,
      name.utf8.count <= Self.longestName
    else { throw WebhookRefusal.notAnEvent("it has no name under \"event\"") }
    self.name = name
    self.body = body
    self.org = fields["org_id"]?.written
    time = try fields["timestamp"].map { value throws(WebhookRefusal) in
      guard let time = value.instant else { throw .noTime }
      return time
    }
    let data = Self.scalars(of: Self.value("data", of: root))
    var identity = Array((org + "\u{1E}").utf8)
    if let key = data["idempotency_key"]?.written {
      identity += Array(("key\u{1E}" + key).utf8)
    } else if let id = fields["id"]?.written {
      identity += Array(("id\u{1E}" + id).utf8)
    } else {
      identity += Array("body\u{1E}".utf8) + (try sha256(body))
    }
    key = try sha256(identity)
  }

  private static func brief(_ fault: Diagnostic) -> String {
    "line \(fault.mark.line), column \(fault.mark.column): \(printable(fault.message))"
  }

  private static func value(_ key: String, of node: Node?) -> Node? {
    guard case .mapping(let entries)? = node?.content else { return nil }
    return entries.first { $0.key.text == key }?.value
  }

  private static func scalars(of node: Node?) -> [String: EventValue] {
    guard case .mapping(let entries)? = node?.content else { return [:] }
    var values: [String: EventValue] = [:]
    for entry in entries {
      guard case .scalar(let text, let quoted) = entry.value.content else { continue }
      values[entry.key.text] = quoted ? .text(text) : .word(text)
    }
    return values
  }

  // MARK: What a price book's places lead to

  func number(at places: [JSONPointer]) -> ExactDecimal? {
    first(of: places) { LogBody.number(at: $0, in: $1) }
  }

  func text(at places: [JSONPointer]) -> String? {
    first(of: places) { LogBody.text(at: $0, in: $1) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  func instant(at places: [JSONPointer]) -> Instant? {
    text(at: places).flatMap { EventValue.text($0).instant ?? EventValue.word($0).instant }
  }

  private func first<Value>(
    of places: [JSONPointer],
    _ read: (JSONPointer, Bytes) -> Value?
  ) -> Value? {
    body.withUnsafeBufferPointer { bytes in
      for place in places {
        if let value = read(place, bytes) { return value }
      }
      return nil
    }
  }
}

/// A value of an event that is neither a list nor an object.
private enum EventValue {
  case text(String)
  /// A number, `true` or `false`.
  case word(String)

  var written: String {
    switch self {
    case .text(let text), .word(let text): text
    }
  }

  /// RFC 3339, or seconds since 1970.
  var instant: Instant? {
    switch self {
    case .text(let text): Instant(text)
    case .word(let word):
      (try? ExactDecimal(word)).flatMap { number in
        number.isNegative ? nil : number.millionths.map { Instant(microseconds: $0) }
      }
    }
  }
}
