import ByteSources
import CreditCore
import Digests
import Foundation
import Intake
import PriceBooks
import Settings
import Testing
import UsageStore

/// A database in a folder of its own, with what a service would hand to it.
final class Desk {
  let folder: URL
  let shelf: BookShelf
  private(set) var store: UsageStore
  var now = Instant("2026-11-18T10:00:00Z") ?? Instant(microseconds: 0)

  static let secret = "hook-secret-1"

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    shelf = try BookShelf([])
    store = try Self.open(folder)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static func open(_ folder: URL) throws -> UsageStore {
    try UsageStore(path: folder.appending(path: "usage.db").path, .writing(holder: "tests"))
  }

  // MARK: Webhooks

  func intake(
    _ scheme: Settings.Webhook.Scheme = .body,
    secrets: String? = Desk.secret
  ) -> WebhookIntake {
    WebhookIntake(scheme, secrets: secrets.map { Secret($0) }, org: "org_1", shelf: shelf)
  }

  /// Sends a body with a right signature.
  func send(_ body: String) throws -> WebhookOutcome {
    let code = hexText(try hmacSHA256(key: Self.secret.utf8, body.utf8))
    return try intake().take(Array(body.utf8), [("x-g8-signature", code)], into: store, now: now)
  }

  /// The body of an event of now, or of so many seconds ago.
  func event(_ name: String, _ data: String, id: String? = nil, age: Int64 = 0) -> String {
    let time = Instant(microseconds: now.microseconds - age * 1_000_000)
    let id = id.map { #""id":"\#($0)","# } ?? ""
    return #"{"event":"\#(name)",\#(id)"timestamp":"\#(time)","org_id":"org_1","data":\#(data)}"#
  }

  // MARK: Logs and what is stored

  /// Ingests lines of a log; `age` seconds ago each, unless they have a time.
  func ingest(_ lines: [String], org: String? = "org_1") throws {
    var options = IngestWorkflow.Options(now: now)
    options.org = org
    try IngestWorkflow.run(store, shelf, options) { workflow in
      let text = lines.map { $0 + "\n" }.joined()
      try workflow.read(MemorySource(Array(text.utf8)), name: "log.ndjson")
    }
  }

  /// A line of a log, so many seconds ago.
  func line(_ call: String, age: Int64, id: String, _ more: String = "") -> String {
    let words = call.split(separator: " ")
    let time = Instant(microseconds: now.microseconds - age * 1_000_000)
    return #"{"timestamp":"\#(time)","method":"\#(words[0])","path":"\#(words[1])","#
      + #""status":200,"request_id":"\#(id)"\#(more)}"#
  }

  /// The stored charges that cost something: `meeting.book counted 1 20 POST`, by time.
  func charges() throws -> [String] {
    var rows: [String] = []
    _ = try store.requests(UsageQuery()) { request in
      let quantity = request.quantity.map {
        ExactDecimal(significand: Int128($0), scale: 6).normalized.description
      }
      let words = [
        request.series.operation, request.series.basis.rawValue, quantity ?? "-",
        request.credits.map { "\($0)" } ?? "-", request.series.method,
      ]
      rows.append(words.filter { !$0.isEmpty }.joined(separator: " "))
      return true
    }
    return rows
  }

  func reopen() throws {
    let folder = folder
    // The old one has to let the file go first.
    store = try UsageStore(path: folder.appending(path: "other.db").path, .writing(holder: "tests"))
    store = try Self.open(folder)
  }

  /// Fails for everything that is derived and not as it should be.
  func expectClean(_ place: SourceLocation = #_sourceLocation) throws {
    for outcome in try store.check() {
      for difference in outcome.shown {
        let what = "\(outcome.name): \(difference.place): \(difference.found)"
        Issue.record("\(what), expected \(difference.expected)", sourceLocation: place)
      }
    }
  }
}
