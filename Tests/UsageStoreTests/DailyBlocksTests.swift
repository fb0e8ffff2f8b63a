import CreditCore
import GRDB
import TestSupport
import Testing

@testable import UsageStore

@Suite("Sums of days lie in blocks, and are a table to those who ask")
struct DailyBlocksTests {
  private static let columns = "day, series, requests, quantity, credits"

  private static func sum(_ day: Int64, _ series: Int32, _ amounts: [Int64]) -> DailySum {
    let sums = SeriesAmounts(amounts[0], amounts[1], amounts[2])
    return DailySum(day: day, series: series, sums: sums)
  }

  private static func rows(
    _ db: Database,
    _ rest: String,
    _ arguments: Int64...
  ) throws -> [[Int64]] {
    let sql = "SELECT \(columns) FROM daily_rollups \(rest)"
    return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments))
      .map { row in (0..<5).map { row[$0] } }
  }

  @Test("what is added in any order is found by day and series", arguments: 1...8)
  func model(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    try inDatabase { db, connection in
      let blocks = try DailyBlocks(connection)
      let largest = random.pick([3, 600, 1 << 24 - 1])
      let firstDay = random.pick([-3, 20_000])
      var model: [[Int64]: [Int64]] = [:]
      for _ in 0..<40 {
        var sums: [DailySum] = []
        for _ in 0..<random.below(200) {
          let day = Int64(firstDay + random.below(6))
          let series = Int32(1 + random.below(largest))
          let known = model[[day, Int64(series)]] ?? [0, 0, 0]
          let amounts: [Int64] =
            random.chance(0.2)
            ? known.map { -$0 }
            : [1, Int64(random.below(9)) << 30, random.chance(0.1) ? -5 : 70_000]
          sums.append(Self.sum(day, series, amounts))
          let now = zip(known, amounts).map(+)
          model[[day, Int64(series)]] = now == [0, 0, 0] ? nil : now
        }
        try blocks.add(&sums)
        #expect(sums.isEmpty)
      }
      let all = model.map { $0.key + $0.value }.sorted { $0.lexicographicallyPrecedes($1) }
      #expect(try Self.rows(db, "ORDER BY day, series") == all)
      #expect(try Self.rows(db, "ORDER BY day") == all)
      #expect(
        try Self.rows(db, "ORDER BY day DESC, series")
          == all.sorted { ($1[0], $0[1]) < ($0[0], $1[1]) }
      )
      for day in Int64(firstDay - 1)...Int64(firstDay + 7) {
        #expect(try Self.rows(db, "WHERE day = ?", day) == all.filter { $0[0] == day })
        let later = all.filter { $0[0] > day && $0[0] <= day + 2 }
        #expect(try Self.rows(db, "WHERE day > ? AND day <= ?", day, day + 2) == later)
        let series = Int64(1 + random.below(largest))
        #expect(try Self.rows(db, "WHERE series = ?", series) == all.filter { $0[1] == series })
        var found: [[Int64]] = []
        try DailyWalk(connection).forEachBlock(day...(day + 1)) { block in
          for index in 0..<block.count {
            let sums = block.sums(index)
            found.append(
              [block.day, Int64(block.series(index)), sums.requests, sums.quantity, sums.credits]
            )
          }
        }
        #expect(found == all.filter { $0[0] == day || $0[0] == day + 1 })
      }
    }
  }

  @Test("sums that come to nothing are not stored, and those that are too large are refused")
  func extremes() throws {
    try inDatabase { db, connection in
      let blocks = try DailyBlocks(connection)
      var sums = [Self.sum(5, 7, [1, 2, .max - 1])]
      try blocks.add(&sums)
      sums = [Self.sum(5, 7, [0, 0, 2])]
      let fault = #expect(throws: EnvironmentFault.self) { try blocks.add(&sums) }
      #expect(fault?.description.contains("a sum of a day is too large") == true)
      #expect(try Self.rows(db, "") == [[5, 7, 1, 2, .max - 1]])
      sums = [Self.sum(5, 7, [-1, -2, 1 - .max])]
      try blocks.add(&sums)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM daily_blocks") == 0)
    }
  }

  @Test("bytes that are no block are refused, whatever they are")
  func damage() throws {
    var random = SeededRandom(seed: 4)
    var block = DailyBlock()
    defer { block.deallocate() }
    block.clear(9 << 16)
    for series in 0..<90 {
      #expect(block.add(Self.sum(9, Int32(series * 2), [1, 5, Int64(random.below(1 << 20))])))
    }
    let bytes = block.bytes().map { Array($0) } ?? []
    try #require(bytes.count > 100)
    var refused = 0
    for _ in 0..<20_000 {
      var changed = Array(
        bytes.prefix(random.chance(0.3) ? random.below(bytes.count) : bytes.count)
      )
      for _ in 0..<random.below(4) where !changed.isEmpty {
        changed[random.below(changed.count)] = UInt8(random.below(256))
      }
      let isRead = changed.withUnsafeBytes { block.read(9 << 16, $0) }
      if !isRead {
        refused += 1
        #expect(block.count == 0)
      }
    }
    #expect(refused > 5_000)
    #expect(bytes.withUnsafeBytes { block.read(9 << 16, $0) })
    #expect(block.bytes().map { Array($0) } == bytes)
  }

  @Test("a damaged block is named, and nothing is read from it")
  func damagedBlock() throws {
    try inDatabase { db, connection in
      try db.execute(sql: "INSERT INTO daily_blocks VALUES (5 << 16, x'0102')")
      let words = "daily_blocks is damaged at \(5 << 16)"
      let asked = #expect(throws: DatabaseError.self) { try Self.rows(db, "") }
      #expect(asked?.message == words)
      var sums = [Self.sum(5, 7, [1, 1, 1])]
      let blocks = try DailyBlocks(connection)
      let added = #expect(throws: EnvironmentFault.self) { try blocks.add(&sums) }
      #expect(added?.description.contains(words) == true)
    }
  }

  @Test("a table of single sums is carried over")
  func migration() throws {
    try inDatabase(upTo: "6") { db, _ in
      var random = SeededRandom(seed: 5)
      for day in 20_000..<20_005 {
        for series in stride(from: 1, to: 2_000, by: 3) {
          try db.execute(
            sql: "INSERT INTO daily_rollups VALUES (?, ?, ?, ?, ?)",
            arguments: [day, series, 1 + random.below(9), random.below(1 << 40), -random.below(9)]
          )
        }
      }
      let before = try Self.rows(db, "ORDER BY day, series")
      #expect(before.count > 3_000)
      try DailyBlocks.replaceTable(db)
      #expect(try Self.rows(db, "ORDER BY day, series") == before)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM daily_blocks") == 5 * 8)
    }
  }
}
