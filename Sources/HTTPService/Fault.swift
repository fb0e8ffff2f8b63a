import CreditCore
import HTTPTypes
import Reports
import UsageStore

/// Why a request is not done, as its client is told.
struct Fault: Error {
  var status: HTTPResponse.Status
  /// One word that programs can tell apart.
  var code: String
  var message: String
  /// The part of the request that is at fault.
  var field: String?
  /// Headers that go with it.
  var headers: HTTPFields = [:]

  init(
    _ status: HTTPResponse.Status,
    _ code: String,
    _ message: String,
    field: String? = nil,
    headers: HTTPFields = [:]
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.field = field
    self.headers = headers
  }

  static func badRequest(_ message: String, field: String? = nil) -> Fault {
    Fault(.badRequest, "bad_request", message, field: field)
  }

  static let tooLarge = Fault(
    .contentTooLarge,
    "too_large",
    "the body is larger than this route takes",
    headers: [.connection: "close"]
  )

  static func unsupported(_ message: String) -> Fault {
    Fault(.unsupportedMediaType, "unsupported_media_type", message)
  }

  /// What any error comes to; faults of this machine are for the log, not for the client.
  init(_ error: any Error) {
    switch error {
    case let fault as Fault: self = fault
    case let input as BadInput: self = .badInput(input)
    case let fault as EnvironmentFault where fault.isAbsence:
      self.init(.conflict, "not_there_yet", fault.description)
    case is QueryTime.Exceeded:
      self.init(
        .serviceUnavailable,
        "query_time",
        "the answer takes longer than \(ServiceDesk.queryTime.components.seconds) s; ask for less, "
          + "with since and until",
        headers: [.retryAfter: "60"]
      )
    case is ArithmeticOverflow:
      self = .badRequest("a number is too large to be held exactly")
    default:
      self.init(
        .internalServerError,
        "internal",
        "something went wrong; the service's log says what"
      )
    }
  }

  /// A parameter's fault names it; that of a text shows its place.
  private static func badInput(_ input: BadInput) -> Fault {
    guard let first = input.diagnostics.first, first.mark.source.name.hasPrefix("--") else {
      return .badRequest(input.brief)
    }
    let parts = [first.message, first.expected.map { "expected \($0)" }, first.hint]
    return .badRequest(
      parts.compactMap { $0 }.joined(separator: "; "),
      field: String(first.mark.source.name.dropFirst(2))
    )
  }

  /// The envelope that graph8 uses too.
  func answer(requestID: String) -> Answer {
    var json = JSONWriter()
    json.object { json in
      json.field("error") { json in
        json.object { json in
          json.field("code", code)
          json.field("message", message)
          json.field("field", field)
          json.field("request_id", requestID)
        }
      }
    }
    var answer = Answer(json: json.finished(), status: status)
    answer.headers.append(contentsOf: headers)
    return answer
  }
}
