import CreditCore
import Rating
import RequestLogs

/// What the bodies of a logged call tell.
enum BodyFacts {
  static func facts(
    _ record: LogRecord,
    steps: @escaping @Sendable (String) -> ExactDecimal?
  ) -> CallFacts {
    let bodies = LoggedBodies(request: record.requestBody, response: record.responseBody)
    return CallFacts(
      number: { place in
        LogBody.number(at: place.pointer, in: bodies[place.side])
      },
      field: { name in field(name, of: bodies.request) },
      text: { place in LogBody.text(at: place.pointer, in: bodies[place.side]) },
      sequenceSteps: steps
    )
  }

  static func field(_ name: String, of body: Bytes) -> String? {
    if body.isAbsent { return nil }
    guard let pointer = JSONPointer("/" + name) else { return nil }
    return LogBody.text(at: pointer, in: body)
  }
}

/// The bodies of the record at hand; used while it is, and no longer.
private struct LoggedBodies: @unchecked Sendable {
  let request: Bytes
  let response: Bytes

  subscript(side: BodySide) -> Bytes { side == .request ? request : response }
}
