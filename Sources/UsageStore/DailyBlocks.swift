import CreditCore
import GRDB

/// The stored sums of days, for those who write.
final class DailyBlocks {
  private let connection: OpaquePointer
  private let select: Statement
  private let put: Statement
  private let delete: Statement
  private var block = DailyBlock()

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    self.connection = connection
    select = try Statement(connection, "SELECT sums FROM daily_blocks WHERE id = ?")
    put = try Statement(
      connection,
      "INSERT INTO daily_blocks VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sums = excluded.sums"
    )
    delete = try Statement(connection, "DELETE FROM daily_blocks WHERE id = ?")
  }

  deinit { block.deallocate() }

  /// Adds sums to those that are stored, as part of the transaction at hand, and leaves none.
  func add(_ sums: inout [DailySum]) throws(EnvironmentFault) {
    sums.sort { ($0.day, $0.series) < ($1.day, $1.series) }
    var start = 0
    while start < sums.count {
      let id = sums[start].blockID
      try open(id)
      while start < sums.count, sums[start].blockID == id {
        guard block.add(sums[start]) else {
          throw databaseFault(connection, "a sum of a day is too large")
        }
        start += 1
      }
      try write(id)
    }
    sums.removeAll(keepingCapacity: true)
  }

  private func open(_ id: Int64) throws(EnvironmentFault) {
    select.bind(1, id)
    defer { select.reset() }
    guard try select.step() else { return block.clear(id) }
    guard block.read(id, UnsafeRawBufferPointer(select.bytes(0))) else {
      throw select.fault("daily_blocks is damaged at \(id)")
    }
  }

  private func write(_ id: Int64) throws(EnvironmentFault) {
    guard let bytes = block.bytes() else {
      delete.bind(1, id)
      return try delete.run()
    }
    put.bind(1, id)
    put.bind(2, blob: bytes)
    try put.run()
  }
}

extension DailyBlocks {
  /// Carries the table of single sums over that the first databases have.
  static func replaceTable(_ db: Database) throws {
    guard let connection = db.sqliteConnection else { return }
    try db.execute(
      sql: """
        -- id is the day and which series; sums are as DailyBlock.swift says.
        CREATE TABLE daily_blocks (
          id INTEGER PRIMARY KEY,
          sums BLOB NOT NULL
        ) STRICT
        """
    )
    let blocks = try DailyBlocks(connection)
    let rows = try Statement(
      connection,
      "SELECT day, series, requests, quantity, credits FROM daily_rollups ORDER BY day, series"
    )
    var sums: [DailySum] = []
    while try rows.step() {
      let series = seriesNumber(rows.integer(1))
      if series == 0 { throw rows.fault("daily_rollups is damaged") }
      let amounts = SeriesAmounts(rows.integer(2), rows.integer(3), rows.integer(4))
      let sum = DailySum(day: rows.integer(0), series: series, sums: amounts)
      if let last = sums.last, last.blockID != sum.blockID { try blocks.add(&sums) }
      sums.append(sum)
    }
    try blocks.add(&sums)
    rows.reset()
    try db.execute(sql: "DROP TABLE daily_rollups")
  }
}
