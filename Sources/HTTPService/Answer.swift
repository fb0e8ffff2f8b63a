import CreditCore
import HTTPTypes
import HummingbirdCore
import NIOCore

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

  func response(requestID: String, isHead: Bool, at now: Instant) -> Response {
    var fields = Self.safeHeaders
    for field in headers { fields[field.name] = nil }
    fields.append(contentsOf: headers)
    fields[.requestID] = requestID
    fields[.date] = now.httpDate
    if status == .notModified {
      fields[.contentType] = nil
      return Response(status: status, headers: fields)
    }
    if let stream, !isHead { return Response(status: status, headers: fields, body: stream) }
    fields[.contentLength] = String(bytes.count)
    if isHead { return Response(status: status, headers: fields) }
    return Response(
      status: status,
      headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
    )
  }
}

extension Instant {
  /// `Fri, 20 Nov 2026 12:00:00 GMT`, as RFC 9110 (5.6.7) wants it.
  var httpDate: String {
    let seconds = Int(max(microseconds, 0) / 1_000_000)
    let date = CivilDate(number: seconds / 86_400)
    let second = seconds % 86_400
    func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
    let clock = [second / 3_600, second / 60 % 60, second % 60].map(twoDigits)
    return "\(date.weekdayWord.prefix(3)), \(twoDigits(date.day)) \(date.monthWord.prefix(3)) "
      + "\(date.year) \(clock.joined(separator: ":")) GMT"
  }
}

extension HTTPField.Name {
  static let requestID = named("X-Request-Id")

  /// A name that is written here, and so is one.
  static func named(_ name: StaticString) -> HTTPField.Name {
    HTTPField.Name("\(name)") ?? .server
  }
}
