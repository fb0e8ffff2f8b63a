import Foundation
import Testing

@Suite("A file that is no whole database ends with a message, never a crash")
struct MutatedDatabaseTests {
  @Test("changed bytes", arguments: 0..<8)
  func mutated(part: Int) throws {
    let whole = [UInt8](try SampleDatabase.content.get())
    var state = UInt64(part) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    for round in 0..<12 {
      let scratch = try Scratch()
      var bytes = whole
      switch round % 4 {
      case 0: bytes.removeLast(below(bytes.count - 1))
      case 1: for _ in 0..<2_000 { bytes[100 + below(bytes.count - 100)] = UInt8(below(256)) }
      case 2: for _ in 0..<4 { bytes[100 + below(8_000)] = UInt8(below(256)) }
      default:
        let start = below(bytes.count / 8_192) * 8_192
        for place in start..<(start + 8_192) { bytes[place] = UInt8(below(256)) }
      }
      let file = scratch.folder.appending(path: "mutated.db")
      try Data(bytes).write(to: file)
      for command in [
        ["usage", "--by", "operation,day", "--timezone", "Europe/Berlin"], ["usage", "--list"],
        ["db", "check"], ["db", "stats"], ["db", "backup", "copy.db"],
      ] {
        let result = try Command.run(
          command + ["--database", "mutated.db"],
          in: scratch.folder,
          environment: ["SWIFT_BACKTRACE": "enable=no"]
        )
        let comment: Comment = "part \(part), round \(round), \(command): \(result.errors)"
        #expect([0, 1, 3].contains(result.status), comment)
        if result.status == 1 { #expect(result.errors.contains(".db"), comment) }
      }
    }
  }

  @Test("other files", arguments: ["", "text\n", "SQLite format 3\0"])
  func other(content: String) throws {
    let scratch = try Scratch()
    try scratch.write("other.db", content)
    for command in [["usage"], ["db", "check"], ["db", "stats"], ["db", "vacuum"]] {
      let result = try Command.run(command + ["--database", "other.db"], in: scratch.folder)
      if content.isEmpty { continue }
      #expect(result.status == 1)
      #expect(result.errors.contains("other.db"))
    }
    let folder = try Command.run(["db", "check", "--database", "."], in: scratch.folder)
    #expect(folder.status == 1)
  }
}

@Suite("A backup is whole, whatever goes on")
struct BackupTests {
  @Test("copies made while another process ingests are whole and clean")
  func whileIngesting() throws {
    let scratch = try Scratch()
    let lines = (0..<60_000).map { number in
      """
      {"timestamp":"2026-10-\(10 + number / 4_000)T10:\(10 + number % 50):00Z","method":"POST",\
      "path":"/sequences/seq_\(number % 90)/contacts","status":200,"request_id":"r\(number)"}
      """
    }
    try scratch.write("log.ndjson", lines.joined(separator: "\n"))
    try scratch.write("first.ndjson", lines[0])
    _ = try Command.run(["ingest", "first.ndjson", "--database", "usage.db"], in: scratch.folder)
    let process = Process()
    process.executableURL = Command.binary
    process.arguments = ["ingest", "log.ndjson", "--database", "usage.db"]
    process.currentDirectoryURL = scratch.folder
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var counts: [String] = []
    repeat {
      let result = try Command.run(
        ["db", "backup", "copy.db", "--database", "usage.db"],
        in: scratch.folder
      )
      #expect(result.status == 0, "\(result.errors)")
      let check = try Command.run(["db", "check", "--database", "copy.db"], in: scratch.folder)
      #expect(check.status == 0, "\(check.output)")
      let copy = scratch.folder.appending(path: "copy.db")
      counts.append(try SampleDatabase.sqlite(copy, "SELECT requests FROM totals"))
    } while process.isRunning
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(counts.allSatisfy { Int($0) ?? 0 > 0 })
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
    #expect(!names.contains { $0.hasPrefix("copy.db.") }, "\(names)")
  }

  @Test(
    "what cannot be written is left as it was",
    arguments: [
      ("usage.db", "the database itself"), ("missing/copy.db", "no such file"),
      ("folder", "no ordinary file"), ("live.db", "a database in use"),
    ]
  )
  func refused(name: String, says: String) throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try FileManager.default.createDirectory(
      at: scratch.folder.appending(path: "folder"),
      withIntermediateDirectories: false
    )
    try scratch.write("live.db", "kept")
    try scratch.write("live.db-wal", "a log")
    let result = try Command.run(
      ["db", "backup", name, "--database", file.path],
      in: scratch.folder
    )
    #expect(result.status == 1)
    #expect(result.errors.contains(name))
    #expect(result.errors.contains(says), "\(result.errors)")
    let live = scratch.folder.appending(path: "live.db")
    #expect(try String(contentsOf: live, encoding: .utf8) == "kept")
  }

  @Test("a disk without room leaves the file as it was and nothing beside it")
  func full() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try scratch.write("copy.db", "kept")
    let result = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      [
        "-c", "ulimit -f 200; trap '' XFSZ; exec \"$0\" db backup copy.db --database \"$1\"",
        Command.binary.path, file.path,
      ],
      in: scratch.folder
    )
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.errors.contains("copy.db"))
    #expect(
      try String(contentsOf: scratch.folder.appending(path: "copy.db"), encoding: .utf8) == "kept"
    )
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path)
    #expect(!names.contains { $0.hasPrefix("copy.db.") }, "\(names)")
  }

  @Test("vacuum gives space back and keeps what is stored; stats count it")
  func vacuum() throws {
    let scratch = try Scratch()
    let file = try SampleDatabase.copy(in: scratch)
    try SampleDatabase.sqlite(
      file,
      "CREATE TABLE x (b); INSERT INTO x VALUES (zeroblob(4000000)); DROP TABLE x"
    )
    let result = try Command.run(["db", "vacuum", "--database", file.path])
    #expect(result.status == 0, "\(result.errors)")
    let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
    #expect(try #require(size) < 4_000_000)
    #expect(try Command.run(["db", "check", "--database", file.path]).status == 0)
    let stats = try Command.run(["db", "stats", "--database", file.path, "--format", "json"])
    let count = try SampleDatabase.sqlite(file, "SELECT requests FROM totals")
    #expect(stats.output.contains("\"requests\":\(count),"))
    #expect(stats.output.contains("\"first\":\"2026-10-05T"))
    let missing = try Command.run(["db", "vacuum", "--database", "none.db"], in: scratch.folder)
    #expect(missing.status == 1)
  }
}
