import ByteSources
import CreditCore
import Foundation
import Intake
import PriceBooks
import Reports
import UsageStore
import Workflows

/// A database of a few weeks, and the pages of it.
struct DashboardScene {
  /// A Monday.
  static let now = Instant("2026-11-23T08:00:00Z") ?? Instant(microseconds: 0)

  let store: UsageStore
  let pages = DashboardPages()
  var setting = DashboardWorkflow.Setting()

  /// Read once: it is the same for all.
  private static let shelf = Result { try BookShelf([]) }

  var workflow: DashboardWorkflow {
    get throws { DashboardWorkflow(store, try Self.shelf.get(), setting) }
  }

  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "dashboard-\(UUID().uuidString)")
    store = try UsageStore(path: folder.appending(path: "x.db").path, .writing(holder: "a test"))
  }

  func ingest(_ lines: [String]) throws {
    let source = MemorySource(Array(lines.joined(separator: "\n").utf8))
    let options = IngestWorkflow.Options(now: Self.now)
    try IngestWorkflow.run(store, try Self.shelf.get(), options) {
      try $0.read(source, name: "x.ndjson")
    }
  }

  /// A meeting, which is 20 credits.
  static func meeting(_ time: String, org: String = "north", _ id: String? = nil) -> String {
    let org = quoted(org)
    return #"{"timestamp":"\#(time)","method":"POST","path":"/appointments/bookings","#
      + #""org_id":\#(org),"request_id":\#(quoted(id ?? time)),"status":200}"#
  }

  static func snapshot(_ time: String, _ balance: Int, used: Int, org: String = "north") -> String {
    #"{"timestamp":"\#(time)","org_id":\#(quoted(org)),"balance":\#(balance),"#
      + #""billing_period_used":\#(used),"tier":"platform"}"#
  }

  static func quoted(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// One meeting a day for four weeks, and a snapshot at the last midnight.
  func month(org: String = "north") throws {
    let days = (1...22).map { ($0 < 10 ? "0" : "") + String($0) }
    try ingest(days.map { Self.meeting("2026-11-\($0)T12:00:00Z", org: org) })
    try ingest([
      Self.snapshot("2026-11-18T00:00:00Z", 600, used: 400, org: org),
      Self.snapshot("2026-11-23T00:00:00Z", 490, used: 510, org: org),
    ])
  }

  func overview(org: String? = nil) throws -> DashboardValues {
    try workflow.overview(org: org, now: Self.now)
  }

  static func session(org: String? = nil, isAdmin: Bool = true) -> PageSession {
    PageSession(org: org, csrf: "secret", isAdmin: isAdmin, isSignedIn: true)
  }

  /// The words of a page.
  static func words(_ page: [UInt8]) -> String {
    PageShape(page).text.split { $0.isWhitespace }.joined(separator: " ")
  }

  static func alert(_ rule: String, org: String, reason: String) -> AlertReport.Row {
    var entry = AlertEntry(since: now)
    (entry.state, entry.severity, entry.reason) = (.firing, .critical, reason)
    return AlertReport.Row(key: AlertKey(rule: rule, org: org), entry: entry)
  }
}
