import Foundation
import TestSupport
import Testing

/// Days of usage with what the provider took, in which something is planted that no log tells.
///
/// From 1 October 2026 on, a snapshot at each midnight UTC, on plan platform.
struct PlantedHistory {
  /// A way to spend: requests of an operation whose log tells units, or not.
  struct Use: Sendable {
    var path: String
    var unit: String?
    /// Units of a day's requests.
    var units: @Sendable (Int, inout SeededRandom) -> Int
    /// What the provider takes for a unit.
    var price: @Sendable (Int) -> Double
  }

  var days = 40
  var seed: UInt64 = 1
  var uses: [Use] = []
  /// By day: credits that are bought, that leave without a request, and that a new period fills up.
  var toppedUp: [Int: Int] = [:]
  var unlogged: [Int: Int] = [:]
  var resetOn: Int?

  static let meetings = Use(
    path: "/appointments/bookings",
    unit: "bookings",
    units: { day, _ in 2 + day % 3 },
    price: { _ in 20 }
  )

  static func date(_ day: Int) -> String {
    let first = Date(timeIntervalSince1970: 1_790_812_800)
    return String(first.addingTimeInterval(Double(day) * 86_400).ISO8601Format().prefix(10))
  }

  /// Ingests it into a database `usage.db` of the folder.
  func store(_ scratch: Scratch) throws {
    var random = SeededRandom(seed: seed)
    var (log, snapshots) = ("", "")
    var (balance, used) = (60_000.0, 0.0)
    func snap(_ day: Int) {
      snapshots +=
        #"{"time":"\#(Self.date(day))T00:00:00Z","org_id":"acme","balance":\#(Self.text(balance)),"#
        + #""billing_period_used":\#(Self.text(used)),"tier":"platform"}"# + "\n"
    }
    snap(0)
    for day in 0..<days {
      if day == resetOn { (balance, used) = (75_000, 0) }
      balance += Double(toppedUp[day] ?? 0)
      var spent = Double(unlogged[day] ?? 0)
      for (place, use) in uses.enumerated() {
        let units = use.units(day, &random)
        spent += Double(units) * use.price(day)
        // Requests of one unit each where the log tells none, else a few with all of them.
        let requests = use.unit == nil ? units : min(3, units)
        for number in 0..<requests {
          let share = units / requests + (number < units % requests ? 1 : 0)
          let usage = use.unit.map { #","usage":{"\#($0)":\#(share)}"# } ?? ""
          let second = String(format: "%02d:%02d:%02d", 8 + place, number / 60, number % 60)
          log +=
            #"{"timestamp":"\#(Self.date(day))T\#(second)Z","request_id":"#
            + #""\#(day)-\#(place)-\#(number)","org_id":"acme","method":"POST","#
            + #""path":"\#(use.path)","status":200\#(usage)}"# + "\n"
        }
      }
      balance -= spent
      used += spent
      snap(day + 1)
    }
    try scratch.write("log.ndjson", log)
    try scratch.write("snapshots.ndjson", snapshots)
    let result = try Command.run(
      ["ingest", "log.ndjson", "snapshots.ndjson", "--strict", "--database", "usage.db"],
      in: scratch.folder
    )
    try #require(result.status == 0, "\(result.errors)")
  }

  private static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
