import CreditCore
import TestSupport
import Testing
import Workflows

@testable import UsageStore

@Suite("Stored usage is what adding it up request by request gives")
struct UsageFilterTests {
  private static let days: Int64 = 12

  @Test("2,000 random questions: single requests in order, and groups")
  func questions() throws {
    var random = SeededRandom()
    let sample = SampleUsage(count: 300, days: Self.days, &random)
    let scratch = try Scratch()
    let store = try sample.store(in: scratch.folder)
    for number in 0..<2_000 {
      let model = UsageModel(&random, days: Self.days)
      var query = UsageQuery()
      query.filter = model.filter
      query.since = model.since.map { Instant(microseconds: $0) }
      query.until = model.until.map { Instant(microseconds: $0) }
      let comment: Comment = "seed \(random.seed), question \(number)"
      try expectList(store, query, model, sample, comment)
      try expectGroups(store, &query, model, sample, &random, comment)
    }
  }

  @Test("a micro-credit too much, or a request at the end of the span, is noticed")
  func control() throws {
    var random = SeededRandom(seed: 3)
    let sample = SampleUsage(count: 50, days: 2, &random)
    let scratch = try Scratch()
    let store = try sample.store(in: scratch.folder)
    var query = UsageQuery()
    query.until = try #require(sample.calls.last).time
    let sums = UsageModel.sums(sample.calls.dropLast())
    #expect(try store.usage(query).totals == sums)
    var off = sums
    off.credits += 1
    #expect(try store.usage(query).totals != off)
    #expect(try store.usage(UsageQuery()).totals != sums)
  }

  private func expectList(
    _ store: UsageStore,
    _ query: UsageQuery,
    _ model: UsageModel,
    _ sample: SampleUsage,
    _ comment: Comment
  ) throws {
    let expected = sample.calls.filter(model.takes)
    var listed: [StoredRequest] = []
    let totals = try store.requests(query) { request in
      listed.append(request)
      return true
    }
    #expect(
      listed.map { Listed($0) } == expected.map { Listed($0) },
      comment
    )
    #expect(totals == UsageModel.sums(expected), comment)
  }

  /// What a list shows of a request.
  private struct Listed: Equatable {
    var time: Instant
    var series: Series
    var path: [UInt8]
    var amounts: [Int64?]
    var source: String

    init(_ request: StoredRequest) {
      time = request.time
      series = request.series
      path = Array(request.path.utf8)
      amounts = [request.quantity, request.credits?.micros]
      source = request.source
    }

    init(_ call: SampleUsage.Call) {
      time = call.time
      series = call.series
      path = Array(call.path.utf8)
      amounts = [call.quantity, call.credits]
      source = call.source
    }
  }

  private func expectGroups(
    _ store: UsageStore,
    _ query: inout UsageQuery,
    _ model: UsageModel,
    _ sample: SampleUsage,
    _ random: inout SeededRandom,
    _ comment: Comment
  ) throws {
    let (keys, values): ([UsageKey], @Sendable (SampleUsage.Call) -> [UsageValue]) = random.pick(
      Self.groupings
    )
    let cuts = random.pick(Self.cuts)
    query.by = keys
    if let cuts { query.cuts = { _ in cuts.map { Instant(microseconds: $0) } } }
    let answer = try store.usage(query)
    let expected = model.groups(sample.calls) { call in
      let part = cuts?.last { $0 <= call.at } ?? cuts?.first
      return values(call) + (part.map { [.number(Int($0))] } ?? [])
    }
    let found = answer.groups.map { group in
      group.values + (group.start.map { [.number(Int($0.microseconds))] } ?? [])
    }
    #expect(found == expected.map(\.values), comment)
    #expect(answer.groups.map(\.sums) == expected.map(\.sums), comment)
    #expect(answer.groups.map(\.unit) == expected.map(\.unit), comment)
    #expect(answer.totals == UsageModel.sums(sample.calls.filter(model.takes)), comment)
  }

  private static let groupings: [([UsageKey], @Sendable (SampleUsage.Call) -> [UsageValue])] = [
    ([], { _ in [] }),
    ([.org], { [.text($0.series.org)] }),
    ([.operation, .status], { [.text($0.series.operation), status($0)] }),
    ([.family], { [.text(String($0.series.operation.prefix { $0 != "." }))] }),
    ([.path, .method], { [absent($0.series.route), absent($0.series.method)] }),
    (
      [.basis, .metering],
      { [.text($0.series.basis.rawValue), .text($0.series.metering.rawValue)] }
    ),
    ([.unit, .plan], { [.text($0.series.unit.rawValue), .text($0.series.plan)] }),
    ([.book], { _ in [.text(SampleUsage.bookName)] }),
    ([.source, .org], { [.text($0.source), .text($0.series.org)] }),
    ([.tag("team")], { [tag("team", $0)] }),
    ([.tag("campaign"), .source], { [tag("campaign", $0), .text($0.source)] }),
  ]

  private static func status(_ call: SampleUsage.Call) -> UsageValue {
    call.series.status.map { .number($0) } ?? .absent
  }

  private static func absent(_ text: String) -> UsageValue {
    text.isEmpty ? .absent : .text(text)
  }

  private static func tag(_ name: String, _ call: SampleUsage.Call) -> UsageValue {
    for value in ["spring", "=cmd", "a\"b\\c", "", "\u{E9}", "e\u{301}"] {
      let pair = Array((SampleUsage.quoted(name) + ":" + SampleUsage.quoted(value)).utf8)
      let bytes = Array(call.series.tags.utf8)
      if bytes.indices.contains(where: { bytes[$0...].starts(with: pair) }) { return .text(value) }
    }
    return .absent
  }

  /// Parts of time: UTC days, days elsewhere, hours, uneven parts, and none.
  private static let cuts: [[Int64]?] = [
    nil, steps(of: SampleUsage.day, from: 0), steps(of: SampleUsage.day, from: -3_600_000_000),
    steps(of: SampleUsage.day, from: 20_700_000_000), steps(of: 3_600_000_000, from: 0),
    steps(of: 100_000_000_001, from: -99),
  ]

  private static func steps(of length: Int64, from shift: Int64) -> [Int64] {
    let start = SampleUsage.start - 2 * SampleUsage.day + shift
    return Array(stride(from: start, to: start + (days + 4) * SampleUsage.day, by: Int(length)))
  }
}

