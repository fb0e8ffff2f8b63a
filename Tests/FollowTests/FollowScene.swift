import CreditCore
import Foundation
import GRDB
import Intake
import PriceBooks
import UsageStore

/// A folder of logs and a database, followed step by step.
final class FollowScene {
  static let shelf = Result { try BookShelf([]) }

  let folder: URL
  private(set) var notes: [String] = []
  private(set) var counts = ImportCounts()
  private var clock = 0
  var now = Instant("2026-11-24T00:00:00Z") ?? Instant(microseconds: 0)
  private var following: FollowWorkflow?

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "logs"),
      withIntermediateDirectories: true
    )
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: "logs").appending(path: name).path }

  var database: String { folder.appending(path: "usage.db").path }

  // MARK: Files

  func append(_ text: String, to name: String = "a.log") throws {
    guard let file = fopen(path(name), "a") else { throw CocoaError(.fileWriteUnknown) }
    fputs(text, file)
    fclose(file)
  }

  /// One request each.
  func append(lines numbers: Int..., to name: String = "a.log") throws {
    for number in numbers { try append(LineStyle.json.line(number) + "\n", to: name) }
  }

  func move(_ name: String, to other: String) { rename(path(name), path(other)) }

  // MARK: Following

  /// One run on `names`, the whole folder without any; it ends with `body`.
  func run(
    _ names: String...,
    options change: (inout IngestWorkflow.Options) -> Void = { _ in },
    body: () throws -> Void
  ) throws {
    let store = try UsageStore(path: database, .writing(holder: "test"))
    var options = IngestWorkflow.Options(now: now)
    change(&options)
    let paths = names.isEmpty ? [folder.appending(path: "logs").path] : names.map(path)
    counts = try IngestWorkflow.run(store, try Self.shelf.get(), options) { workflow in
      following = try FollowWorkflow(
        workflow,
        paths,
        pace: FollowPace(
          now: { [unowned self] in now },
          milliseconds: { [unowned self] in clock },
          wait: { [unowned self] in clock += $0 },
          mustEnd: { false }
        ),
        say: { [unowned self] in notes.append($0) }
      )
      defer { following = nil }
      try body()
      return workflow.counts
    }
  }

  /// Looks, after so many milliseconds, until there is nothing more.
  func look(after milliseconds: Int = 250) throws {
    clock += milliseconds
    while try following?.look() ?? false {}
  }

  /// Reads a log as it is, without following it.
  func read(_ name: String) throws -> ImportCounts {
    let store = try UsageStore(path: database, .writing(holder: "test"))
    return try IngestWorkflow.run(store, try Self.shelf.get(), .init(now: now)) { workflow in
      try workflow.read(files: [path(name)], ReadMeter([]), onFault: { notes.append("\($0)") })
      return workflow.counts
    }
  }

  // MARK: What is stored

  /// The names of all requests that are stored, sorted.
  func stored() throws -> [String] {
    try reading(database).read { db in
      try String.fetchAll(db, sql: "SELECT coalesce(arguments, '') FROM charges")
    }
    .sorted { ($0.count, $0) < ($1.count, $1) }
  }

  func rejects() throws -> [String] {
    try reading(database).read { db in
      try String.fetchAll(db, sql: "SELECT line || ': ' || raw FROM rejects ORDER BY id")
    }
  }
}

/// L1, L2 and so on.
func names(_ numbers: Int...) -> [String] { numbers.map { "L\($0)" } }
