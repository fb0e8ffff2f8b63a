import Foundation
import Testing

@Suite("The README is true")
struct ReadmeTests {
  private static let text =
    (try? String(contentsOf: Command.project.appending(path: "README.md"), encoding: .utf8)) ?? ""

  /// Blocks of a language: ```console, ```sh.
  private static func blocks(_ language: String) -> [String] {
    text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
  }

  /// Commands of the console blocks with the output that the README shows for each.
  static let commands: [(command: String, output: String)] = blocks("console").flatMap { block in
    var commands: [(String, String)] = []
    for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("$ ") {
        commands.append((String(line.dropFirst(2)), ""))
      } else if !commands.isEmpty {
        commands[commands.count - 1].1 += line + "\n"
      }
    }
    return commands
  }

  /// The sample log in a database, which the blocks about stored usage show.
  private static let database = stored(["samples/requests.ndjson"])

  /// Five weeks, which the blocks about reports show.
  private static let history = stored([
    "samples/history.ndjson.gz", "samples/history-balance.ndjson",
  ])

  private static func stored(_ logs: [String]) -> Result<Data, any Error> {
    Result {
      let scratch = try Scratch()
      let file = scratch.folder.appending(path: "sample.db").path
      for arguments in [["ingest"] + logs, ["db", "vacuum"]] {
        let result = try Command.run(arguments + ["--database", file])
        try #require(result.status == 0, "\(result.errors)")
      }
      return try Data(contentsOf: URL(filePath: file))
    }
  }

  @Test("what it shows is what the commands print", arguments: commands.indices)
  func output(index: Int) throws {
    let (command, shown) = Self.commands[index]
    let scratch = try Scratch()
    let database = scratch.folder.appending(path: "sample.db")
    if command.contains("usage") || command.contains("db ") || command.contains("rerate") {
      try Self.database.get().write(to: database)
    } else if ["report", "forecast", "alerts"].contains(where: command.contains) {
      try Self.history.get().write(to: database)
    }
    let result = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      ["-c", command + " 2>&1"],
      in: Command.project,
      environment: [
        "PATH": Command.binary.deletingLastPathComponent().path + ":/usr/bin:/bin",
        "CREDITMETER_DATABASE": database.path,
      ]
    )
    #expect(
      result.output.trimmingCharacters(in: .newlines)
        == shown.trimmingCharacters(in: .newlines),
      "$ \(command)"
    )
  }

  @Test("it shows commands at all, and every make target it names exists")
  func targets() throws {
    #expect(Self.commands.count >= 5)
    let makefile = try String(
      contentsOf: Command.project.appending(path: "Makefile"),
      encoding: .utf8
    )
    for block in Self.blocks("sh") {
      for line in block.split(separator: "\n") where line.hasPrefix("make ") {
        let target = line.split(separator: " ")[1]
        #expect(makefile.contains("\n\(target):"), "make \(target)")
      }
    }
  }

  @Test(
    "it names every command",
    arguments: [
      "estimate", "prices list", "prices explain", "prices lint", "prices diff", "prices test",
      "ingest", "usage", "report", "burn", "forecast",
      "reconcile", "calibrate", "rerate", "export focus",
      "db check", "demo", "snapshot add", "snapshot fetch", "snapshot watch", "sync",
      "doctor", "alerts check", "alerts list", "alerts silence", "alerts test", "alerts replay",
      "alerts outbox", "alerts lint", "alerts send-test", "budget list",
    ]
  )
  func names(command: String) { #expect(Self.text.contains("`\(command)`")) }
}
