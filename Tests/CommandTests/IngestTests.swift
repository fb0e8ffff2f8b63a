import Foundation
import Testing

@Suite("creditmeter ingest, as a user runs it")
struct IngestTests {
  @Test("files, folders and standard input; each file once, whatever it is called")
  func inputs() throws {
    let scratch = try Scratch()
    let logs = scratch.folder.appending(path: "logs")
    try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
    try scratch.write("logs/a.log", Requests.lines(1...2))
    try scratch.write("logs/b.log", Requests.lines([3]))
    try scratch.write("logs/.hidden", Requests.lines([9]))
    try scratch.write("c.log", Requests.lines([4]))
    symlink("c.log", scratch.folder.appending(path: "link").path)
    let named = ["logs", "logs/a.log", "./c.log", "c.log", "link", "-"]
    let result = try Command.run(
      ["ingest"] + named + ["--database", "usage.db", "--format", "json"],
      in: scratch.folder,
      input: Data(Requests.lines([5]).utf8)
    )
    #expect(try Requests.summary(result) == counts(5))
    #expect(try Requests.stored(in: scratch) == [1, 2, 3, 4, 5])
    // Without a name, standard input is read.
    #expect(try Requests.ingest(in: scratch, input: Requests.lines([6])) == counts(1))
  }

