import CreditCore
import Foundation
import TestSupport
import Testing
import Workflows

@testable import UsageStore

@Suite("A period is the sum of its requests, whatever its zone and its days")
struct PeriodTests {
  private static let zones = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia",
  ]

  /// A question about a random period.
  private struct Question {
    var query: PeriodQuery
    var days: [Range<Int64>]
    var previous: Range<Int64>
    var compared: Range<Int64>

    init(_ random: inout SeededRandom) throws {
      let zone = try Zones.named(random.pick(PeriodTests.zones))
      let day = Int(SampleUsage.start / SampleUsage.day) - 3 + random.below(46)
      let period = CalendarPeriod(
        random.pick(CalendarPeriod.Kind.allCases),
        containing: CivilDate(number: day),
        weekStart: 1 + random.below(7)
      )
      let starts = period.days(in: zone).map(\.start)
      let end = zone.start(of: period.next)
      query = PeriodQuery(
        previousStart: zone.start(of: period.previous.first),
        days: starts,
        end: end
      )
      query.by = .path
      if random.chance(0.4) { query.orgs = random.pick([["north"], ["s\u{FC}d"], ["south", ""]]) }
      let ends = (starts.dropFirst() + [end]).map(\.microseconds)
      days = zip(starts.map(\.microseconds), ends).map { $0..<$1 }
      previous = query.previousStart.microseconds..<starts[0].microseconds
      compared = previous
      if random.chance(0.5) {
        let part =
          previous.lowerBound + Int64(random.below(Int(previous.upperBound - previous.lowerBound)))
        query.previousEnd = Instant(microseconds: part)
        compared = previous.lowerBound..<part
      }
      for orgs in [["north"], ["south", ""]] where random.chance(0.5) {
        let after = previous.lowerBound - SampleUsage.day + Int64(random.below(5)) * 33_000_000_007
        query.balances.append(
          PeriodQuery.BalanceSpan(
            orgs: orgs,
            after: Instant(microseconds: after),
            through: Instant(microseconds: after + Int64(random.below(20)) * SampleUsage.day / 2)
          )
        )
      }
    }

    func isCounted(_ call: SampleUsage.Call) -> Bool {
      query.orgs.isEmpty || query.orgs.contains { Self.isSame($0, call.series.org) }
    }

    func isBalanced(_ call: SampleUsage.Call) -> Bool {
      query.balances.contains { balance in
        balance.orgs.contains { Self.isSame($0, call.series.org) }
          && call.at > balance.after.microseconds && call.at <= balance.through.microseconds
      }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
      Array(one.utf8) == Array(other.utf8)
    }
  }

  @Test("300 random days, weeks and months are what a count request by request says")
  func random() throws {
    var random = SeededRandom(seed: 20_261_126)
    let scratch = try Scratch()
    let usage = SampleUsage(count: 4_000, days: 40, &random)
    let store = try usage.store(in: scratch.folder)
    for _ in 0..<300 {
      let question = try Question(&random)
      expect(try store.period(question.query), question, usage.calls)
    }
  }

  @Test("who remembers days hears the same, whatever is stored between two questions")
  func memory() throws {
    var random = SeededRandom(seed: 20_261_128)
    let scratch = try Scratch()
    let usage = SampleUsage(count: 4_000, days: 40, &random)
    let path = scratch.folder.appending(path: "usage.db").path
    let store = try UsageStore(path: path, .writing(holder: "a test"))
    let memory = DayMemory()
    var stored: [SampleUsage.Call] = []
    var rest = usage.calls.shuffled(using: &random)
    for _ in 0..<200 {
      // Some questions come one after the other, and some after what is stored of many days.
      let count = min(rest.count, random.pick([0, 0, 1, 30, 300]))
      try SampleUsage(calls: Array(rest.suffix(count))).add(to: store)
      stored += rest.suffix(count)
      rest.removeLast(count)
      let question = try Question(&random)
      expect(try store.period(question.query, memory), question, stored)
      let days = try store.familyDays(question.query, memory)
      expect(days, question, stored.filter(question.isCounted))
    }
    #expect(rest.isEmpty)
  }

  private func expect(
    _ period: PeriodUsage,
    _ question: Question,
    _ calls: [SampleUsage.Call]
  ) {
    let counted = calls.filter(question.isCounted)
    let within = counted.filter { call in question.days.contains { $0.contains(call.at) } }
    expect(period, \.amounts, within)
    expect(period, \.previous, counted.filter { question.previous.contains($0.at) })
    expect(period, \.compared, counted.filter { question.compared.contains($0.at) })
    expect(period, \.balanced, calls.filter(question.isBalanced))
    expect(period.days, question, counted)
  }

  private func expect(_ days: [FamilySums], _ question: Question, _ calls: [SampleUsage.Call]) {
    #expect(days.count == question.days.count)
    for (found, day) in zip(days, question.days) {
      let families = Dictionary(grouping: calls.filter { day.contains($0.at) }) {
        String($0.series.operation.prefix { $0 != "." })
      }
      #expect(Set(found.map(\.family)) == Set(families.keys))
      for (family, sums) in found { #expect(sums == UsageModel.sums(families[family] ?? [])) }
    }
  }

  @Test("of days that are known only the requests between two times of day are read")
  func lessReading() throws {
    var random = SeededRandom(seed: 8)
    let scratch = try Scratch()
    let store = try SampleUsage(count: 4_000, days: 28, &random).store(in: scratch.folder)
    let memory = DayMemory()
    func instant(days: Int64, hours: Int64 = 0) -> Instant {
      let hour = SampleUsage.day / 24
      return Instant(microseconds: SampleUsage.start + days * SampleUsage.day + hours * hour)
    }
    func read(hours: Int64) throws -> Int {
      var query = PeriodQuery(
        previousStart: instant(days: 0),
        days: [instant(days: 7)],
        end: instant(days: 8)
      )
      query.previousEnd = instant(days: 3, hours: hours)
      return try store.period(query, memory).requestsRead
    }
    let most = try read(hours: 12)
    #expect(most > 30)
    #expect(try read(hours: 12) == 0)
    #expect(try (1..<most / 2).contains(read(hours: 13)))
  }

  private func expect(
    _ period: PeriodUsage,
    _ amounts: KeyPath<PeriodUsage.Entry, SeriesAmounts>,
    _ calls: [SampleUsage.Call]
  ) {
    var sums = UsageSums()
    for entry in period.entries { sums.add(entry[keyPath: amounts], of: entry.traits) }
    #expect(sums == UsageModel.sums(calls))
    // Nothing is counted to a series that is not its own; texts that look alike are different.
    var found: [[UInt8]: Int128] = [:]
    for entry in period.entries where entry[keyPath: amounts].requests != 0 {
      found[Self.name(period, entry), default: 0] += Int128(entry[keyPath: amounts].requests)
    }
    #expect(found == Dictionary(grouping: calls, by: Self.name).mapValues { Int128($0.count) })
  }

  /// What a period tells of a series.
  private static func name(_ period: PeriodUsage, _ entry: PeriodUsage.Entry) -> [UInt8] {
    let tags = period.tagSets[entry.tags].map { "\($0.name)=\($0.value)" }
    let facts = "\(entry.unit) \(entry.traits) \(entry.book) \(tags)"
    let path = period.values[entry.value]
    return Array(
      "\(period.orgs[entry.org]) \(period.operations[entry.operation]) \(path) \(facts)".utf8
    )
  }

  private static func name(_ call: SampleUsage.Call) -> [UInt8] {
    let series = call.series
    let tags = series.tagPairs.map { "\($0.name)=\($0.value)" }
    let facts = "\(series.unit) \(series.traits) \(series.book) \(tags)"
    let path: UsageValue = series.route.isEmpty ? .absent : .text(series.route)
    return Array("\(series.org) \(series.operation) \(path) \(facts)".utf8)
  }

  @Test("of whole days of UTC no request is looked at; elsewhere only those between midnights")
  func reading() throws {
    var random = SeededRandom(seed: 7)
    let scratch = try Scratch()
    let usage = SampleUsage(count: 4_000, days: 28, &random)
    let store = try usage.store(in: scratch.folder)
    func read(_ name: String) throws -> Int {
      let zone = try Zones.named(name)
      let week = CalendarPeriod(.weekly, containing: try #require(CivilDate("2026-04-01")))
      let query = PeriodQuery(
        previousStart: zone.start(of: week.previous.first),
        days: week.days(in: zone).map(\.start),
        end: zone.start(of: week.next)
      )
      return try store.period(query).requestsRead
    }
    #expect(try read("UTC") == 0)
    let berlin = try read("Europe/Berlin")
    // Nine midnights, each an hour or two away from UTC's.
    #expect(berlin > 0)
    #expect(berlin < 4_000 * 9 * 2 / (28 * 24) * 2)
  }

  @Test("calls that repeat one another, and those that counted nothing, are found")
  func calls() throws {
    var random = SeededRandom(seed: 11)
    let scratch = try Scratch()
    let usage = SampleUsage(count: 3_000, days: 30, &random)
    let store = try usage.store(in: scratch.folder)
    let start = SampleUsage.start + 15 * SampleUsage.day + 12_345
    let end = start + 7 * SampleUsage.day
    var query = CallQuery(
      start: Instant(microseconds: start),
      end: Instant(microseconds: end)
    )
    query.repeats = ["sequence.enroll": 7, "crm.contacts": 2]
    let found = try store.calls(query)
    var repeats: [String: (Int, Int128)] = [:]
    let paid = usage.calls.filter { call in
      call.series.isCharged && call.series.metering == .metered && (call.credits ?? 0) > 0
    }
    for call in paid where call.at >= start && call.at < end {
      guard let days = query.repeats[call.series.operation] else { continue }
      let isRepeat = paid.contains { other in
        (other.at, other.identity) != (call.at, call.identity) && other.at <= call.at
          && call.at - other.at < Int64(days) * SampleUsage.day
          && other.path == call.path && other.series.method == call.series.method
          && Array(other.series.org.utf8) == Array(call.series.org.utf8)
      }
      if isRepeat {
        repeats[call.series.operation, default: (0, 0)].0 += 1
        repeats[call.series.operation, default: (0, 0)].1 += Int128(call.credits ?? 0)
      }
    }
    #expect(!found.repeats.isEmpty)
    #expect(found.repeats.count == repeats.count)
    for count in found.repeats {
      #expect(count.requests == Int128(repeats[count.operation]?.0 ?? 0), "\(count.operation)")
      #expect(count.credits == repeats[count.operation]?.1 ?? 0)
    }
    let none = usage.calls.filter { call in
      call.at >= start && call.at < end && call.series.isCharged
        && call.series.metering == .metered && call.quantity == 0
    }
    #expect(found.foundNothing.reduce(0) { $0 + $1.requests } == Int128(none.count))
  }
}
