import CreditCore
import GRDBSQLite

/// Sums of charges, kept in step with them: the same transaction changes both.
final class Rollups {
  struct Sums {
    var requests: Int64 = 0
    var quantity: Int64 = 0
    var credits: Int64 = 0

    var isEmpty: Bool { requests == 0 && quantity == 0 && credits == 0 }

    init() {}

    /// One request more, or with -1 one less.
    @inline(__always)
    init(_ amounts: Amounts, requests: Int64 = 1) {
      self.requests = requests
      quantity = (amounts.quantity ?? 0) &* requests
      credits = (amounts.credits ?? 0) &* requests
    }

    @inline(__always)
    mutating func add(_ other: Sums) {
      requests &+= other.requests
      quantity &+= other.quantity
      credits &+= other.credits
    }
  }

  private struct DaySum {
    var series: Int32
    var sums: Sums
  }

  private let dayTable: RowTable
  private let upsertDay: Statement
  private let upsertQuarter: Statement
  private let total: Statement
  private let series: SeriesTable
  /// Of the day at hand by series, and which series have some.
  private var daily: UnsafeMutableBufferPointer<Sums>
  private var touched: [Int32] = []
  private var day = Int64.min
  /// Those of which anything was added or taken away since they were asked for.
  private var changedDays: Set<Int64> = []
  /// Of the quarter of an hour at hand, by organisation.
  private var quarterly: UnsafeMutableBufferPointer<Sums>
  private var quarterStart = Int64.min / 2
  private var grand = Sums()
  /// Of what was read ahead: nothing is, where nobody keeps it.
  private var ahead: Int64 = 0

  init(_ connection: OpaquePointer, _ series: SeriesTable) throws(EnvironmentFault) {
    dayTable = try RowTable(
      connection,
      name: "day_sums",
      declaration: """
        CREATE TABLE day_sums (
          series INTEGER, requests INTEGER, quantity INTEGER, credits INTEGER
        )
        """
    ) { rows, place, column, context in
      let row = rows.assumingMemoryBound(to: DaySum.self) + place
      switch column {
      case 0: sqlite3_result_int64(context, Int64(row.pointee.series))
      case 1: sqlite3_result_int64(context, row.pointee.sums.requests)
      case 2: sqlite3_result_int64(context, row.pointee.sums.quantity)
      default: sqlite3_result_int64(context, row.pointee.sums.credits)
      }
    }
    upsertDay = try Statement(
      connection,
      """
      INSERT INTO daily_rollups
      SELECT ?, series, requests, quantity, credits FROM day_sums WHERE true
      ON CONFLICT (day, series) DO UPDATE SET requests = requests + excluded.requests,
        quantity = quantity + excluded.quantity, credits = credits + excluded.credits
      """
    )
    upsertQuarter = try Statement(
      connection,
      """
      INSERT INTO quarter_hour_rollups VALUES (?, ?, ?, ?)
      ON CONFLICT (quarter, org) DO UPDATE SET requests = requests + excluded.requests,
        credits = credits + excluded.credits
      """
    )
    total = try Statement(
      connection,
      "UPDATE totals SET requests = requests + ?, quantity = quantity + ?, credits = credits + ?"
    )
    self.series = series
    daily = .allocate(capacity: 1_024)
    daily.initialize(repeating: Sums())
    quarterly = .allocate(capacity: 16)
    quarterly.initialize(repeating: Sums())
  }

  deinit {
    daily.deallocate()
    quarterly.deallocate()
  }

  /// Reads what belongs to a series, so that it is near when requests of it are added: many wait
  /// for their memory at once where it is asked for one after another.
  @inline(__always)
  func touch(_ number: Int32) {
    let place = Int(number)
    if place < daily.count { ahead ^= daily[place].requests }
    ahead ^= Int64(series.touch(number))
  }

  /// Adds to a day and a quarter of an hour; cheapest where charges come in order of time.
  @inline(__always)
  func add(
    _ sums: Sums,
    second: Int64,
    series: Int32,
    organisation: Int32
  ) throws(EnvironmentFault) {
    if second < quarterStart || second >= quarterStart + 900 { try turn(to: second) }
    daily.grow(toHold: Int(series), Sums())
    if daily[Int(series)].isEmpty { touched.append(series) }
    daily[Int(series)].add(sums)
    quarterly.grow(toHold: Int(organisation), Sums())
    quarterly[Int(organisation)].add(sums)
    grand.add(sums)
  }

  private func turn(to second: Int64) throws(EnvironmentFault) {
    try writeQuarter()
    quarterStart = second / 900 * 900
    if second / 86_400 != day {
      try writeDay()
      day = second / 86_400
      changedDays.insert(day)
    }
  }

  /// The days that were changed since this was asked last.
  func takeChangedDays() -> Set<Int64> {
    defer { changedDays.removeAll(keepingCapacity: true) }
    return changedDays
  }

  private func writeDay() throws(EnvironmentFault) {
    touched.sort()
    let sums = touched.compactMap { series in
      let place = Int(series)
      defer { daily[place] = Sums() }
      // A series may be touched twice, where sums came to nothing in between.
      return daily[place].isEmpty ? nil : DaySum(series: series, sums: daily[place])
    }
    touched.removeAll(keepingCapacity: true)
    let (upsertDay, dayTable) = (upsertDay, dayTable)
    upsertDay.bind(1, day)
    try sums.withUnsafeBufferPointer { (rows) throws(EnvironmentFault) in
      guard let base = rows.baseAddress, !sums.isEmpty else { return }
      try dayTable.show(base, count: sums.count) { () throws(EnvironmentFault) in
        try upsertDay.run()
      }
    }
  }

  private func writeQuarter() throws(EnvironmentFault) {
    for org in quarterly.indices where quarterly[org].requests != 0 || quarterly[org].credits != 0 {
      upsertQuarter.bind(1, quarterStart / 900)
      upsertQuarter.bind(2, series.organisations[org])
      upsertQuarter.bind(3, quarterly[org].requests)
      upsertQuarter.bind(4, quarterly[org].credits)
      try upsertQuarter.run()
      quarterly[org] = Sums()
    }
  }

  /// Writes what is left, as part of the transaction at hand.
  func store() throws(EnvironmentFault) {
    try writeQuarter()
    try writeDay()
    (quarterStart, day) = (.min / 2, .min)
    if grand.isEmpty { return }
    total.bind(1, grand.requests)
    total.bind(2, grand.quantity)
    total.bind(3, grand.credits)
    try total.run()
    grand = Sums()
  }
}