  @Test("a folder that holds the database and the rejects is read without them")
  func ownFiles() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines([1]) + "bad\n")
    for accepted in [1, 0] {
      let result = try Requests.ingest(".", "--rejects", "bad.ndjson", in: scratch)
      #expect(result == counts(accepted, 1 - accepted, rejected: 1))
    }
  }

  @Test(
    "nothing to read is no fault",
    arguments: [["/dev/null"], ["empty.log"], ["blank.log"], ["empty"], ["-"]]
  )
  func nothing(named: [String]) throws {
    let scratch = try Scratch()
    try scratch.write("empty.log", "")
    try scratch.write("blank.log", "\n \n\n")
    let folder = scratch.folder.appending(path: "empty")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = try Command.run(
      ["ingest"] + named + ["--database", "usage.db", "--format", "json"],
      in: scratch.folder
    )
    #expect(result.status == 0)
    #expect(try Requests.summary(result) == counts(0))
    #expect(result.errors == (named == ["empty"] ? "there are no logs in empty\n" : ""))
  }

  @Test("a pipe with a name is read to its end")
  func namedPipe() throws {
    let scratch = try Scratch()
    let result = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      [
        "-c", "mkfifo p && (cat a.log > p &) && \"$0\" ingest p --database usage.db",
        Command.binary.path,
      ],
      in: try write(Requests.lines(1...3), in: scratch)
    )
    #expect(result.status == 0)
    #expect(try Requests.stored(in: scratch) == [1, 2, 3])
  }

  private func write(_ text: String, in scratch: Scratch) throws -> URL {
    try scratch.write("a.log", text)
    return scratch.folder
  }

  @Test("what cannot be read is told, the others are read; exit 1 for files, 2 for content")
  func unreadable() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines([1]))
    try scratch.write("b.log", "this is\nno log\n")
    try scratch.write("c.log", Requests.lines([2]))
    let bad = try Command.run(
      ["ingest", "a.log", "b.log", "c.log", "--database", "usage.db", "--format", "json"],
      in: scratch.folder
    )
    #expect(bad.status == 2)
    #expect(try Requests.summary(bad) == counts(2))
    #expect(bad.errors.contains("b.log:1:1: error: this is not a log"))
    let missing = try Command.run(
      ["ingest", "gone.log", "b.log", "c.log", "--database", "usage.db", "--format", "json"],
      in: scratch.folder
    )
    #expect(missing.status == 1)
    #expect(try Requests.summary(missing) == counts(0, 1))
    #expect(missing.errors.contains("b.log:1:1") && missing.errors.contains("gone.log"))
    // With nothing read, there is nothing to sum up.
    for (name, status) in [("gone.log", 1), ("b.log", 2)] {
      let only = try Command.run(["ingest", name, "--database", "x.db"], in: scratch.folder)
      #expect(only.status == Int32(status) && only.output.isEmpty)
    }
  }

  @Test("a dry run counts the same, keeps nothing, and makes no database")
  func rehearsal() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines(1...3) + "bad\n" + Requests.lines([3]))
    let rehearsed = try Requests.ingest("a.log", "--dry-run", in: scratch)
    #expect(rehearsed == counts(4, rejected: 1))
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
    #expect(names == ["a.log"])
    #expect(try Requests.ingest("a.log", in: scratch) == rehearsed)
    try scratch.write("b.log", Requests.lines(3...5))
    let second = try Requests.ingest("b.log", "--dry-run", in: scratch)
    #expect(second == counts(2, 1))
    #expect(try Requests.stored(in: scratch) == [1, 2, 3, 3])
    #expect(try Requests.ingest("b.log", in: scratch) == second)
  }

  @Test("rejects are written, mended and read again")
  func rejects() throws {
    let scratch = try Scratch()
    let bad = Requests.line(2).replacingOccurrences(of: "GET", with: "G E T")
    try scratch.write("a.log", Requests.lines([1]) + bad + "\n")
    let arguments = ["ingest", "a.log", "--rejects", "bad.ndjson", "--database", "usage.db"]
    #expect(try Command.run(arguments, in: scratch.folder).status == 0)
    let strict = try Command.run(arguments + ["--strict"], in: scratch.folder)
    #expect(strict.status == 2)
    #expect(strict.output.contains("1 rejected"))
    #expect(strict.errors.hasSuffix("\nerror: 1 line was rejected\n"))
    let file = scratch.folder.appending(path: "bad.ndjson")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 1)
    let mended = text.replacingOccurrences(of: "G E T", with: "GET")
    try scratch.write("mended.ndjson", mended)
    #expect(try Requests.ingest("mended.ndjson", in: scratch) == counts(1))
    #expect(try Requests.stored(in: scratch) == [1, 2])
    let own = try Command.run(
      ["ingest", "bad.ndjson", "--rejects", "bad.ndjson", "--database", "usage.db"],
      in: scratch.folder
    )
    #expect(own.status == 64)
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test("organisation, source, tags and other names of keys are those of the options")
  func options() throws {
    let scratch = try Scratch()
    let line = Requests.line(1).replacingOccurrences(of: "timestamp", with: "when")
    try scratch.write("a.log", line + "\n")
    #expect(try Requests.ingest("a.log", in: scratch) == counts(0, rejected: 1))
    let named = ["--map", "timestamp=when", "--tag", "campaign=spring", "--tag", "team=sales"]
    for (org, source) in [("o1", "web1"), ("o1", "web2"), ("o2", "web1"), ("o1", "web1")] {
      _ = try Command.run(
        ["ingest", "a.log", "--org", org, "--source", source, "--database", "usage.db"] + named,
        in: scratch.folder
      )
    }
    let shown = try Command.run(
      ["usage", "--by", "org,source,tag:campaign,tag:team", "--format", "csv"]
        + ["--database", "usage.db"],
      in: scratch.folder
    )
    let rows = shown.output.split(whereSeparator: \.isNewline).dropFirst()
      .map { $0.split(separator: ",").prefix(5).joined(separator: ",") }.sorted()
    #expect(
      rows == [
        "o1,web1,spring,sales,request", "o1,web2,spring,sales,request",
        "o2,web1,spring,sales,request",
      ]
    )
    for option in [["--tag", "spring"], ["--map", "=x"]] {
      #expect(try Command.run(["ingest", "a.log"] + option, in: scratch.folder).status == 64)
    }
  }

  @Test("keys in what is stored are replaced, counted and told")
  func secrets() throws {
    let scratch = try Scratch()
    let key = "g8_live_0123456789abcdef"
    let line = Requests.line(1).replacingOccurrences(of: "L1", with: key)
    let tagged = Requests.line(2).dropLast() + #","tags":{"who":"\#(key)"}}"#
    try scratch.write("a.log", "\(line)\n\(tagged)\nbad \(key)\n")
    let result = try Command.run(
      ["ingest", "a.log", "--database", "usage.db"],
      in: scratch.folder
    )
    #expect(result.output.contains("3 keys or tokens replaced"), "\(result.output)")
    let database = try Data(contentsOf: scratch.folder.appending(path: "usage.db"))
    #expect(database.range(of: Data(key.utf8)) == nil)
  }

  @Test("a closed pipe ends it quietly")
  func closedPipe() throws {
    let scratch = try Scratch()
    let result = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      ["-c", "\"$0\" ingest a.log --database usage.db | true; echo done", Command.binary.path],
      in: try write(Requests.lines(1...3), in: scratch)
    )
    #expect(result.output == "done\n" && result.errors.isEmpty)
    #expect(try Requests.stored(in: scratch) == [1, 2, 3])
  }
}
