import Foundation

/// The built command while it runs.
final class RunningCommand {
  private let process = Process()
  private let scratch: Scratch
  private let input = Pipe()

  init(
    _ arguments: [String],
    in folder: URL,
    environment: [String: String] = [:]
  ) throws {
    scratch = try Scratch()
    process.executableURL = Command.binary
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("CREDITMETER") }.merging(environment) { $1 }
    for name in ["o", "e"] { try scratch.write(name, "") }
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: file("o"))
    process.standardError = try FileHandle(forWritingTo: file("e"))
    try process.run()
  }

  private func file(_ name: String) -> URL { scratch.folder.appending(path: name) }

  var errors: String {
    get throws { String(decoding: try Data(contentsOf: file("e")), as: UTF8.self) }
  }

  var output: String {
    get throws { String(decoding: try Data(contentsOf: file("o")), as: UTF8.self) }
  }

  /// Writes to its standard input, and closes it.
  func feed(_ text: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
  }

  /// Ends it with a signal, or lets it end; what it said until then.
  func end(_ signal: Int32? = nil) throws -> Command.Result {
    if let signal { kill(process.processIdentifier, signal) }
    process.waitUntilExit()
    let status = process.terminationStatus
    return Command.Result(
      status: process.terminationReason == .exit ? status : 1_000 + status,
      output: String(decoding: try Data(contentsOf: file("o")), as: UTF8.self),
      errors: try errors
    )
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
}

/// Waits until something is so; false where it never is.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<1_200 {
    if try condition() { return true }
    usleep(50_000)
  }
  return false
}

/// Requests as a log has them, and as the database has them.
enum Requests {
  static func line(_ number: Int, id: Bool = false) -> String {
    let clock = String(format: "%02d:%02d", number / 60 % 60, number % 60)
    let rest = id ? #","request_id":"r\#(number)""# : ""
    return
      #"{"timestamp":"2026-11-01T00:\#(clock)Z","method":"GET","path":"/contacts/L\#(number)"\#(rest)}"#
  }

  static func lines(_ numbers: some Sequence<Int>, id: Bool = false) -> String {
    numbers.map { line($0, id: id) + "\n" }.joined()
  }

  /// The numbers of all requests that are stored, sorted.
  static func stored(in scratch: Scratch, _ database: String = "usage.db") throws -> [Int] {
    let result = try Command.run(
      ["usage", "--list", "--format", "csv", "--database", database],
      in: scratch.folder
    )
    return result.output.split(whereSeparator: \.isNewline).compactMap { row in
      row.split(separator: "/contacts/L").last.flatMap { Int($0.prefix { $0.isNumber }) }
    }
    .sorted()
  }

  /// A run's summary.
  struct Summary: Decodable, Equatable {
    var read = 0
    var accepted = 0
    var duplicates = 0
    var updated = 0
    var rejected = 0
    var secrets: Int?
  }

  static func summary(_ result: Command.Result) throws -> Summary {
    try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
  }

  /// Reads logs, and gives the summary.
  @discardableResult
  static func ingest(
    _ arguments: String...,
    in scratch: Scratch,
    input: String? = nil
  ) throws -> Summary {
    try summary(
      try Command.run(
        ["ingest"] + arguments + ["--database", "usage.db", "--format", "json"],
        in: scratch.folder,
        input: input.map { Data($0.utf8) }
      )
    )
  }
}

/// As many were read, and so many were new, known and refused.
func counts(
  _ accepted: Int,
  _ duplicates: Int = 0,
  rejected: Int = 0,
  updated: Int = 0
) -> Requests.Summary {
  Requests.Summary(
    read: accepted + duplicates + rejected + updated,
    accepted: accepted,
    duplicates: duplicates,
    updated: updated,
    rejected: rejected,
    secrets: 0
  )
}
