import Foundation
import Testing

@Suite("A bad line of a log is kept with its place and its reason, and nothing else is lost")
struct BadLogTests {
  static let logs = files(
    in: Command.fixtures.appending(path: "BadLogs"),
    endingWith: ["ndjson", "json", "har", "csv", "log", "gz", "zst"]
  )

  /// What else is said on the command line, by the start of the file's name.
  static let options: [(prefix: String, options: [String])] = [
    ("format-", ["--org", "org_1", "--log-format", Self.format]),
    ("org-conflict", ["--org", "org_1"]),
    ("wrong-input-combined", ["--input", "combined"]),
    ("wrong-input-csv", ["--input", "csv"]),
    ("wrong-input-ndjson", ["--input", "ndjson"]),
    ("wrong-log-format", ["--log-format", "$remote_addr [$time_local] $status"]),
    ("wrong-map", ["--map", "timestmp=ts"]),
  ]
  private static let format =
    "$http_x_org_id [$time_local] $request_method $request_uri $status $request_id"

  @Test("a log", arguments: logs)
  func log(file: URL) throws {
    let scratch = try Scratch()
    let name = file.lastPathComponent
    let options = Self.options.first { name.hasPrefix($0.prefix) }?.options ?? []
    let first = try LogRun(file, options, in: scratch)
    for reject in first.rejects where !reject.raw.isEmpty {
      expectKept(reject, of: try Data(contentsOf: file), name)
    }
    var told = first.told
    if !first.rejects.isEmpty {
      // Read again as it is, a reject is one for the same reason, unless a fixture says otherwise.
      let rejects = scratch.folder.appending(path: "\(name).rejects")
      let again = try LogRun(rejects, options, in: scratch)
      let isSame = again.rejects.map(\.why) == first.rejects.map(\.why)
      let isAll = again.counts?["read"] == first.rejects.count
      if !isSame || !isAll { told += "read again:\n" + again.told }
    }
    try expectGolden(told, file.appendingPathExtension("expected"))
  }

  @Test("there are at least ninety kinds, and each reason has one")
  func enough() throws {
    #expect(Self.logs.count >= 90)
    let told = try Self.logs.map {
      try String(contentsOf: $0.appendingPathExtension("expected"), encoding: .utf8)
    }
    .joined()
    for reason in LogRun.reasons { #expect(told.contains(": \(reason): "), "\(reason)") }
  }

  /// A reject has the line as it stands; of a CSV row, behind the header.
  private func expectKept(_ reject: LogRun.Reject, of log: Data, _ name: String) {
    if name.hasSuffix(".gz") || name.hasSuffix(".zst") || name.hasPrefix("rejects") { return }
    if name.hasPrefix("secret") { return }
    let text = String(decoding: log, as: UTF8.self)
    let row =
      name.hasSuffix(".csv")
      ? reject.raw.split(separator: "\n", maxSplits: 1).dropFirst().joined() : reject.raw
    #expect(text.contains(row), "\(name): \(reject.raw)")
  }
}

/// What `ingest` made of a log: its exit code, its counts, and its rejects.
struct LogRun {
  struct Reject: Decodable, Equatable {
    var file: String
    var line: Int
    var column: Int
    var reason: String
    var message: String
    var raw: String

    /// All but the line and the file in which it stands.
    var why: String { "\(column): \(reason): \(message)" }
  }

  static let reasons = [
    "json", "encoding", "control", "repeated_key", "missing", "type", "time", "ancient", "future",
    "number", "range", "method", "path", "status", "id", "unknown", "columns", "quote", "format",
    "id_conflict", "org_conflict",
  ]

  var status: Int32
  var counts: [String: Int]?
  var rejects: [Reject]
  var errors: String

  private static let book = Command.fixtures.appending(path: "BadLogs/book.yaml").path

  /// Reads a log into the database of `scratch`, and writes its rejects beside that.
  init(_ file: URL, _ options: [String], in scratch: Scratch) throws {
    let rejectFile = scratch.folder.appending(path: "\(file.lastPathComponent).rejects")
    let result = try Command.run(
      [
        "ingest", file.lastPathComponent, "--format", "json", "--as-of", "2026-12-01T00:00:00Z",
        "--database", scratch.folder.appending(path: "usage.db").path,
        "--rejects", rejectFile.path, "--book", Self.book,
      ] + options,
      in: file.deletingLastPathComponent()
    )
    status = result.status
    errors = result.errors
    if result.output.isEmpty {
      counts = nil
    } else {
      let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
      counts = [
        "read": summary.read, "accepted": summary.accepted, "duplicates": summary.duplicates,
        "updated": summary.updated, "rejected": summary.rejected,
      ]
      let sum = summary.accepted + summary.duplicates + summary.updated + summary.rejected
      #expect(summary.read == sum, "\(result.output)")
    }
    rejects = try String(contentsOf: rejectFile, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Reject.self, from: Data($0.utf8))
    }
    if let counts { #expect(counts["rejected"] == rejects.count, "\(result.output)") }
  }

  private struct Summary: Decodable {
    var read: Int
    var accepted: Int
    var duplicates: Int
    var updated: Int
    var rejected: Int
  }

  /// As a fixture has it.
  var told: String {
    var lines = ["exit \(status)"]
    if let counts {
      lines += [
        ["read", "accepted", "duplicates", "updated", "rejected"]
          .map { "\($0) \(counts[$0] ?? 0)" }.joined(separator: ", ")
      ]
    }
    lines += rejects.map { "\($0.file):\($0.line):\($0.column): \($0.reason): \($0.message)" }
    return lines.joined(separator: "\n") + "\n" + errors
  }
}