@Suite("Adding up costs by the rows of the answer")
struct QueryPlanTests {
  @Test("a grouping of whole days reads no request, one of a zone's days only their edges")
  func rows() throws {
    var random = SeededRandom(seed: 5)
    let sample = SampleUsage(count: 2_000, days: 10, &random)
    let scratch = try Scratch()
    let store = try sample.store(in: scratch.folder)
    for key in [UsageKey.org, .operation, .path, .status, .basis, .tag("campaign"), .book] {
      var query = UsageQuery()
      query.by = [key]
      #expect(try store.usage(query).requestsRead == 0)
    }
    let berlin = try Zones.named("Europe/Berlin")
    var query = UsageQuery()
    query.cuts = { span in
      let first = berlin.local(span.lowerBound).date.number
      return (first...(first + 12)).map { berlin.start(of: CivilDate(number: $0)) }
    }
    let read = try store.usage(query).requestsRead
    // One or two of 24 hours.
    #expect(read > 0 && read < 2_000 / 8)
  }

  @Test("no question scans the charges, and a question that does is noticed")
  func plans() throws {
    let scratch = try Scratch()
    var random = SeededRandom(seed: 6)
    let store = try SampleUsage(count: 10, days: 1, &random).store(in: scratch.folder)
    for sql in UsageSQL.all { #expect(try !Self.scans(store, sql), "\(sql)") }
    #expect(try Self.scans(store, "SELECT sum(credits) FROM charges GROUP BY series"))
    // SQLite looks for the least of a virtual table among all its rows.
    #expect(try Self.scans(store, "SELECT min(id) FROM charges"))
  }

  @Test("what pays for steps is looked up, request by request")
  func items() throws {
    let scratch = try Scratch()
    var random = SeededRandom(seed: 7)
    let store = try SampleUsage(count: 10, days: 1, &random).store(in: scratch.folder)
    let steps = try Self.steps(store, UsageSQL.items)
    #expect(steps.first?.contains("USING INDEX sequence_charges_by_charge") == true)
    #expect(steps.last == "SCAN charges VIRTUAL TABLE INDEX 8:")
  }

  /// Whether a statement goes through all charges, rather than a span of them.
  private static func scans(_ store: UsageStore, _ sql: String) throws -> Bool {
    // One end of the table is looked up.
    if sql.hasSuffix("LIMIT 1") { return false }
    return try steps(store, sql).contains { $0.hasSuffix(" charges VIRTUAL TABLE INDEX 0:") }
  }

  private static func steps(_ store: UsageStore, _ sql: String) throws -> [String] {
    try store.reading { connection in
      let statement = try Statement(connection, "EXPLAIN QUERY PLAN " + sql)
      var steps: [String] = []
      while try statement.step() { steps.append(statement.text(3)) }
      return steps
    }
  }
}
