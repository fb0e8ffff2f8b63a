import CreditCore
import Rating
import Testing

@Suite("Gates")
struct GateTests {
  /// Costs 200 to 600 credits, 400 expected.
  private static let ranged = "{operation: meeting.book, count: [10, 20, 30]}"
  private static let unpriced = ranged + ", {operation: audience.push, records: 1}"

  struct Case: CustomStringConvertible, Sendable {
    var operations = ranged
    var balance: String?
    var max: String?
    var bound = Bound.expected
    var covered = false
    var allowsUnpriced = false
    var objections: [String] = []

    var description: String {
      "max \(max ?? "-") \(bound), balance \(balance ?? "-"), \(operations)"
    }
  }

  static let cases: [Case] = [
    Case(),
    Case(max: "400"),
    Case(max: "399.999999", objections: ["expected cost of 400 credits is above the 399.999999"]),
    Case(max: "200", bound: .low),
    Case(max: "199", bound: .low, objections: ["low cost of 200"]),
    Case(max: "600", bound: .high),
    Case(max: "599", bound: .high, objections: ["high cost of 600"]),
    Case(max: "0", objections: ["expected cost"]),
    Case(balance: "600", covered: true),
    Case(balance: "599.999999", covered: true, objections: ["does not cover the high cost of 600"]),
    Case(balance: "199", covered: true, objections: ["a balance of 199 does not cover"]),
    Case(covered: true, objections: ["no balance is known"]),
    Case(balance: "1", max: "1", covered: true, objections: ["expected cost", "does not cover"]),
    Case(operations: unpriced),
    Case(operations: unpriced, max: "400", objections: ["1 line has no known price"]),
    Case(operations: unpriced, max: "400", allowsUnpriced: true),
    Case(operations: unpriced, balance: "600", covered: true, objections: ["1 line has no known"]),
    Case(operations: unpriced, balance: "600", covered: true, allowsUnpriced: true),
    Case(
      operations: unpriced + ", {operation: audience.push, records: 1}",
      max: "1",
      bound: .low,
      objections: ["low cost", "2 lines have no known price"]
    ),
    Case(
      operations: "{operation: contacts.manage, count: 9}",
      balance: "0",
      max: "0",
      covered: true
    ),
  ]

  @Test("a gate says all that speaks against a campaign, and nothing else", arguments: cases)
  func objects(to gate: Case) throws {
    let estimate = try estimate(gate.operations, balance: gate.balance)
    let objections = Gate(
      maxCredits: try gate.max.map { try credits($0) },
      bound: gate.bound,
      requiresCovered: gate.covered,
      allowsUnpriced: gate.allowsUnpriced
    ).objections(to: estimate)
    #expect(objections.count == gate.objections.count, "\(objections)")
    for (said, wanted) in zip(objections, gate.objections) { #expect(said.contains(wanted)) }
  }

  static let coverages: [(balance: String?, covered: Coverage, shortfall: String)] = [
    (nil, .unknown, "none"),
    ("600.000001", .yes, "0"),
    ("600", .yes, "0"),
    ("599.999999", .maybe, "0/0/0.000001"),
    ("400", .maybe, "0/0/200"),
    ("200", .maybe, "0/200/400"),
    ("199.999999", .no, "0.000001/200.000001/400.000001"),
    ("0", .no, "200/400/600"),
  ]

  @Test(
    "a balance covers the high cost, not even the low one, or something between",
    arguments: coverages
  )
  func covers(balance: String?, covered: Coverage, shortfall: String) throws {
    let outlook = try estimate(Self.ranged, balance: balance).balance
    #expect(outlook.covered == covered)
    #expect(text(outlook.shortfall) == shortfall)
    switch covered {
    case .yes: #expect(outlook.probabilityCovered == 1)
    case .no: #expect(outlook.probabilityCovered == 0)
    case .maybe: #expect((0...1).contains(try #require(outlook.probabilityCovered)))
    case .unknown: #expect(outlook.probabilityCovered == nil)
    }
    #expect((outlook.before == nil) == (balance == nil))
  }
}
