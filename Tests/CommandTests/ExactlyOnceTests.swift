import Foundation
import Testing

@Suite("A request counts once, however its log comes")
struct ExactlyOnceTests {
  private static let numbers = Array(1...40) + [7, 7, 40]

  @Test(
    "whole, renamed, compressed, in parts that overlap, and appended",
    arguments: [false, true]
  )
  func forms(hasID: Bool) throws {
    let scratch = try Scratch()
    let text = Requests.lines(Self.numbers, id: hasID)
    let distinct = hasID ? 40 : 43
    try scratch.write("a.log", text)
    let first = try Requests.ingest("a.log", in: scratch)
    #expect(first == counts(distinct, 43 - distinct))
    let known = counts(0, 43)
    #expect(try Requests.ingest("a.log", in: scratch) == known)
    try scratch.write("renamed.log", text)
    #expect(try Requests.ingest("renamed.log", in: scratch) == known)
    let packed = try Command.run(
      executable: URL(filePath: "/bin/sh"),
      ["-c", "gzip -k a.log && zstd -q a.log && gzip -c a.log.zst > not.gz"],
      in: scratch.folder
    )
    #expect(packed.status == 0, "\(packed.errors)")
    for name in ["a.log.gz", "a.log.zst"] {
      #expect(try Requests.ingest(name, in: scratch) == known)
    }
    try scratch.write("appended.log", text + Requests.lines([41], id: hasID))
    #expect(try Requests.ingest("appended.log", in: scratch) == counts(1, 43))
    #expect(try Requests.stored(in: scratch).count == distinct + 1)
  }

  @Test("in parts first, and then whole", arguments: [false, true])
  func parts(hasID: Bool) throws {
    let scratch = try Scratch()
    try scratch.write("1.log", Requests.lines(1...30, id: hasID))
    try scratch.write("2.log", Requests.lines(20...40, id: hasID))
    try scratch.write("a.log", Requests.lines(1...40, id: hasID))
    #expect(try Requests.ingest("1.log", "2.log", in: scratch) == counts(40, 11))
    #expect(try Requests.ingest("a.log", in: scratch) == counts(0, 40))
  }

  @Test("two logs with ids that differ in the time of a request", arguments: [1, 59])
  func times(seconds: Int) throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines(1...20, id: true))
    let shifted = Requests.lines(1...20, id: true)
      .replacingOccurrences(of: "T00:", with: "T0\(seconds % 2):")
      .replacingOccurrences(of: #"Z","#, with: #".250Z","#)
    try scratch.write("b.log", shifted)
    #expect(try Requests.ingest("a.log", in: scratch) == counts(20))
    #expect(try Requests.ingest("b.log", in: scratch) == counts(0, 20))
  }

  @Test("a line that was half written is counted when it is whole", arguments: [false, true])
  func halfLine(hasID: Bool) throws {
    let scratch = try Scratch()
    let text = Requests.lines(1...3, id: hasID)
    let last = Requests.line(4, id: hasID)
    for cut in [1, 20, last.utf8.count - 1] {
      let database = "\(cut).db"
      let ingest = { (text: String) in
        try scratch.write("a.log", text)
        let arguments = ["ingest", "a.log", "--database", database, "--format", "json"]
        return try Requests.summary(try Command.run(arguments, in: scratch.folder))
      }
      #expect(try ingest(text + last.prefix(cut)) == counts(3, rejected: 1))
      #expect(try ingest(text + last) == counts(1, 3))
      #expect(try ingest(text + last + "\n") == counts(0, 4))
      #expect(try Requests.stored(in: scratch, database) == [1, 2, 3, 4])
    }
  }
}
