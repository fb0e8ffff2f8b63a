public import CreditCore
import Reports
import UsageStore

/// The service's log: one line of JSON each, whatever a client puts into its texts.
public struct ServiceLog: Sendable {
  enum Level: String {
    case info
    case warning
    case error
  }

  /// What a client sends is cut, so that nobody fills the disk by one request.
  private static let textLimit = 256

  private let now: @Sendable () -> Instant
  private let isQuiet: Bool
  private let write: @Sendable (String) -> Void

  /// `isQuiet`: requests that were answered are not logged.
  public init(
    now: @escaping @Sendable () -> Instant,
    isQuiet: Bool = false,
    write: @escaping @Sendable (String) -> Void
  ) {
    (self.now, self.isQuiet, self.write) = (now, isQuiet, write)
  }

  func say(_ level: Level, _ message: String) {
    line { json in
      json.field("level", level.rawValue)
      json.field("message", Self.cut(message, to: 2_000))
    }
  }

  /// A request, once it is answered.
  func request(
    id: String,
    method: String,
    path: String,
    status: Int,
    bytes: Int,
    microseconds: Int,
    client: Client?,
    address: String
  ) {
    if isQuiet, status < 500 { return }
    line { json in
      json.field("level", status >= 500 ? "error" : "info")
      json.field("request_id", id)
      json.field("method", Self.cut(method, to: 16))
      // Without the query, which may hold what nobody should read.
      json.field("path", Self.cut(path, to: Self.textLimit))
      json.field("status", integer: status)
      json.field("bytes", integer: bytes)
      json.field("milliseconds", ExactDecimal(significand: Int128(microseconds), scale: 3))
      json.field("token", client?.token?.id)
      json.field("org", client?.token?.org)
      json.field("address", address)
    }
  }

  private func line(_ body: (inout JSONWriter) -> Void) {
    var json = JSONWriter(openDepth: -1)
    json.object { json in
      json.field("at", now().description)
      body(&json)
    }
    write(String(decoding: json.finished(), as: UTF8.self))
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    text.utf8.count <= limit ? text : String(text.unicodeScalars.prefix(limit)) + "…"
  }
}
