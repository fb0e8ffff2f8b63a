import CreditCore

/// What headers tell of a call: its id, its organisation, and whether it was done before.
///
/// Names are compared without letter case, and `_` counts as `-`. Of equal names the first counts;
/// the answer's id counts before the one that was asked for.
struct CallHeaders {
  private var idOfRequest = Bytes.absent
  private var idOfResponse = Bytes.absent
  private var orgOfRequest = Bytes.absent
  private var orgOfResponse = Bytes.absent
  private var idempotencyKey = Bytes.absent
  private var replay = Bytes.absent

  mutating func take(request name: Bytes, _ value: Bytes) {
    if name.isHeader("x-request-id") {
      Self.set(&idOfRequest, value)
    } else if name.isHeader("x-org-id") {
      Self.set(&orgOfRequest, value)
    } else if name.isHeader("idempotency-key") {
      Self.set(&idempotencyKey, value)
    }
  }

  mutating func take(response name: Bytes, _ value: Bytes) {
    if name.isHeader("x-request-id") {
      Self.set(&idOfResponse, value)
    } else if name.isHeader("x-org-id") {
      Self.set(&orgOfResponse, value)
    } else if name.isHeader("idempotent-replay") {
      Self.set(&replay, value)
    }
  }

  private static func set(_ field: inout Bytes, _ value: Bytes) {
    if field.isAbsent, !value.isEmpty { field = value }
  }

  func set(_ record: LogRecord) throws(LogFault) {
    let id = idOfResponse.isAbsent ? idOfRequest : idOfResponse
    let org = orgOfRequest.isAbsent ? orgOfResponse : orgOfRequest
    record.requestID = try RequestValues.id(id, at: record.offset(of: id), of: "the request id")
    record.org = try RequestValues.id(org, at: record.offset(of: org), of: "the organisation")
    record.idempotencyKey = try RequestValues.id(
      idempotencyKey,
      at: record.offset(of: idempotencyKey),
      of: "the idempotency key"
    )
    record.replayed = replay.isHeader("true") || replay.equals("1")
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
