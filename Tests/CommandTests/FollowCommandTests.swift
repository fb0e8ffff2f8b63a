import Foundation
import Testing

@Suite("creditmeter ingest --follow, as a user runs it")
struct FollowCommandTests {
  private static let arguments = ["ingest", "--follow", "--database", "usage.db"]

  @Test(
    "what is appended is stored while it runs; SIGTERM and SIGINT end it with a summary",
    arguments: [SIGTERM, SIGINT]
  )
  func signals(signal: Int32) throws {
    let scratch = try Scratch()
    let arguments = Self.arguments + ["a.log", "--rejects", "bad.ndjson", "--format", "json"]
    let command = try RunningCommand(arguments, in: scratch.folder)
    let waiting = "waiting for a.log, which does not exist yet\n"
    #expect(try eventually { try command.errors == waiting })
    try append(Requests.lines(1...3) + "bad\n" + Requests.line(4), to: "a.log", in: scratch)
    #expect(try eventually { try Requests.stored(in: scratch) == [1, 2, 3] })
    let rejects = scratch.folder.appending(path: "bad.ndjson")
    #expect(try String(contentsOf: rejects, encoding: .utf8).contains(#""raw":"bad""#))
    try FileManager.default.moveItem(
      at: scratch.folder.appending(path: "a.log"),
      to: scratch.folder.appending(path: "a.log.1")
    )
    try append(Requests.lines([5]), to: "a.log", in: scratch)
    #expect(try eventually { try Requests.stored(in: scratch) == [1, 2, 3, 5] })
    let result = try command.end(signal)
    #expect(result.status == 0)
    #expect(try Requests.summary(result) == counts(4, rejected: 1))
    // The half line is still there, and is the last of its file.
    let next = try RunningCommand(arguments, in: scratch.folder)
    #expect(try eventually { try Requests.stored(in: scratch) == [1, 2, 3, 4, 5] })
    let last = try next.end(signal)
    #expect(last.status == 0)
    #expect(last.errors == "")
    #expect(try Requests.summary(last) == counts(1))
    #expect(try String(contentsOf: rejects, encoding: .utf8).contains(#""raw":"bad""#))
  }

  private func append(_ text: String, to name: String, in scratch: Scratch) throws {
    let path = scratch.folder.appending(path: name).path
    guard let file = fopen(path, "a") else { throw CocoaError(.fileWriteUnknown) }
    fputs(text, file)
    fclose(file)
  }

  @Test("standard input is read to its end")
  func standardInput() throws {
    let scratch = try Scratch()
    let command = try RunningCommand(
      Self.arguments + ["-", "--format", "json"],
      in: scratch.folder
    )
    try command.feed(Requests.lines(1...3) + Requests.line(4))
    let result = try command.end()
    #expect(result.status == 0)
    #expect(try Requests.summary(result) == counts(4))
  }

  @Test(
    "what cannot be followed is refused",
    arguments: [
      (["a.json", "--dry-run"], 64, "keeps nothing"), (["a.json", "--input", "har"], 64, "har"),
      (["a.json"], 2, "a.json:1:1: error: a log in the format json cannot be followed"),
    ]
  )
  func refused(arguments: [String], status: Int32, message: String) throws {
    let scratch = try Scratch()
    try scratch.write("a.json", "[\(Requests.line(1))]\n")
    let result = try Command.run(Self.arguments + arguments, in: scratch.folder)
    #expect(result.status == status)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test("one that cannot be followed among others is told, and the others are followed")
  func refusedAmongOthers() throws {
    let scratch = try Scratch()
    try scratch.write("a.json", "[\(Requests.line(1))]\n")
    try scratch.write("b.log", Requests.lines([2]))
    let arguments = Self.arguments + ["a.json", "b.log", "--format", "json"]
    let command = try RunningCommand(arguments, in: scratch.folder)
    #expect(try eventually { try Requests.stored(in: scratch) == [2] })
    let result = try command.end(SIGTERM)
    #expect(result.status == 2)
    #expect(result.errors.components(separatedBy: "cannot be followed").count == 2)
    #expect(try Requests.summary(result) == counts(1))
  }

  @Test("while it runs nobody else writes, and it is named")
  func lock() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines([1]))
    let command = try RunningCommand(Self.arguments + ["a.log"], in: scratch.folder)
    #expect(try eventually { try Requests.stored(in: scratch) == [1] })
    let result = try Command.run(
      ["ingest", "a.log", "--database", "usage.db"],
      in: scratch.folder
    )
    #expect(result.status == 1)
    #expect(result.errors.contains("creditmeter ingest --follow"), "\(result.errors)")
    #expect(try command.end(SIGTERM).status == 0)
  }
}
