import Foundation
import TestSupport
import Testing

@Suite("Damaged logs add up")
struct BadLogMutationTests {
  /// Lines of the fixtures of one format, good and bad.
  private static func lines(_ ending: String) throws -> [[UInt8]] {
    let folder = Command.fixtures.appending(path: "BadLogs")
    var lines: Set<[UInt8]> = []
    for file in files(in: folder, endingWith: [ending])
    where !file.lastPathComponent.hasPrefix("whole") && !file.lastPathComponent.hasPrefix("rejects")
    {
      for line in try Data(contentsOf: file).split(separator: 0x0A) { lines.insert(Array(line)) }
    }
    return lines.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func isBlank(_ line: [UInt8]) -> Bool {
    line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
  }

  /// Lines that are good, of which most logs are made.
  private static let good: [String: String] = [
    "ndjson":
      #"{"timestamp":"2026-11-18T09:30:00Z","method":"POST","path":"/contacts","status":201}"#,
    "log": #"h - - [18/Nov/2026:09:30:00 +0000] "POST /contacts HTTP/1.1" 201 5 "-" "curl""#,
    "csv": "2026-11-18T09:30:00Z,POST,/contacts,201",
    "har": #"{"startedDateTime":"2026-11-18T09:30:00Z","request":{"method":"POST","#
      + #""url":"https://api.graph8.com/contacts"},"response":{"status":201}}"#,
  ]

  /// Lines of a log, half of them good, the others of the fixtures, and some of each damaged.
  private static func damaged(_ ending: String, _ random: inout SeededRandom) throws -> [[UInt8]] {
    let given = try Self.lines(ending)
    let good = Array(try #require(Self.good[ending]).utf8)
    var lines: [[UInt8]] = []
    while lines.count < 4_000 {
      var line = random.chance(0.5) ? good : random.pick(given)
      if random.chance(0.5) {
        for _ in 0...random.below(2) { random.damage(&line, with: random.pick(given)) }
      }
      line.removeAll { $0 == 0x0A }
      if !isBlank(line) { lines.append(line) }
    }
    return lines
  }

  @Test(
    "each of 4,000 damaged lines is accepted, known, or rejected, and every reject comes again",
    arguments: [("ndjson", "ndjson"), ("log", "combined")]
  )
  func lines(ending: String, format: String) throws {
    var random = SeededRandom()
    let lines = try Self.damaged(ending, &random)
    let (first, again) = try run("log.\(ending)", lines, ["--input", format])
    let rejected = first.rejects.count
    #expect(first.counts?["read"] == lines.count, "seed \(random.seed)")
    #expect((1_000...3_000).contains(rejected), "\(rejected)")
    #expect(again.counts?["read"] == rejected, "seed \(random.seed)")
  }

  @Test(
    "4,000 damaged rows and elements add up too",
    arguments: [
      ("csv", "csv", "timestamp,method,path,status"), ("ndjson", "json", "["),
    ]
  )
  func rows(ending: String, format: String, start: String) throws {
    var random = SeededRandom()
    var lines = try Self.damaged(ending, &random)
    if format != "csv" {
      lines = lines.map { $0.last == 0x2C ? $0 : $0 + [0x2C] }
    }
    let (first, again) = try run("log.\(format)", [Array(start.utf8)] + lines, ["--input", format])
    let read = try #require(first.counts?["read"])
    #expect(read > 2_000, "seed \(random.seed): \(read)")
    #expect(again.counts != nil, "\(again.errors)")
  }

  /// Reads lines, and then the rejects of that; the command checks in between that all adds up.
  private func run(
    _ name: String,
    _ lines: [[UInt8]],
    _ options: [String]
  ) throws -> (first: LogRun, again: LogRun) {
    let scratch = try Scratch()
    let file = scratch.folder.appending(path: name)
    try Data(lines.joined(separator: [0x0A])).write(to: file)
    let first = try LogRun(file, options, in: scratch)
    #expect(first.status == 0, "\(first.errors.prefix(400))")
    let rejects = scratch.folder.appending(path: "\(name).rejects")
    return (first, try LogRun(rejects, options, in: scratch))
  }
}
