import CreditCore

/// Sums of charges, kept in step with them: the same transaction changes both.
final class Rollups {
  struct Sums {
    var requests: Int64 = 0
    var quantity: Int64 = 0
    var credits: Int64 = 0

    var isEmpty: Bool { requests == 0 && quantity == 0 && credits == 0 }
  }

  private let upsertDay: Statement
  private let upsertQuarter: Statement
  private let total: Statement
  private let series: SeriesTable
  /// Of the day at hand by series, and which series have some.
  private var daily: UnsafeMutableBufferPointer<Sums>
  private var touched: [Int32] = []
  private var day = Int64.min
  /// Of the quarter of an hour at hand, by organisation.
  private var quarterly: [Sums] = []
  private var quarter = Int64.min
  private var grand = Sums()

  init(_ connection: OpaquePointer, _ series: SeriesTable) throws(EnvironmentFault) {
    upsertDay = try Statement(
      connection,
      """
      INSERT INTO daily_rollups VALUES (?, ?, ?, ?, ?)
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
  }

  deinit { daily.deallocate() }

  /// Adds to a day and a quarter of an hour; cheapest where charges come in order of time.
  @inline(__always)
  func add(
    second: Int64,
    series: Int32,
    requests: Int64,
    quantity: Int64,
    credits: Int64
  ) throws(EnvironmentFault) {
    if second / 900 != quarter { try turn(to: second) }
    let place = Int(series)
    if place >= daily.count { grow(to: place) }
    if daily[place].isEmpty { touched.append(series) }
    daily[place].requests &+= requests
    daily[place].quantity &+= quantity
    daily[place].credits &+= credits
    let org = try self.series.organisation(of: series)
    if org >= quarterly.count {
      quarterly += Array(repeating: Sums(), count: org + 1 - quarterly.count)
    }
    quarterly[org].requests &+= requests
    quarterly[org].credits &+= credits
    grand.requests &+= requests
    grand.quantity &+= quantity
    grand.credits &+= credits
  }

  private func grow(to place: Int) {
    let larger = UnsafeMutableBufferPointer<Sums>.allocate(capacity: place * 2)
    let end = larger.initialize(fromContentsOf: daily)
    larger[end...].initialize(repeating: Sums())
    daily.deallocate()
    daily = larger
  }

  private func turn(to second: Int64) throws(EnvironmentFault) {
    try writeQuarter()
    quarter = second / 900
    if second / 86_400 != day {
      try writeDay()
      day = second / 86_400
    }
  }

  private func writeDay() throws(EnvironmentFault) {
    touched.sort()
    for series in touched {
      let sum = daily[Int(series)]
      // A series may be touched twice, where sums came to nothing in between.
      if sum.isEmpty { continue }
      daily[Int(series)] = Sums()
      upsertDay.bind(1, day)
      upsertDay.bind(2, Int64(series))
      upsertDay.bind(3, sum.requests)
      upsertDay.bind(4, sum.quantity)
      upsertDay.bind(5, sum.credits)
      try upsertDay.run()
    }
    touched.removeAll(keepingCapacity: true)
  }

  private func writeQuarter() throws(EnvironmentFault) {
    for org in quarterly.indices where quarterly[org].requests != 0 || quarterly[org].credits != 0 {
      upsertQuarter.bind(1, quarter)
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
    (quarter, day) = (.min, .min)
    if grand.isEmpty { return }
    total.bind(1, grand.requests)
    total.bind(2, grand.quantity)
    total.bind(3, grand.credits)
    try total.run()
    grand = Sums()
  }
}
