import ByteSources
import CreditCore
import Testing

@Suite("Compressed logs")
struct DecompressionTests {
  static let log = Array(
    (1...5_000).map { "{\"line\":\($0),\"noise\":\"\($0 &* 2_654_435_761 % 1_000_003)\"}\n" }
      .joined().utf8
  )

  @Test(
    "any compressor's output is read whole, in pieces of any size",
    arguments: [
      "gzip", "gzip -1", "gzip -9", "zstd -q", "zstd -q -19", "zstd -q --no-check", "cat",
    ],
    [1, 7, 4_096, Int.max]
  )
  func whole(command: String, step: Int) throws {
    let packed = try piped(Self.log, through: command)
    let result = unpacked(packed, step: step)
    #expect(result.fault == nil)
    expectSame(result.content, Self.log)
  }

  @Test(
    "all members and frames are read, empty ones too",
    arguments: ["gzip", "zstd -q"],
    [1, Int.max]
  )
  func members(command: String, step: Int) throws {
    let one = try piped(Self.log, through: command)
    let none = try piped([], through: command)
    let result = unpacked(one + none + one + none, step: step)
    #expect(result.fault == nil)
    expectSame(result.content, Self.log + Self.log)
    #expect(unpacked(none).content.isEmpty)
    #expect(unpacked(none).fault == nil)
  }

  @Test("skippable zstd frames are passed over, first or between")
  func skippable() throws {
    let one = try piped(Self.log, through: "zstd -q")
    let skipped: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let result = unpacked(skipped + one + skipped + one + skipped, step: 5)
    #expect(result.fault == nil)
    expectSame(result.content, Self.log + Self.log)
  }

