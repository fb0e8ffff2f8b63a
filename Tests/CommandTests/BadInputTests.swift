import Foundation
import Testing

@Suite("Bad input ends with exit 2, an exact message, and nothing on standard output")
struct BadInputTests {
  static let campaigns = files(
    in: Command.fixtures.appending(path: "BadCampaigns"),
    endingWith: ["yaml", "json"]
  )
  static let books = files(
    in: Command.fixtures.appending(path: "BadBooks"),
    endingWith: ["yaml", "json"]
  )

  static let tables = files(in: Command.fixtures.appending(path: "BadSeries"), endingWith: ["csv"])

  @Test("a series", arguments: tables)
  func series(file: URL) throws {
    let result = try Command.run(
      ["forecast", "--series", file.lastPathComponent, "--format", "json"],
      in: file.deletingLastPathComponent()
    )
    try expect(result, file)
  }

  @Test("a campaign file", arguments: campaigns)
  func campaign(file: URL) throws {
    let result = try Command.run(
      ["estimate", file.lastPathComponent, "--format", "json"],
      in: file.deletingLastPathComponent()
    )
    try expect(result, file)
    #expect(result.errors.split(separator: "\n").count <= 10)
  }

  @Test("a price book", arguments: books)
  func book(file: URL) throws {
    let result = try Command.run(
      ["prices", "lint", file.lastPathComponent],
      in: file.deletingLastPathComponent()
    )
    try expect(result, file)
  }

  @Test("there are at least sixty kinds")
  func enough() {
    #expect(Self.campaigns.count >= 60)
    #expect(Self.books.count >= 30)
    #expect(Self.tables.count >= 15)
  }

  private func expect(_ result: Command.Result, _ file: URL) throws {
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("\(file.lastPathComponent):"), "\(result.errors)")
    try expectGolden(result.errors, file.appendingPathExtension("expected"))
  }
}

@Suite("Files made to break a reader end with a message too")
struct BombTests {
  /// A name, the text, and what the message must say.
  static let bombs: [(name: String, text: @Sendable () -> String, says: String)] = [
    ("brackets.json", { String(repeating: "[", count: 5_000_000) }, "nest deeper than"),
    ("brackets.yaml", { String(repeating: "[", count: 5_000_000) }, "nest deeper than"),
    ("objects.json", { String(repeating: "{\"a\":", count: 1_000_000) }, "nest deeper than"),
    ("sequences.yaml", { String(repeating: "- ", count: 100_000) }, "nest deeper than"),
    (
      "aliases.yaml",
      {
        var text = "a: &a [x, x, x, x, x, x, x, x, x]\n"
        for (one, two) in zip("abcdefgh", "bcdefghi") {
          text +=
            "\(two): &\(two) [" + Array(repeating: "*\(one)", count: 9).joined(separator: ", ")
            + "]\n"
        }
        return text
      }, "an anchor stands here"
    ),
    (
      "long-line.json", { "{\"name\": \"" + String(repeating: "x", count: 20_000_000) + "\"}" },
      "no operations"
    ),
    (
      "faults.yaml",
      {
        "operations:\n"
          + String(repeating: "  - {operation: sequence.enrol, contacts: -1}\n", count: 100_000)
      }, "unknown operation"
    ),
  ]

  @Test("a bomb", arguments: bombs.indices)
  func bomb(index: Int) throws {
    let bomb = Self.bombs[index]
    let scratch = try Scratch()
    try scratch.write(bomb.name, bomb.text())
    let result = try Command.run(["estimate", bomb.name], in: scratch.folder)
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains(bomb.says), "\(result.errors.prefix(400))")
    #expect(result.errors.utf8.count < 4_000)
    #expect(result.errors.split(separator: "\n").count <= 10)
  }
}
