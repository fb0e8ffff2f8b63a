import CreditCore

/// Sums of charges, kept in step with them: the same transaction changes both.
final class Rollups {
  private let days: DailyBlocks
  /// Of days that were left, and wait to be stored.
  private var waiting: [DailySum] = []
  /// How many wait at most, some 0.7 MB: a log that is in no order goes from day to day.
  private static let waitingLimit = 16_384
  private let upsertQuarter: Statement
  private let total: Statement
  private let series: SeriesTable
  /// Of the day at hand by series, and which series have some.
  private var daily: UnsafeMutableBufferPointer<SeriesAmounts>
  private var touched: [Int32] = []
  private var day = Int64.min
  /// Those of which anything was added or taken away since they were asked for.
  private var changedDays: Set<Int64> = []
  /// Of the quarter of an hour at hand, by organisation.
  private var quarterly: UnsafeMutableBufferPointer<SeriesAmounts>
  private var quarterStart = Int64.min / 2
  private var grand = SeriesAmounts()
  /// Of what was read ahead: nothing is, where nobody keeps it.
  private var ahead: Int64 = 0

  init(_ connection: OpaquePointer, _ series: SeriesTable) throws(EnvironmentFault) {
    days = try DailyBlocks(connection)
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
    daily.initialize(repeating: SeriesAmounts())
    quarterly = .allocate(capacity: 16)
    quarterly.initialize(repeating: SeriesAmounts())
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
    _ sums: SeriesAmounts,
    second: Int64,
    series: Int32,
    organisation: Int32
  ) throws(EnvironmentFault) {
    if second < quarterStart || second >= quarterStart + 900 { try turn(to: second) }
    daily.grow(toHold: Int(series), SeriesAmounts())
    if daily[Int(series)].isEmpty { touched.append(series) }
    daily[Int(series)] += sums
    quarterly.grow(toHold: Int(organisation), SeriesAmounts())
    quarterly[Int(organisation)] += sums
    grand += sums
  }

  private func turn(to second: Int64) throws(EnvironmentFault) {
    try writeQuarter()
    quarterStart = second / 900 * 900
    if second / 86_400 != day {
      leaveDay()
      if waiting.count >= Self.waitingLimit { try days.add(&waiting) }
      day = second / 86_400
      changedDays.insert(day)
    }
  }

  /// The days that were changed since this was asked last.
  func takeChangedDays() -> Set<Int64> {
    defer { changedDays.removeAll(keepingCapacity: true) }
    return changedDays
  }

  private func leaveDay() {
    for series in touched {
      let place = Int(series)
      // A series may be touched twice, where sums came to nothing in between.
      if daily[place].isEmpty { continue }
      waiting.append(DailySum(day: day, series: series, sums: daily[place]))
      daily[place] = SeriesAmounts()
    }
    touched.removeAll(keepingCapacity: true)
  }

  private func writeQuarter() throws(EnvironmentFault) {
    for org in quarterly.indices where quarterly[org].requests != 0 || quarterly[org].credits != 0 {
      upsertQuarter.bind(1, quarterStart / 900)
      upsertQuarter.bind(2, series.organisations[org])
      upsertQuarter.bind(3, quarterly[org].requests)
      upsertQuarter.bind(4, quarterly[org].credits)
      try upsertQuarter.run()
      quarterly[org] = SeriesAmounts()
    }
  }

  /// Writes what is left, as part of the transaction at hand.
  func store() throws(EnvironmentFault) {
    try writeQuarter()
    leaveDay()
    try days.add(&waiting)
    (quarterStart, day) = (.min / 2, .min)
    if grand.isEmpty { return }
    total.bind(1, grand.requests)
    total.bind(2, grand.quantity)
    total.bind(3, grand.credits)
    try total.run()
    grand = SeriesAmounts()
  }
}
