import CreditCore
import Rating
import Testing

@Suite("Two estimates beside each other")
struct ComparisonTests {
  private func compare(_ old: String, _ new: String) throws -> Comparison {
    try Comparison(from: try estimate(old), to: try estimate(new))
  }

  private static let book5 = "{operation: meeting.book, label: Demos, bookings: 5}"
  private static let book6 = "{operation: meeting.book, label: Demos, bookings: 6}"
  private static let steps =
    "{operation: sequence.enroll, label: Mails, contacts: 10, steps_per_contact: 3}"
  private static let push = "{operation: audience.push, label: Push, records: 9}"
  private static let priced =
    "{operation: audience.push, label: Push, records: 9, credits_per_unit: 1}"

  static let cases: [(old: String, new: String, lines: [String], change: String)] = [
    (book5, book5, ["same Demos"], "0"),
    (book5, book6, ["changed Demos bookings 5>6"], "20"),
    (book6, book5, ["changed Demos bookings 6>5"], "-20"),
    (book5, "\(book5), \(steps)", ["same Demos", "added Mails"], "30"),
    ("\(book5), \(steps)", steps, ["same Mails", "removed Demos"], "-100"),
    ("\(steps), \(book5)", "\(book5), \(steps)", ["same Demos", "same Mails"], "0"),
    ("\(book5), \(book5)", book5, ["same Demos", "removed Demos"], "-100"),
    (
      "\(book5), \(book6)", "\(book5), \(book5)", ["same Demos", "changed Demos bookings 6>5"],
      "-20"
    ),
    (push, push, ["same Push"], "0"),
    (push, priced, ["changed Push credits_per_unit ->1"], "9"),
    (priced, push, ["changed Push credits_per_unit 1>-"], "-9"),
    (
      steps, steps.replacing("contacts: 10", with: "contacts: [5, 10, 20]"),
      ["changed Mails contacts 10>5/10/20"], "-15/0/30"
    ),
    (
      steps, "{operation: sequence.enroll, label: Mails, steps: 30}",
      ["changed Mails steps ->30 contacts 10>- steps_per_contact 3>-"], "0"
    ),
    (
      book5, "{operation: sequence.enroll, label: Demos, steps: 30}",
      ["added Demos", "removed Demos"], "-70"
    ),
  ]

  @Test("each line is added, removed, changed or the same", arguments: cases)
  func compares(old: String, new: String, lines: [String], change: String) throws {
    let comparison = try compare(old, new)
    let seen = comparison.lines.map { line in
      let inputs = line.inputs.map { input in
        let before = input.before.map { text($0) } ?? "-"
        return " \(input.name) \(before)>\(input.after.map { text($0) } ?? "-")"
      }
      return "\(line.status) \(line.label)" + inputs.joined()
    }
    #expect(seen == lines)
    #expect(text(comparison.change) == change)
  }

  @Test("the lines' changes add up to the change of the total")
  func addsUp() throws {
    let comparison = try compare("\(Self.book5), \(Self.steps)", "\(Self.book6), \(Self.priced)")
    var sum = CreditRange.zero
    for line in comparison.lines {
      sum = try sum + (line.after ?? .zero) - (line.before ?? .zero)
    }
    #expect(sum == comparison.change)
    #expect(text(comparison.oldTotal) == "130")
  }

  @Test("another price of the book is an input that changed")
  func seesPrices() throws {
    let dearer = try overriding(
      "{id: meeting.book, price: 25, source: SEED, confidence: published}"
    )
    let comparison = try Comparison(
      from: try estimate(Self.book5),
      to: try estimate(Self.book5, book: dearer)
    )
    #expect(comparison.lines.map(\.status) == [.changed])
    #expect(comparison.lines.first?.inputs.map(\.name) == ["price"])
    #expect(text(comparison.change) == "25")
  }

  static let formulas: [(line: String, formula: String)] = [
    (
      "{operation: voice.outbound, calls: 300, connect_rate: 0.3, minutes_per_call: 2.5}",
      "300 calls × 0.3 connect rate × ⌈2.5⌉ minutes a call × 20"
    ),
    ("{operation: copilot.chat, tokens: 12400}", "⌈12,400 ÷ 1,000⌉ tokens × 1"),
    ("{operation: intent.process, events: 15}", "15 events × 1 ÷ 10"),
    ("{operation: contacts.manage, count: 9}", "9 requests × 0"),
    ("{operation: audience.push, records: 9}", "9 records × no known price"),
    ("{operation: audience.push, records: 9, credits_per_unit: 0.5}", "9 records × 0.5"),
  ]

  @Test("a line shows how its credits come about", arguments: formulas)
  func showsFormula(line: String, formula: String) throws {
    #expect(try RatingTests.line(line).formula == formula)
  }
}
