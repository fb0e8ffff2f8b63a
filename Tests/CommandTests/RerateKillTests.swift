import Foundation
import Testing

@Suite("rerate is stopped")
struct RerateKillTests {
  @Test("killed at any write, it leaves the old or the new, and the next run finishes")
  func killed() throws {
    let dear = try RerateCommandTests.book("2026.12", ["price: 20\n": "price: 23.5\n"])
    var wanted: String?
    var kills = 0
    for place in 1..<200 {
      let round = try Scratch()
      _ = try SampleDatabase.copy(in: round)
      try round.write("dear.yaml", dear)
      // Each of the first writes, then every fourth.
      let when = place < 10 ? place : 10 + (place - 10) * 4
      let calls = "pwrite64,fdatasync,fsync,ftruncate,unlink"
      let result = try Command.run(
        executable: URL(filePath: "/usr/bin/env"),
        [
          "strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
          "inject=\(calls):signal=KILL:when=\(when)", Command.binary.path, "rerate", "--apply",
          "--book", "dear.yaml", "--database", "usage.db",
        ],
        in: round.folder
      )
      func usage() throws -> String {
        try Command.run(
          ["usage", "--by", "operation,basis,book", "--format", "csv", "--database", "usage.db"],
          in: round.folder
        ).output
      }
      let check = try Command.run(["db", "check", "--database", "usage.db"], in: round.folder)
      #expect(check.status == 0, "killed at \(when): \(check.output)")
      let found = try usage()
      let again = try Command.run(
        ["rerate", "--apply", "--book", "dear.yaml", "--database", "usage.db"],
        in: round.folder
      )
      #expect(again.status == 0, "killed at \(when): \(again.errors)")
      let finished = try usage()
      wanted = wanted ?? finished
      #expect(finished == wanted, "killed at \(when)")
      if result.status == 0 {
        #expect(found == wanted)
        break
      }
      kills += 1
    }
    #expect(kills >= 5, "strace killed it \(kills) times")
  }
}
