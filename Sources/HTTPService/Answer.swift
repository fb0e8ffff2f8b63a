import CreditCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// What a request comes to.
struct Answer: Sendable {
  var status: HTTPResponse.Status
  var headers: HTTPFields
  var bytes: [UInt8]
  /// Whether clients may ask whether it is still the same.
  var hasTag = true
  /// What follows for as long as the client listens, instead of `bytes`.
  var stream: ResponseBody?

  init(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) {
    self.status = status
    self.bytes = bytes
    headers = [.contentType: type]
  }

  init(json: [UInt8], status: HTTPResponse.Status = .ok) {
    self.init(json, type: "application/json", status: status)
  }

  init(text: String) { self.init(Array(text.utf8), type: "text/plain; charset=utf-8") }

  static func seeOther(_ location: String) -> Answer {
    var answer = Answer([], type: "text/plain; charset=utf-8", status: .seeOther)
    answer.headers[.location] = location
    return answer
  }

  /// Never kept by anybody on the way, never taken for another type, never framed.
  static let safeHeaders: HTTPFields = {
    var fields: HTTPFields = [
      .cacheControl: "no-store",
      .xContentTypeOptions: "nosniff",
      .contentSecurityPolicy:
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]
    fields[.named("Referrer-Policy")] = "no-referrer"
    fields[.named("Cross-Origin-Opener-Policy")] = "same-origin"
    fields[.named("Cross-Origin-Resource-Policy")] = "same-origin"
    return fields
  }()

  /// The latest date: it is another one once a second, not with each answer.
  private static let latestDate = Mutex<(second: Int64, field: HTTPField)?>(nil)

  private static func date(_ now: Instant) -> HTTPField {
    let second = now.microseconds / 1_000_000
    return latestDate.withLock { latest in
      if let latest, latest.second == second { return latest.field }
      let field = HTTPField(name: .date, value: now.internetDate + " GMT")
      latest = (second, field)
      return field
    }
  }

  func response(requestID: String, isHead: Bool, at now: Instant) -> Response {
    var fields = headers
    for field in Self.safeHeaders where !headers.contains(field.name) { fields.append(field) }
    fields.append(HTTPField(name: .requestID, value: requestID))
    fields.append(Self.date(now))
    if status == .notModified {
      fields[.contentType] = nil
      return Response(status: status, headers: fields)
    }
    if let stream, !isHead { return Response(status: status, headers: fields, body: stream) }
    fields.append(HTTPField(name: .contentLength, value: String(bytes.count)))
    if isHead { return Response(status: status, headers: fields) }
    return Response(
      status: status,
      headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
  }
}

extension HTTPField.Name {
  static let requestID = named("X-Request-Id")

  /// A name that is written here, and so is one.
  static func named(_ name: StaticString) -> HTTPField.Name {
    HTTPField.Name("\(name)") ?? .server
  }
}
