import CreditCore

/// What headers tell of a call: its id, its organisation, and whether it was done before.
///
/// Names are compared without letter case, and `_` counts as `-`. Of equal names the first counts;
/// the answer's id counts before the one that was asked for.
struct CallHeaders {
  private var idOfRequest = PlacedText()
  private var idOfResponse = PlacedText()
  private var orgOfRequest = PlacedText()
  private var orgOfResponse = PlacedText()
  private var idempotencyKey = PlacedText()
  private var replay = PlacedText()

  mutating func take(request name: Bytes, _ value: PlacedText) {
    if name.isHeader("x-request-id") {
      idOfRequest.fill(value)
    } else if name.isHeader("x-org-id") {
      orgOfRequest.fill(value)
    } else if name.isHeader("idempotency-key") {
      idempotencyKey.fill(value)
    }
  }

  mutating func take(response name: Bytes, _ value: PlacedText) {
    if name.isHeader("x-request-id") {
      idOfResponse.fill(value)
    } else if name.isHeader("x-org-id") {
      orgOfResponse.fill(value)
    } else if name.isHeader("idempotent-replay") {
      replay.fill(value)
    }
  }

  func set(_ record: LogRecord) throws(LogFault) {
    let id = idOfResponse.isEmpty ? idOfRequest : idOfResponse
    let org = orgOfRequest.isEmpty ? orgOfResponse : orgOfRequest
    let key = idempotencyKey
    record.requestID = try RequestValues.id(id.text, at: id.offset, of: "the request id")
    record.org = try RequestValues.id(org.text, at: org.offset, of: "the organisation")
    record.idempotencyKey =
      try RequestValues.id(key.text, at: key.offset, of: "the idempotency key")
    record.replayed = replay.text.isHeader("true") || replay.text.equals("1")
  }
}

/// A value's text, and where it stands in the element.
struct PlacedText {
  var text = Bytes.absent
  var offset = 0

  var isEmpty: Bool { text.isEmpty }

  /// Takes a value where there was none.
  mutating func fill(_ value: PlacedText) {
    if isEmpty { self = value }
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// Whether they are a lower-case word, but for letter case and `_` for `-`.
  func isHeader(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      indices.allSatisfy { index in
        let byte = self[index] == 0x5F ? 0x2D : self[index]
        return word[index] == (byte &- 0x41 < 26 ? byte | 0x20 : byte)
      }
    }
  }
}