  @Test("zeros may follow gzip, and nothing else")
  func padding() throws {
    let one = try piped(Self.log, through: "gzip -n")
    let padded = unpacked(one + Array(repeating: 0, count: 100_000), step: 999)
    #expect(padded.fault == nil)
    expectSame(padded.content, Self.log)
    for garbage: [UInt8] in [[0x0A], Array("junk".utf8), [0x1F], [0, 0, 7]] {
      let result = unpacked(one + garbage)
      expectSame(result.content, Self.log)
      #expect(
        result.fault
          == "cannot read log.gz: something that is not gzip follows the end at byte \(one.count)"
          + " of the compressed data; copy or make the file again"
      )
    }
  }

  @Test("garbage behind zstd is told")
  func garbage() throws {
    let one = try piped(Self.log, through: "zstd -q")
    let result = unpacked(one + [0x0A, 0, 0, 0, 0])
    expectSame(result.content, Self.log)
    #expect(
      result.fault
        == "cannot read log.gz: something that is not zstd follows the end at byte \(one.count)"
        + " of the compressed data; copy or make the file again"
    )
  }

  @Test("what is cut off gives what it has, and says where", arguments: ["gzip", "zstd -q"])
  func cutOff(command: String) throws {
    let one = try piped(Self.log, through: command)
    for left in [5, 19, one.count / 2, one.count - 1] {
      let result = unpacked(Array(one[..<left]), step: 1_000)
      let isStart = Self.log.starts(with: result.content)
      #expect(isStart)
      let fault = try #require(result.fault)
      #expect(fault.contains("data is cut off at byte \(left) of"), "\(fault)")
    }
    expectSame(unpacked(Array(one[..<(one.count - 1)])).content, Self.log)
  }

  @Test("a changed byte is found wherever it is", arguments: ["gzip -n", "zstd -q"])
  func changed(command: String) throws {
    let one = try piped(Self.log, through: command)
    // Behind the header's time and system fields, which say nothing of the content.
    for place in stride(from: 10, to: one.count, by: max(1, one.count / 200)) {
      var damaged = one
      damaged[place] ^= 0x40
      let result = unpacked(damaged, step: 512)
      #expect(result.fault != nil, "byte \(place) of \(one.count)")
    }
    var checksum = one
    checksum[one.count - (command == "zstd -q" ? 1 : 5)] ^= 1
    let result = unpacked(checksum)
    expectSame(result.content, Self.log)
    #expect(result.fault?.contains("data is damaged (") == true, "\(result.fault ?? "")")
  }

  @Test("a fault stays a fault")
  func sticky() throws {
    let one = try piped(Self.log, through: "gzip")
    let source = try Decompressed.open(MemorySource(Array(one.dropLast(9))), name: "log.gz")
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var faults = 0
    for _ in 0..<5 {
      do {
        _ = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      } catch { faults += 1 }
    }
    #expect(faults >= 3)
  }

  @Test("what grows a thousandfold is stopped", arguments: ["gzip", "zstd -q"])
  func bomb(command: String) throws {
    let bomb = try piped([], through: "head -c 200000000 /dev/zero | \(command)")
    let source = try Decompressed.open(MemorySource(bomb + bomb), name: "log.gz")
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var total = 0
    let fault = #expect(throws: EnvironmentFault.self) {
      while case let count = try buffer.withUnsafeMutableBytes({ try source.read(into: $0) }),
        count > 0
      {
        total += count
      }
    }
    #expect(fault?.description.contains("more than 1000 times its size") == true)
    #expect(total <= 64 << 20 + 1 << 17)
  }

  @Test("a zstd window past 32 MiB is refused with a way out")
  func window() throws {
    let long = try piped(
      [],
      through: "(seq 1 9000000; seq 1 9000000) | head -c 80000000 | zstd -q --long=27"
    )
    #expect(
      unpacked(long).fault
        == "cannot read log.gz: the zstd window is larger than 32 MiB at byte 5 of the compressed"
        + " data; unpack it first: zstd -dc --long=31 FILE | creditmeter ingest -"
    )
  }

  @Test("nothing is unpacked twice", arguments: ["gzip", "zstd -q"], ["gzip", "zstd -q"])
  func nested(inner: String, outer: String) throws {
    let result = unpacked(try piped(Self.log, through: "\(inner) | \(outer)"))
    #expect(result.content.isEmpty)
    #expect(result.fault?.contains("packed once more") == true)
    #expect(result.fault?.contains("hint: unpack it once: \(inner.prefix(4)) -dc FILE") == true)
  }

  @Test(
    "other packings are refused with a way out",
    arguments: [
      ("PK\u{3}\u{4}\u{14}\u{0}", "a zip archive", "unzip -p FILE | creditmeter ingest -"),
      ("BZh91AY&SY", "a bzip2 file", "bzip2 -dc FILE | creditmeter ingest -"),
    ]
  )
  func other(head: String, what: String, way: String) {
    let result = unpacked(Array(head.utf8), step: 2)
    #expect(result.fault?.hasPrefix("log.gz:1:1: error: the file is \(what)\n") == true)
    #expect(result.fault?.contains(way) == true)
  }

  @Test("xz, lz4, 7z and compress by their first bytes")
  func othersInBytes() {
    let heads: [([UInt8], String)] = [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz -dc FILE"),
      ([0x04, 0x22, 0x4D, 0x18, 0, 0], "lz4 -dc FILE"),
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z e -so FILE"),
      ([0x1F, 0x9D, 0x90], "gzip -dc FILE"),
    ]
    for (head, way) in heads {
      #expect(unpacked(head).fault?.contains(way) == true)
    }
  }

  @Test("text that only starts alike is plain")
  func plain() {
    for text in ["BZh", "PK", "(", "7z", "BZhello1A"] {
      expectSame(unpacked(Array(text.utf8), step: 1).content, Array(text.utf8))
    }
    #expect(unpacked([]).content.isEmpty)
  }
}

/// Compares without printing what is long.
private func expectSame(
  _ one: [UInt8],
  _ other: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  if one == other { return }
  Issue.record("\(one.count) bytes, not \(other.count)", sourceLocation: sourceLocation)
}
