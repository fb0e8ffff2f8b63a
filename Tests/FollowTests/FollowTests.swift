import CreditCore
import Foundation
import RequestLogs
import Testing

@Suite("Logs are followed")
struct FollowTests {
  @Test("what is there is read, and then what is appended")
  func grows() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1, 2)
    try scene.run("a.log") {
      try scene.look()
      #expect(try scene.stored() == names(1, 2))
      try scene.append(lines: 3)
      try scene.look()
      #expect(try scene.stored() == names(1, 2, 3))
      try scene.look()
    }
    #expect(scene.counts.read == 3)
    #expect(scene.notes.isEmpty)
  }

  @Test("a line is taken once it has its end")
  func halfLine() throws {
    let scene = try FollowScene()
    let line = LineStyle.json.line(1)
    try scene.run("a.log") {
      try scene.append(String(line.prefix(30)))
      try scene.look(after: 60_000)
      #expect(try scene.stored().isEmpty)
      try scene.append(String(line.dropFirst(30)))
      try scene.look(after: 60_000)
      #expect(try scene.stored().isEmpty)
      try scene.append("\n")
      try scene.look()
      #expect(try scene.stored() == names(1))
    }
    #expect(scene.counts.rejected == 0)
  }

  @Test("a path that is not there is waited for, and told once")
  func appears() throws {
    let scene = try FollowScene()
    try scene.run("a.log") {
      for _ in 0..<3 { try scene.look() }
      try scene.append(lines: 1)
      try scene.look()
    }
    #expect(try scene.stored() == names(1))
    #expect(scene.notes == ["waiting for \(scene.path("a.log")), which does not exist yet"])
  }

  @Test("after a restart it goes on, behind lines that were refused too, with their numbers")
  func restarts() throws {
    let scene = try FollowScene()
    try scene.append("bad\n\nworse\n")
    try scene.append(lines: 1, 1)
    try scene.run("a.log") { try scene.look() }
    #expect(scene.counts.rejected == 2)
    try scene.append(lines: 1, 2)
    try scene.append("worst\n")
    try scene.run("a.log") { try scene.look() }
    #expect(scene.counts.read == 3)
    #expect(try scene.stored() == names(1, 1, 1, 2))
    #expect(try scene.rejects() == ["1: bad", "3: worse", "8: worst"])
    // Read as it is, the file holds nothing new: its lines are the same requests.
    let counts = try scene.read("a.log")
    #expect((counts.accepted, counts.duplicates, counts.rejected) == (0, 4, 3))
  }

  @Test("a log that was read before it is followed adds nothing")
  func readBefore() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1, 1, 2)
    #expect(try scene.read("a.log").accepted == 3)
    try scene.append(lines: 1)
    try scene.run("a.log") { try scene.look() }
    #expect(try scene.stored() == names(1, 1, 1, 2))
    #expect((scene.counts.accepted, scene.counts.duplicates) == (1, 3))
  }

  @Test("the names of columns are known after a restart", arguments: [LineStyle.csv, .csvWithID])
  func header(style: LineStyle) throws {
    let scene = try FollowScene()
    try scene.append((style.header ?? "") + "\n" + style.line(1) + "\n")
    try scene.run("a.log") { try scene.look() }
    try scene.append(style.line(2) + "\n")
    try scene.run("a.log") { try scene.look() }
    #expect(try scene.stored() == names(1, 2))
    #expect(scene.counts.read == 1)
  }

  @Test("new files of a folder are followed, hidden ones and the database are not")
  func folder() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1, to: "a.log")
    try scene.append(lines: 9, to: ".hidden")
    try scene.run {
      try scene.look()
      try scene.append(lines: 2, to: "b.log")
      try scene.append(lines: 3, to: "a.log")
      try scene.look()
    }
    #expect(try scene.stored() == names(1, 2, 3))
  }

  @Test("requests of tomorrow are refused today, and not tomorrow")
  func time() throws {
    let scene = try FollowScene()
    scene.now = try #require(Instant("2026-10-30T00:00:00Z"))
    try scene.run("a.log") {
      try scene.append(lines: 1)
      try scene.look()
      scene.now = try #require(Instant("2026-10-31T12:00:00Z"))
      try scene.append(lines: 2)
      try scene.look()
    }
    #expect(try scene.stored() == names(2))
    #expect(scene.counts.rejected == 1)
  }

  @Test(
    "a log that does not grow by lines is refused, and says how it can be read",
    arguments: [
      #"[{"timestamp":"2026-11-01T00:00:00Z","method":"GET","path":"/contacts"}]"#,
      #"{"log":{"version":"1.2","entries":[]}}"#, #"{"resourceSpans":[]}"#,
      #"{"balance":12,"timestamp":"2026-11-01T00:00:00Z"}"#,
    ]
  )
  func refused(text: String) throws {
    let scene = try FollowScene()
    try scene.append(text + "\n")
    try scene.run("a.log") {
      try scene.look()
      try scene.look()
    }
    #expect(scene.notes.count == 1)
    let note = try #require(scene.notes.first)
    #expect(note.contains("cannot be followed") && note.contains("creditmeter ingest"))
  }

  @Test("a log whose first line tells nothing is read once another one tells")
  func lateFormat() throws {
    let scene = try FollowScene()
    try scene.run("a.log") {
      try scene.append("garbage\n")
      try scene.look()
      try scene.append(lines: 1)
      try scene.look()
    }
    #expect(try scene.stored() == names(1))
    #expect(try scene.rejects() == ["1: garbage"])
  }
}
