import CreditCore
import PriceBooks
import Rating
import Testing

@Suite("Faults of a price book")
struct BookFaultTests {
  static let operations: [(text: String, message: String, at: String)] = [
    ("{title: x}", "an operation has no id", "{title"),
    ("{id: Meeting.Book}", "id \"Meeting.Book\"", "Meeting.Book"),
    ("{id: meeting}", "id \"meeting\"", "meeting}"),
    ("{id: meeting.book, prize: 2}", "unknown key \"prize\"", "prize"),
    ("{id: meeting.book, price: -2}", "below zero", "-2"),
    ("{id: meeting.book, price: free}", "price is \"free\"", "free}"),
    ("{id: meeting.book, price: {low: 1, high: 2}}", "price has no expected", "{low"),
    ("{id: meeting.book, price: {low: 3, expected: 2, high: 4}}", "expected 2 is below", "2, h"),
    ("{id: meeting.book, price: {min: 2, low: 1, expected: 2, high: 4}}", "low 1 is below", "1, e"),
    ("{id: meeting.book, price: {low: 1, expected: 2, high: 4, max: 3}}", "max 3 is below", "3}}"),
    ("{id: meeting.book, per: 0}", "per is 0", "0}"),
    ("{id: meeting.book, rounding: down}", "rounding is \"down\"", "down"),
    ("{id: meeting.book, metering: metred}", "metering is \"metred\"", "metred"),
    ("{id: meeting.book, unit: bookings}", "unit is \"bookings\"", "bookings"),
    ("{id: meeting.book, confidence: sure}", "confidence is \"sure\"", "sure"),
    ("{id: meeting.book, source: SEEED}", "source \"SEEED\"", "SEEED"),
    ("{id: meeting.book, source: \"SEED, XYZ\"}", "source \"XYZ\"", "\"SEED, XYZ"),
    ("{id: audience.push, price: 1, rounding: exact}", "has a price but is unpriced", "1, r"),
    ("{id: audience.push, metering: metered, price: 1}", "has no rounding", "{id"),
    ("{id: meeting.book, requests: [/a]}", "names no method", "/a"),
    ("{id: meeting.book, requests: [post /a]}", "\"post\" is not a method", "post"),
    ("{id: meeting.book, requests: [POST a]}", "starts without /", "POST a"),
    ("{id: meeting.book, requests: [POST /a/**/b]}", "not the last segment", "POST /a"),
    ("{id: meeting.book, requests: [POST /a?b]}", "has no value", "POST /a"),
    ("{id: meeting.book, requests: [\"POST /a{b}\"]}", "not readable", "\"POST"),
    ("{id: meeting.book, requests: [POST /voice/calls]}", "also stands for", "POST"),
    ("{id: meeting.book, requests: [POST /q, POST /q]}", "also stands for", "POST /q]"),
    ("{id: meeting.book, drivers: [{kind: rate}]}", "a driver has no name", "{kind"),
    ("{id: meeting.book, drivers: [{name: a, kind: share}]}", "kind is \"share\"", "share"),
    ("{id: meeting.book, plans: {bronze: {price: 1}}}", "unknown key \"bronze\"", "bronze"),
    ("{id: meeting.book, credits_from: [{response: data}]}", "not a JSON Pointer", "data}"),
    ("{id: meeting.book, credits_from: [{per: 2}]}", "names no body", "{per"),
    ("{id: meeting.book, hold: {factor: 1, of: rows}}", "no driver \"rows\"", "{factor"),
    ("{id: meeting.book, items_per_request: {count: 0}}", "count is 0", "0}"),
    ("{id: meeting.book, items_per_request: {of: rows, count: 1}}", "no driver \"rows\"", "{of"),
    ("{id: fax.send, price: 1}", "fax.send is not in the extended book", "fax.send"),
    ("{id: meeting.book}, {id: meeting.book}", "stands twice", "{id: meeting.book}]"),
    ("{id: meeting.book, disputed: [{says: x}]}", "a dispute has no source", "{says"),
  ]

  @Test("a fault of an operation is named where it stands", arguments: operations)
  func namesFault(text: String, message: String, at place: String) throws {
    let line = "operations: [\(text)]"
    let found = faults(of: overrideText(line))
    let fault = try #require(
      found.first { $0.message.contains(message) },
      "\(found.map(\.message))"
    )
    let range = try #require(line.firstRange(of: place))
    #expect(fault.mark.line == 4)
    #expect(fault.mark.column == line.distance(from: line.startIndex, to: range.lowerBound) + 1)
    #expect(fault.expected?.isEmpty == false)
  }

  static let books: [(text: String, message: String)] = [
    ("", "the file is empty"),
    ("version: x\neffective: 2026-11-01T00:00:00Z\n", "has no operations"),
    ("extends: graph8\nversion: x\n", "has no effective"),
    ("extends: graph8\neffective: 2026-11-01T00:00:00Z\n", "has no version"),
    ("extends: graph8\nversion: x\neffective: 2026-11-01\n", "effective is \"2026-11-01\""),
    ("extends: graph9\nversion: x\neffective: 2026-11-01T00:00:00Z\n", "no shipped book"),
    (overrideText("prices: []"), "unknown key \"prices\""),
    (overrideText("requests_per_second: 0"), "requests_per_second is 0"),
    (overrideText("requests_per_second: {value: 0}"), "requests_per_second is 0"),
    (overrideText("base_paths: [api]"), "base path \"api\""),
    (overrideText("plans: {bronze: {usd_per_credit: 1}}"), "plan bronze has no title"),
    (overrideText("plans: {payg: {included: {per: once}}}"), "included has no credits"),
    (overrideText("plans: {payg: {included: {credits: 1, per: year}}}"), "per is \"year\""),
    (overrideText("sources: {NEW: {rank: 1}}"), "source NEW has no title"),
    (overrideText("operations: {id: x}"), "operations is a mapping"),
    (overrideText("operations: [x]"), "an operation is"),
    (overrideText("title: ''"), "title is"),
    ("- a list\n", "a price book is a list"),
  ]

  @Test("a fault of the book itself is named", arguments: books)
  func namesBookFault(text: String, message: String) {
    let found = faults(of: text)
    #expect(found.contains { $0.message.contains(message) }, "\(found.map(\.message))")
  }

  @Test("all faults are given, in reading order")
  func givesAll() {
    let found = faults(
      of: overrideText(
        """
        operations:
          - {id: meeting.book, price: -1, rounding: down}
          - {id: voice.outbound, unit: hour}
        plans: {payg: {usd_per_credit: x}}
        """
      )
    )
    #expect(found.map(\.mark.line) == [5, 5, 6, 7])
    #expect(found.map(\.mark.column) == found.map(\.mark.column).filter { $0 > 0 })
  }
}
