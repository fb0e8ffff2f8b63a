import CreditCore
import Rating
import Testing

@Suite("The inputs that move the total most")
struct SensitivityTests {
  private func moves(_ operations: String) throws -> [String] {
    try estimate(operations).sensitivity.map { item in
      let line = item.line.map { "line \($0) " } ?? ""
      return "\(line)\(item.input) \(text(item.values)): \(item.change.low) \(item.change.high)"
    }
  }

  static let cases: [(operations: String, moves: [String])] = [
    ("{operation: meeting.book, count: 5}", []),
    (
      "{operation: meeting.book, bookings: [1, 2, 3]}, {operation: meeting.book, bookings: [10, 20, 40]}",
      ["line 2 bookings 10/20/40: -200 400", "line 1 bookings 1/2/3: -20 20"]
    ),
    (
      "{operation: voice.outbound, calls: 100, connect_rate: [0.2, 0.3, 0.35], minutes_per_call: [1.5, 2.5, 4]}",
      [
        "line 1 minutes_per_call 1.5/2.5/4: -600 600",
        "line 1 connect_rate 0.2/0.3/0.35: -600 300",
      ]
    ),
    (
      "{operation: enrichment.waterfall, records: 100, hit_rate: [0.5, 0.6, 0.7]}, "
        + "{operation: enrichment.waterfall, records: 50}",
      ["price 1/2/3: -110 110", "line 1 hit_rate 0.5/0.6/0.7: -20 20"]
    ),
    (
      "{operation: enrichment.waterfall, records: 100, cache_share: [0.1, 0.2, 0.5], credits_per_unit: [1, 1.5, 2]}",
      [
        "line 1 credits_per_unit 1/1.5/2: -40 40",
        "line 1 cache_share 0.5/0.2/0.1: -45 15",
      ]
    ),
    (
      "{operation: enrichment.waterfall, records: 100, providers: [{provider: apollo, hit_rate: [0.1, 0.2, 0.3]}]}",
      ["line 1 cost of a record 0.1/0.2/0.3: -10 10"]
    ),
    ("{operation: audience.push, records: [1, 2, 3]}", []),
    ("{operation: contacts.manage, count: [1, 2, 3]}", ["line 1 count 1/2/3: 0 0"]),
  ]

  @Test("they are listed with the change for each end, the strongest first", arguments: cases)
  func lists(operations: String, moves: [String]) throws {
    #expect(try self.moves(operations) == moves)
  }

  @Test("no more than eight are listed, by falling swing")
  func listsEight() throws {
    let lines = (1...20).map { "{operation: meeting.book, bookings: [0, \($0), \(3 * $0)]}" }
    let found = try estimate(lines.joined(separator: ",")).sensitivity
    #expect(found.count == 8)
    #expect(found.map(\.line) == [20, 19, 18, 17, 16, 15, 14, 13])
  }
}
