import CreditCore
import Foundation
import TestSupport
import Testing
import Workflows

@Suite("Time zones are as another reader of the same files has them")
struct ZoneTests {
  /// Of a zone: its clocks at instants, and the first instants of days.
  private struct Expected: Decodable {
    var name: String
    var offsets: [[Int]]
    var starts: [[Int]]
  }

  private static let script = """
    import json, random, zoneinfo
    from datetime import datetime, timedelta, timezone
    rng = random.Random(20261126)
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        zone, offsets, starts = zoneinfo.ZoneInfo(name), [], []
        for _ in range(150):
            second = rng.randrange(946684800, 4102444800)
            there = datetime.fromtimestamp(second, timezone.utc).astimezone(zone)
            offset = there.utcoffset()
            offsets.append([second, offset.days * 86400 + offset.seconds])
        for _ in range(40):
            day = datetime(2000, 1, 1) + timedelta(days=rng.randrange(36524))
            starts.append([day.toordinal() - 719163, int(day.replace(tzinfo=zone).timestamp())])
        print(json.dumps({"name": name, "offsets": offsets, "starts": starts}))
    """

  @Test("every zone, at instants of a hundred years")
  func allZones() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.script]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let lines = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    var count = 0
    for line in lines.split(separator: 0x0A) {
      let expected = try JSONDecoder().decode(Expected.self, from: Data(line))
      let zone = try Zones.named(expected.name)
      let offsets = expected.offsets.map {
        zone.offset(at: Instant(microseconds: Int64($0[0]) * 1_000_000))
      }
      #expect(offsets == expected.offsets.map { $0[1] }, "\(expected.name)")
      let starts = expected.starts.map {
        Int(zone.start(of: CivilDate(number: $0[0])).microseconds / 1_000_000)
      }
      #expect(starts == expected.starts.map { $0[1] }, "\(expected.name)")
      count += 1
    }
    #expect(count > 400)
  }

  @Test(
    "days around a change of the clocks",
    arguments: [
      ("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25),
      ("Europe/Berlin", "2026-06-01", 24), ("America/New_York", "2026-03-08", 23),
      ("Africa/Cairo", "2026-04-24", 23), ("Asia/Kathmandu", "2026-01-01", 24),
      ("Pacific/Apia", "2011-12-30", 0), ("Europe/Berlin", "2090-10-29", 25),
    ]
  )
  func hours(name: String, day: String, hours: Int) throws {
    let zone = try Zones.named(name)
    let date = try #require(CivilDate(day))
    let next = CivilDate(number: date.number + 1)
    let length = zone.start(of: next).microseconds - zone.start(of: date).microseconds
    #expect(length == Int64(hours) * 3_600_000_000)
  }

  @Test("a time that clocks skip is later by as much, one that they show twice is the first")
  func skipped() throws {
    let berlin = try Zones.named("Europe/Berlin")
    #expect(Instant("2026-03-29T02:30", in: berlin) == Instant("2026-03-29T01:30:00Z"))
    #expect(Instant("2026-10-25T02:30", in: berlin) == Instant("2026-10-25T00:30:00Z"))
    #expect(Instant("2026-11-18", in: berlin) == Instant("2026-11-17T23:00:00Z"))
    #expect(Instant("2026-11-18", in: nil) == nil)
    #expect(Instant("2026-02-30", in: berlin) == nil)
    let shown = berlin.description(of: try #require(Instant("2026-07-01T12:00:00.5Z")))
    #expect(shown == "2026-07-01T14:00:00.5+02:00")
  }

  @Test(
    "what is no zone is refused",
    arguments: [
      "Europe/Berln", "", "/etc/passwd", "../zoneinfo/UTC", "Europe", "Europe/", "zone.tab",
      "utc\0",
    ]
  )
  func unknown(name: String) { #expect(throws: (any Error).self) { try Zones.named(name) } }

  @Test("a file that was cut or changed is refused or read, never a crash")
  func mutated() throws {
    var random = SeededRandom(seed: 9)
    let file = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
    #expect(Zone(name: "whole", file: file) != nil)
    for length in stride(from: 0, to: file.count, by: 7) {
      #expect(Zone(name: "cut", file: Array(file[..<length])) == nil || length > file.count - 40)
    }
    for _ in 0..<5_000 {
      var bytes = file
      for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
      guard let zone = Zone(name: "changed", file: bytes) else { continue }
      for second in [Int64.min / 2_000_000, 0, 1_800_000_000, 4_102_444_800] {
        let instant = Instant(microseconds: second * 1_000_000)
        _ = zone.start(of: zone.local(instant).date)
      }
    }
  }
}

@Suite("Weeks and months of the calendar")
struct CivilDateTests {
  @Test(
    "ISO weeks",
    arguments: [
      ("2026-11-26", "2026-W48"), ("2027-01-03", "2026-W53"), ("2024-12-30", "2025-W01"),
      ("2021-01-03", "2020-W53"), ("2026-01-01", "2026-W01"), ("1969-12-29", "1970-W01"),
    ]
  )
  func week(day: String, week: String) throws {
    let date = try #require(CivilDate(day))
    #expect(date.weekName == week)
    #expect(date.monday.weekday == 1)
    #expect(date.monday.weekName == week)
  }

  @Test("what is no day is refused", arguments: ["2026-02-30", "2026-1-01", "2026-13-01", "", "-"])
  func none(text: String) { #expect(CivilDate(text) == nil) }
}
