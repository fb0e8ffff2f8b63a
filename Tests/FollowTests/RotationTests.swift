import CreditCore
import Foundation
import Testing

@testable import Intake

@Suite("Rotation loses nothing and repeats nothing")
struct RotationTests {
  @Test("a renamed file is read to its end before the new one")
  func renamed() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1)
    try scene.run("a.log") {
      try scene.look()
      try scene.append(lines: 2)
      scene.move("a.log", to: "a.log.1")
      try scene.append(lines: 3)
      try scene.append(lines: 4, to: "a.log.1")
      try scene.look()
      #expect(try scene.stored() == names(1, 2, 3, 4))
      // Whoever had it open may write to it yet.
      try scene.append(lines: 5, to: "a.log.1")
      try scene.look()
    }
    #expect(try scene.stored() == names(1, 2, 3, 4, 5))
    #expect(scene.notes.isEmpty)
  }

  @Test(
    "files that came and went between two looks are found, whatever rotation names them",
    arguments: [
      (["a.log.1", "a.log.2"], ["a.log.2", "a.log.3"]),
      (["a.log-20261124", "a.log-20261125"], ["a.log-20261124", "a.log-20261125"]),
      (["a-2026-11-24.log", "a-2026-11-25.log"], ["a-2026-11-24.log", "a-2026-11-25.log"]),
    ],
    [true, false]
  )
  func twice(
    rotated: (first: [String], second: [String]),
    isRunning: Bool
  ) throws {
    let scene = try FollowScene()
    let rotate = {
      try scene.append(lines: 2)
      scene.move("a.log", to: rotated.first[0])
      try scene.append(lines: 3)
      if rotated.first != rotated.second { scene.move(rotated.first[0], to: rotated.second[0]) }
      scene.move("a.log", to: rotated.first == rotated.second ? rotated.first[1] : "a.log.1")
      try scene.append(lines: 4)
    }
    try scene.append(lines: 1)
    try scene.run("a.log") {
      try scene.look()
      if isRunning {
        try rotate()
        try scene.look()
      }
    }
    if !isRunning {
      try rotate()
      try scene.run("a.log") { try scene.look() }
    }
    #expect(try scene.stored() == names(1, 2, 3, 4))
    #expect(scene.notes.isEmpty)
  }

  @Test("what was rotated before is older, and other logs beside are others")
  func neighbours() throws {
    let scene = try FollowScene()
    try scene.append(lines: 8, to: "a.log.1")
    try scene.append(lines: 1)
    try scene.run("a.log") {
      try scene.look()
      scene.move("a.log.1", to: "a.log.2")
      scene.move("a.log", to: "a.log.1")
      try scene.append(lines: 2)
      for other in ["a.log.err", "b.log.1", "a.logs", "a.log.1.tmp"] {
        try scene.append(lines: 9, to: other)
      }
      try scene.look()
    }
    try scene.run("a.log") { try scene.look() }
    #expect(try scene.stored() == names(1, 2))
  }

  @Test("half a line at the end of a rotated file is its last line, once nothing more comes")
  func lastLine() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1)
    try scene.append(LineStyle.json.line(2))
    try scene.append(lines: 3, to: "b.log")
    try scene.run("a.log", "b.log") {
      try scene.look()
      scene.move("a.log", to: "a.log.1")
      try scene.append("half of a l", to: "b.log")
      scene.move("b.log", to: "b.log.1")
      try scene.look(after: 4_000)
      #expect(try scene.stored() == names(1, 3))
      try scene.look(after: 6_000)
      #expect(try scene.stored() == names(1, 2, 3))
      #expect(try scene.rejects() == ["2: half of a l"])
      // It is completed after all: counted once, whatever was made of its half.
      try scene.append("\n", to: "a.log.1")
      try scene.look(after: 60_000)
    }
    try scene.run("a.log", "b.log") { try scene.look(after: 60_000) }
    #expect(try scene.stored() == names(1, 2, 3))
  }

  @Test("a copy that was made before the file was cut short holds what was not read")
  func copied() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1)
    try scene.run("a.log") {
      try scene.look()
      try scene.append(lines: 2)
      try FileManager.default.copyItem(atPath: scene.path("a.log"), toPath: scene.path("a.log.1"))
      truncate(scene.path("a.log"), 0)
      try scene.append(lines: 3)
      try scene.look()
    }
    #expect(try scene.stored() == names(1, 2, 3))
    #expect(scene.notes.isEmpty)
  }

  @Test(
    "a file that was cut short is read from its start, also past its old size, and the loss told",
    arguments: [1, 9],
    [true, false]
  )
  func cut(lines: Int, isRunning: Bool) throws {
    let scene = try FollowScene()
    let cut = {
      try scene.append(lines: 3)
      truncate(scene.path("a.log"), 0)
      for number in 10..<(10 + lines) { try scene.append(lines: number) }
    }
    try scene.append(lines: 1, 2)
    try scene.run("a.log") {
      try scene.look()
      if isRunning {
        try cut()
        try scene.look()
      }
    }
    if !isRunning {
      try cut()
      try scene.run("a.log") { try scene.look() }
    }
    #expect(try scene.stored() == names(1, 2) + (10..<(10 + lines)).map { "L\($0)" })
    #expect(scene.notes.count == 1)
    #expect(scene.notes.first?.contains("cut short") == true, "\(scene.notes)")
  }

  @Test("a deleted file is read to its end, and the one in its place from its start")
  func deleted() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1)
    try scene.run("a.log") {
      try scene.look()
      try scene.append(lines: 2)
      unlink(scene.path("a.log"))
      try scene.append(lines: 3)
      try scene.look()
    }
    #expect(try scene.stored() == names(1, 2, 3))
    #expect(scene.notes.isEmpty)
    // Gone while nobody looked, with what was written to it: that is told.
    unlink(scene.path("a.log"))
    try scene.append(lines: 4)
    try scene.run("a.log") { try scene.look() }
    #expect(try scene.stored() == names(1, 2, 3, 4))
    #expect(scene.notes.count == 1)
    #expect(scene.notes.first?.contains("is lost") == true, "\(scene.notes)")
  }

  @Test("a link that leads elsewhere is followed, and what it led to is read to its end")
  func link() throws {
    let scene = try FollowScene()
    let lead = { (name: String) in
      unlink(scene.path("current"))
      symlink(name, scene.path("current"))
    }
    try scene.append(lines: 1, to: "x-1.log")
    lead("x-1.log")
    try scene.run("current") {
      try scene.look()
      try scene.append(lines: 2, to: "x-1.log")
      lead("x-2.log")
      try scene.append(lines: 3, to: "x-2.log")
      try scene.look()
      try scene.append(lines: 4, to: "x-1.log")
      try scene.look()
    }
    try scene.append(lines: 5, to: "x-2.log")
    lead("x-3.log")
    try scene.append(lines: 6, to: "x-3.log")
    try scene.run("current") { try scene.look() }
    #expect(try scene.stored() == names(1, 2, 3, 4, 5, 6))
    #expect(scene.notes.isEmpty)
  }

  @Test("what was read before it was compressed is not counted again, and the rest is found in it")
  func packed() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1, 2)
    try scene.run { try scene.look() }
    try scene.append(lines: 3)
    let bytes = try Data(contentsOf: URL(filePath: scene.path("a.log")))
    try Data(gzip(Array(bytes))).write(to: URL(filePath: scene.path("a.log.1.gz")))
    unlink(scene.path("a.log"))
    try scene.append(lines: 4)
    try scene.run { try scene.look() }
    #expect(try scene.stored() == names(1, 2, 3, 4))
    #expect((scene.counts.read, scene.counts.duplicates) == (2, 0))
    #expect(scene.notes.isEmpty)
    try scene.run { try scene.look(after: 60_000) }
    #expect(scene.counts.read == 0)
  }

  @Test("a file restored under another inode goes on where it was")
  func restored() throws {
    let scene = try FollowScene()
    try scene.append(lines: 1, 2)
    try scene.run("a.log") { try scene.look() }
    try FileManager.default.copyItem(atPath: scene.path("a.log"), toPath: scene.path("copy"))
    scene.move("copy", to: "a.log")
    try scene.append(lines: 3)
    try scene.run("a.log") { try scene.look() }
    #expect(try scene.stored() == names(1, 2, 3))
    #expect(scene.counts.read == 1)
    #expect(scene.notes.isEmpty)
  }

  @Test(
    "names of rotated files",
    arguments: [
      ("access.log.1", "access.log"), ("access.log.12.gz", "access.log"),
      ("access.log-20261124", "access.log"), ("access.log-20261124-0600.gz", "access.log"),
      ("access.log.2026-11-24", "access.log"), ("access-2026-11-24.log", "access.log"),
      ("access.1.log", "access.log"), ("access.log.old", "access.log"),
      ("access.log.gz", "access.log"), ("access_20261124.log.zst", "access.log"),
    ]
  )
  func rotatedNames(name: String, base: String) {
    #expect(RotatedName.bases(of: name).contains(base), "\(RotatedName.bases(of: name))")
  }

  @Test(
    "names of other files",
    arguments: ["access.log", "access.log.err", "accessed.log", "error.log.1", "access.log.d1"]
  )
  func otherNames(name: String) { #expect(!RotatedName.bases(of: name).contains("access.log")) }
}
