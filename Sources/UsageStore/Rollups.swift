import CreditCore

/// Hours of series, kept in step with the charges: the same transaction changes both.
final class Rollups {
  private struct Sums {
    var requests: Int64 = 0
    var quantity: Int64 = 0
    var credits: Int64 = 0
  }

  private let upsert: Statement
  private let total: Statement
  /// Sums of the hour at hand by series, and which series have some.
  private var sums: [Sums] = []
  private var touched: [Int32] = []
  private var hour = Int64.min
  private var grand = Sums()

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    upsert = try Statement(
      connection,
      """
      INSERT INTO rollups VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (hour, series) DO UPDATE SET requests = requests + excluded.requests,
        quantity = quantity + excluded.quantity, credits = credits + excluded.credits
      """
    )
    total = try Statement(
      connection,
      """
      UPDATE totals SET requests = requests + ?, quantity = quantity + ?, credits = credits + ?
      """
    )
  }

  /// Adds to an hour; cheapest where charges come in order of time.
  @inline(__always)
  func add(
    second: Int64,
    series: Int32,
    requests: Int64,
    quantity: Int64,
    credits: Int64
  ) throws(EnvironmentFault) {
    let hour = second / 3_600
    if hour != self.hour { try turn(to: hour) }
    let place = Int(series)
    if place >= sums.count { sums += Array(repeating: Sums(), count: place + 256 - sums.count) }
    sums.withUnsafeMutableBufferPointer { sums in
      if sums[place].requests == 0, sums[place].quantity == 0, sums[place].credits == 0 {
        touched.append(series)
      }
      sums[place].requests &+= requests
      sums[place].quantity &+= quantity
      sums[place].credits &+= credits
    }
    grand.requests &+= requests
    grand.quantity &+= quantity
    grand.credits &+= credits
  }

  private func turn(to hour: Int64) throws(EnvironmentFault) {
    try writeHour()
    self.hour = hour
  }

  private func writeHour() throws(EnvironmentFault) {
    if touched.isEmpty { return }
    touched.sort()
    var last = Int32.min
    for series in touched where series != last {
      last = series
      let sum = sums[Int(series)]
      sums[Int(series)] = Sums()
      if sum.requests == 0, sum.quantity == 0, sum.credits == 0 { continue }
      upsert.bind(1, hour)
      upsert.bind(2, Int64(series))
      upsert.bind(3, sum.requests)
      upsert.bind(4, sum.quantity)
      upsert.bind(5, sum.credits)
      try upsert.run()
    }
    touched.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, as part of the transaction at hand.
  func store() throws(EnvironmentFault) {
    try writeHour()
    hour = Int64.min
    if grand.requests == 0, grand.quantity == 0, grand.credits == 0 { return }
    total.bind(1, grand.requests)
    total.bind(2, grand.quantity)
    total.bind(3, grand.credits)
    try total.run()
    grand = Sums()
  }

  /// Forgets what was added since the last store.
  func abandon() {
    for series in touched { sums[Int(series)] = Sums() }
    touched.removeAll()
    grand = Sums()
    hour = Int64.min
  }
}
