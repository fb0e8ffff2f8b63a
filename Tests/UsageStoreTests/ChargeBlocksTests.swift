import CreditCore
import GRDB
import TestSupport
import Testing

@testable import UsageStore

@Suite("Charges lie in blocks, and are a table to those who ask")
struct ChargeBlocksTests {
  /// A charge with its text.
  private struct Charge: Equatable {
    var values: [Int64?]
    var text: String

    var id: Int64 { values[0] ?? 0 }
    var row: ChargeRow {
      ChargeRow(
        id: id,
        identity: UInt64(bitPattern: values[1] ?? 0),
        microsecond: values[2] ?? 0,
        series: values[3] ?? 0,
        quantity: values[4],
        credits: values[5],
        importID: values[6] ?? 0,
        arguments: 0..<0
      )
    }

    init(_ id: Int64, _ random: inout SeededRandom) {
      let extremes: [Int64?] = [nil, 0, 1, -1, .max, .min, 1 << 40]
      values = [
        id, Int64(bitPattern: random.next()), Int64(random.below(1_000_000)),
        Int64(random.below(300)),
        random.chance(0.1) ? random.pick(extremes) : Int64(random.below(5_000)),
        random.chance(0.1) ? random.pick(extremes) : Int64(random.below(5_000_000)),
        Int64(random.below(3)),
      ]
      text = random.chance(0.3) ? "" : String(repeating: "ü", count: random.below(40))
    }

    init(_ row: Row) {
      values = (0..<7).map { row[$0] }
      text = row[7] ?? ""
    }
  }

  private static let columns =
    "id, identity, microsecond, series, quantity, credits, import, arguments"

  private static func rows(
    _ db: Database,
    _ rest: String,
    _ arguments: Int64...
  ) throws -> [Charge] {
    let sql = "SELECT \(columns) FROM charges \(rest)"
    return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map {
      Charge($0)
    }
  }

  @Test("charges in any order, and changed, are found and listed", arguments: 1...8)
  func model(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    try inDatabase { db, connection in
      let blocks = try ChargeBlocks(connection)
      var model: [Int64: Charge] = [:]
      var ids: [Int64] = []
      var time: Int64 = random.chance(0.5) ? 1 << 60 : -(1 << 40)
      let inOrder = random.pick([0, 0.5, 0.98, 1])
      for _ in 0..<2_000 {
        time += Int64(random.below(1 << 20))
        var id = random.chance(inOrder) ? time : time - Int64(random.below(1 << 30))
        if random.chance(0.1), !ids.isEmpty { id = random.pick(ids) }
        if let known = model[id] {
          var changed = known
          (changed.values[3], changed.values[5]) = (7, random.pick([nil, 5, .max]))
          try blocks.update(known.id, series: 7, credits: changed.values[5])
          model[known.id] = changed
        } else {
          let charge = Charge(id, &random)
          #expect(try blocks.find(id) == nil)
          try Array(charge.text.utf8).withUnsafeBufferPointer {
            try blocks.insert(charge.row, arguments: $0)
          }
          model[id] = charge
          ids.append(id)
        }
        if random.chance(0.01) { try blocks.flush() }
        if random.chance(0.05) {
          let place = random.below(ids.count)
          try blocks.remove(ids[place])
          model[ids.remove(at: place)] = nil
          if ids.isEmpty { continue }
        }
        let one = try #require(model[random.pick(ids)])
        let found = try #require(try blocks.find(one.id))
        #expect(found.pointee.credits == one.values[5])
        #expect(blocks.arguments(of: found).text == one.text)
      }
      try blocks.flush()
      let all = model.values.sorted { $0.id < $1.id }
      #expect(try Self.rows(db, "ORDER BY id") == all)
      #expect(try Self.rows(db, "ORDER BY id DESC") == all.reversed())
      for _ in 0..<50 {
        let (one, other) = (random.pick(all).id, random.pick(all).id + Int64(random.below(2)))
        let span = all.filter { $0.id >= one && $0.id < other }
        #expect(try Self.rows(db, "WHERE id >= ? AND id < ?", one, other) == span)
        let tail = all.reversed().filter { $0.id > one }
        #expect(try Self.rows(db, "WHERE id > ? ORDER BY id DESC", one) == tail)
        #expect(try Self.rows(db, "WHERE id = ?", one).map(\.id) == [one])
      }
    }
  }

  @Test("charges in order fill their blocks")
  func full() throws {
    try inDatabase { db, connection in
      let blocks = try ChargeBlocks(connection)
      var random = SeededRandom(seed: 3)
      for id in 0..<Int64(ChargeBlock.limit * 10) {
        try blocks.insert(Charge(id, &random).row, arguments: .absent)
      }
      try blocks.flush()
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM charge_blocks") == 10)
      #expect(
        try Int64.fetchOne(db, sql: "SELECT max(id) FROM charges")
          == Int64(ChargeBlock.limit * 10 - 1)
      )
    }
  }

  @Test("bytes that are no block are refused, whatever they are")
  func damage() throws {
    var random = SeededRandom(seed: 4)
    var block = ChargeBlock()
    defer { block.deallocate() }
    for id in 0..<40 {
      block.insert(Charge(Int64(id), &random).row, arguments: .absent, at: id)
    }
    let bytes = Array(block.bytes(ofFirst: 40))
    var refused = 0
    for _ in 0..<20_000 {
      var changed = Array(
        bytes.prefix(random.chance(0.3) ? random.below(bytes.count) : bytes.count)
      )
      for _ in 0..<random.below(4) where !changed.isEmpty {
        changed[random.below(changed.count)] = UInt8(random.below(256))
      }
      let isRead = changed.withUnsafeBytes { block.read($0) }
      if !isRead {
        refused += 1
        #expect(block.count == 0)
      }
    }
    #expect(refused > 5_000)
    #expect(bytes.withUnsafeBytes { block.read($0) })
    #expect(Array(block.bytes(ofFirst: 40)) == bytes)
  }

  @Test("a damaged block is named, and nothing is read from it")
  func damagedBlock() throws {
    try inDatabase { db, connection in
      try db.execute(sql: "INSERT INTO charge_blocks VALUES (5, x'0102')")
      let words = "charge_blocks is damaged at 5"
      let asked = #expect(throws: DatabaseError.self) { try Self.rows(db, "") }
      #expect(asked?.message == words)
      let blocks = try ChargeBlocks(connection)
      let found = #expect(throws: EnvironmentFault.self) { try blocks.find(9) }
      #expect(found?.description.contains(words) == true)
    }
  }

  @Test("a table of single charges is carried over")
  func migration() throws {
    try inDatabase(upTo: "2") { db, _ in
      var random = SeededRandom(seed: 5)
      var charges: [Charge] = []
      for id in 0..<1_000 {
        let charge = Charge(Int64(id * 3) << 31, &random)
        charges.append(charge)
        try db.execute(
          sql: "INSERT INTO charges (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: StatementArguments(charge.values)
            + StatementArguments([charge.text.isEmpty ? nil : charge.text])
        )
      }
      #expect(try Self.rows(db, "ORDER BY id") == charges)
      try ChargeBlocks.replaceTable(db)
      #expect(try Self.rows(db, "ORDER BY id") == charges)
      #expect(
        try Int.fetchOne(db, sql: "SELECT count(*) FROM charge_blocks")
          == (1_000 + ChargeBlock.limit - 1) / ChargeBlock.limit
      )
    }
  }
}
