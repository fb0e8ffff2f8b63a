import AlertFiles
import ByteSources
import CreditCore
import Foundation
import GRDB
import Intake
import PriceBooks
import Reports
import UsageStore
import Workflows

/// A database of its own, rules, and receivers that answer as they are told.
final class AlertScene {
  private static let shelf = Result { try BookShelf([]) }

  private let folder: URL
  private var opened: UsageStore?
  var setting: AlertSetting
  /// What a destination answers; those that are not named take everything.
  var answers: [String: DeliveryOutcome] = [:]
  /// Every attempt, in order.
  private(set) var attempts: [(to: String, message: AlertMessage)] = []
  /// Answers instead, where it is set.
  var onAttempt: ((_ to: String, AlertMessage) -> DeliveryOutcome)?
  private var requests = 0

  /// `rules`: what each says but for its name, which is `r1`, `r2` and so on; `destinations` as the
  /// file has them.
  convenience init(
    _ rules: String...,
    destinations: String = "{a: {slack: {url_env: A}}}"
  ) throws { try self.init(rules, destinations: destinations) }

  init(_ rules: [String], destinations: String) throws {
    // In memory where that is: thousands of commits wait for no disk.
    let memory = URL(filePath: "/dev/shm")
    let base =
      FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    folder = base.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let lines = rules.enumerated().map { "  - {name: r\($0 + 1), \($1)}\n" }.joined()
    let text = "destinations: \(destinations)\nrules:\n" + lines
    setting = AlertSetting(
      try AlertFileReader.plan(SourceText(name: "alerts.yaml", bytes: Array(text.utf8)))
    )
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  // MARK: The database

  private static let files = ["usage.db", "usage.db-wal"]
  private var path: String { folder.appending(path: Self.files[0]).path }

  var store: UsageStore {
    get throws {
      if let opened { return opened }
      let store = try UsageStore(path: path, .writing(holder: "a test"))
      opened = store
      return store
    }
  }

  /// The files as they are: what a process that is killed now leaves.
  func saved() throws -> [Data?] {
    Self.files.map { try? Data(contentsOf: folder.appending(path: $0)) }
  }

  /// Ends the process that has the database open; `files` are those of one that was killed.
  func restart(from files: [Data?]? = nil) throws {
    opened = nil
    guard let files else { return }
    for (name, data) in zip(Self.files + ["usage.db-shm"], files + [nil]) {
      let file = folder.appending(path: name)
      try? FileManager.default.removeItem(at: file)
      try data?.write(to: file)
    }
  }

  /// Changes the database behind everybody's back.
  func damage(_ sql: String) throws {
    opened = nil
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
  }

  // MARK: What happens

  /// Days, hours, minutes, seconds and microseconds after 2026-11-01T00:00:00Z, a Sunday.
  static func time(
    _ day: Int,
    _ hour: Int = 0,
    _ minute: Int = 0,
    _ second: Int = 0,
    micros: Int64 = 0
  ) -> Instant {
    let seconds = ((day * 24 + hour) * 60 + minute) * 60 + second
    return Instant(microseconds: 1_793_491_200_000_000 + Int64(seconds) * 1_000_000 + micros)
  }

  /// `known`: when it is stored, where it comes late.
  func balance(
    _ credits: String,
    used: String? = nil,
    _ at: Instant,
    org: String = "o",
    known: Instant? = nil
  ) throws {
    try ingest([balanceLine(credits, used: used, at, org: org)], known ?? at)
  }

  func balanceLine(_ credits: String, used: String?, _ at: Instant, org: String) -> String {
    let used = used.map { ",\"billing_period_used\":\($0)" } ?? ""
    return """
      {"timestamp":"\(at)","org_id":"\(org)","balance":\(credits)\(used),"tier":"platform"}

      """
  }

  /// Requests of one instant, each of so many credits; of no credits, of none that are told.
  func request(
    _ credits: String?,
    _ at: Instant,
    count: Int = 1,
    status: Int = 200,
    path: String = "/voice/calls",
    org: String = "o",
    known: Instant? = nil
  ) throws {
    let lines = (0..<count).map { _ in requestLine(credits, at, status, path, org: org) }
    try ingest([lines.joined()], known ?? at)
  }

  func requestLine(
    _ credits: String?,
    _ at: Instant,
    _ status: Int = 200,
    _ path: String = "/voice/calls",
    org: String
  ) -> String {
    requests += 1
    let charged = credits.map { ",\"credits_charged\":\($0)" } ?? ""
    return """
      {"timestamp":"\(at)","method":"POST","path":"\(path)","status":\(status),\
      "request_id":"\(requests)","org_id":"\(org)"\(charged)}

      """
  }

  /// Reads each text as a log of its own; `meanwhile` is called every 8,192 lines.
  func ingest(
    _ logs: [String],
    _ now: Instant,
    meanwhile: @escaping (IngestWorkflow) -> Void = { _ in }
  ) throws {
    let options = IngestWorkflow.Options(now: now)
    try IngestWorkflow.run(try store, try Self.shelf.get(), options) { workflow in
      workflow.onProgress = meanwhile
      for log in logs { try workflow.read(MemorySource(Array(log.utf8)), name: "log") }
    }
  }

  // MARK: Looks

  var workflow: AlertWorkflow {
    get throws { AlertWorkflow(try store, try Self.shelf.get(), setting) }
  }

  @discardableResult
  func look(_ now: Instant) throws -> AlertReport {
    let delivery = AlertDelivery(
      sink: { [unowned self] in Sink(scene: self, name: $0.name) },
      chance: { 0.5 }
    )
    return try workflow.run(delivery, now: now)
  }

  /// The state of each row of a look, in the order of the rules.
  func states(_ now: Instant) throws -> [AlertEntry.State] {
    try look(now).rows.map(\.entry.state)
  }

  func value(_ now: Instant) throws -> String? {
    try look(now).rows.first?.entry.value?.description
  }

  /// What destinations took: `a firing rule`, in order.
  var taken: [String] {
    attempts.filter { answers[$0.to] == nil }
      .map { "\($0.to) \($0.message.state) \($0.message.rule)" }
  }

  func outbox(_ status: OutboxRow.Status) throws -> [OutboxRow] {
    try store.outbox(status, limit: 10_000)
  }

  private struct Sink: AlertSink {
    unowned let scene: AlertScene
    let name: String

    func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
      scene.attempts.append((name, message))
      if let answer = scene.onAttempt { return answer(name, message) }
      return scene.answers[name] ?? .delivered
    }
  }
}
