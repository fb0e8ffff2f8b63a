import CreditCore
import TestSupport
import Testing

@testable import UsageStore

@Suite("Stored usage under other prices")
struct RerateTests {
  private static let middle = SampleUsage.start + 5 * SampleUsage.day + 43_200_000_123

  private struct Interruption: Error {}

  /// Prices that depend on all they may depend on: operation, quantity and book.
  private static func price(_ series: Series, _ quantity: Int64?, _ book: Int)
    -> ReratingRules.Price
  {
    let length = Int64(series.operation.utf8.count)
    if (length + Int64(book)) % 4 == 0 {
      return ReratingRules.Price(metering: .unpriced, credits: nil, basis: .unpriced)
    }
    let credits = (quantity ?? 3) / 7 * length + Int64(book) * 1_000_003
    return ReratingRules.Price(metering: .metered, credits: credits, basis: .assumed)
  }

  private func rules(
    _ versions: [(version: String, from: Int64)],
    _ price: @escaping (Series, Int64?, Int) throws -> ReratingRules.Price
  ) -> ReratingRules {
    ReratingRules(
      books: versions.map { version, from in
        ReratingRules.Book(
          provider: "sample",
          version: version,
          effective: Instant(microseconds: from),
          content: version == "1" ? "" : "content of \(version)"
        )
      },
      price: price
    )
  }

  /// The prices that the sample was stored with.
  private func original(_ sample: SampleUsage) -> ReratingRules {
    func key(_ series: Series, _ quantity: Int64?) -> String { "\(series) \(quantity ?? -1)" }
    var prices: [String: ReratingRules.Price] = [:]
    for call in sample.calls {
      prices[key(call.series, call.quantity)] = ReratingRules.Price(
        metering: call.series.metering,
        credits: call.credits,
        basis: call.series.basis
      )
    }
    return rules([("1", .min)]) { series, quantity, _ in
      try #require(prices[key(series, quantity)])
    }
  }

  /// A sample in which equal series and quantities have equal credits, as books make them.
  private func sample(_ random: inout SeededRandom) -> SampleUsage {
    var sample = SampleUsage(count: 400, days: 12, &random)
    sample.calls = sample.calls.map { call in
      var call = call
      if call.series.isCharged, call.series.basis != .measured, let quantity = call.quantity {
        call.credits = call.series.basis == .unpriced ? nil : quantity / 3 * 11
      }
      return call
    }
    return sample
  }

  /// What a call costs under two books, the second in force from the middle on.
  private func expected(_ call: SampleUsage.Call) -> (credits: Int64?, basis: Basis) {
    let isFixed =
      !call.series.isCharged || call.series.basis == .measured
      || call.quantity == nil && call.credits != nil
    if isFixed { return (call.credits, call.series.basis) }
    let price = Self.price(call.series, call.quantity, call.at < Self.middle ? 0 : 1)
    return (price.credits, price.basis)
  }

  private func listed(_ store: UsageStore) throws -> [StoredRequest] {
    var requests: [StoredRequest] = []
    _ = try store.requests(UsageQuery()) { request in
      requests.append(request)
      return true
    }
    return requests
  }

  private func expectClean(_ store: UsageStore, _ comment: Comment? = nil) throws {
    for outcome in try store.check() {
      #expect(outcome.differences == 0, "\(outcome.name): \(outcome.shown)")
    }
  }

  @Test("each request under the book of its time; back under the first, all is as it was")
  func thereAndBack() throws {
    var random = SeededRandom(seed: 21)
    let sample = sample(&random)
    let scratch = try Scratch()
    let path = try sample.fill(scratch.folder)
    let store = try UsageStore(path: path, .writing(holder: "a test"))
    let before = try listed(store)
    let rules = rules([("2", .min), ("3", Self.middle)], Self.price)

    let preview = try store.repriced(UsageQuery(), rules)
    #expect(try listed(store).map(\.credits) == before.map(\.credits))
    try store.rerate(UsageQuery(), rules, batchSize: 37)
    try expectClean(store)
    let after = try listed(store)
    #expect(after.map(\.credits?.micros) == sample.calls.map { expected($0).credits })
    #expect(after.map(\.series.basis) == sample.calls.map { expected($0).basis })
    #expect(after.map(\.quantity) == before.map(\.quantity))
    #expect(after.map(\.path) == before.map(\.path))
    let total = preview.reduce(0) { $0 + $1.after.credits }
    #expect(try store.usage(UsageQuery()).totals.credits == total)
    #expect(preview.contains { $0.changedRequests > 0 })

    // Once more changes nothing.
    #expect(try store.repriced(UsageQuery(), rules).allSatisfy { $0.changedRequests == 0 })

    try store.rerate(UsageQuery(), original(sample), batchSize: 50)
    try expectClean(store)
    let back = try listed(store)
    #expect(back.map(\.series) == before.map(\.series))
    #expect(back.map(\.credits) == before.map(\.credits))
  }

  @Test("stopped anywhere, whole batches are new and the rest is old; the next run finishes")
  func interrupted() throws {
    var random = SeededRandom(seed: 22)
    let sample = sample(&random)
    let whole = try Scratch()
    let undisturbed = try UsageStore(
      path: try sample.fill(whole.folder),
      .writing(holder: "a test")
    )
    let rules = rules([("2", .min), ("3", Self.middle)], Self.price)
    try undisturbed.rerate(UsageQuery(), rules, batchSize: 25)
    let wanted = try listed(undisturbed)
    for stop in [1, 9, 60, 130] {
      let scratch = try Scratch()
      let path = try sample.fill(scratch.folder)
      let store = try UsageStore(path: path, .writing(holder: "a test"))
      var calls = 0
      let failing = self.rules([("2", .min), ("3", Self.middle)]) { series, quantity, book in
        calls += 1
        if calls == stop { throw Interruption() }
        return Self.price(series, quantity, book)
      }
      #expect(throws: Interruption.self) {
        try store.rerate(UsageQuery(), failing, batchSize: 25)
      }
      try expectClean(store)
      let after = try listed(store)
      let isNew = zip(after, wanted).map { $0.series == $1.series && $0.credits == $1.credits }
      let isOld = zip(after, sample.calls).map {
        $0.series == $1.series && $0.credits?.micros == $1.credits
      }
      // New up to the end of a batch, old behind.
      let end = isNew.firstIndex(of: false) ?? isNew.count
      let start = isOld.lastIndex(of: false).map { $0 + 1 } ?? 0
      #expect((start...max(start, end)).contains { $0 % 25 == 0 }, "\(stop): \(start), \(end)")
      try store.rerate(UsageQuery(), rules, batchSize: 25)
      try expectClean(store)
      #expect(try listed(store).map(\.credits) == wanted.map(\.credits))
      #expect(try listed(store).map(\.series.basis) == wanted.map(\.series.basis))
    }
  }

  @Test("only what the question is about changes")
  func part() throws {
    var random = SeededRandom(seed: 23)
    let sample = sample(&random)
    let scratch = try Scratch()
    let store = try UsageStore(path: try sample.fill(scratch.folder), .writing(holder: "a test"))
    var query = UsageQuery()
    query.filter.orgs = ["north"]
    query.since = Instant(microseconds: SampleUsage.start + 2 * SampleUsage.day + 7)
    query.until = Instant(microseconds: SampleUsage.start + 9 * SampleUsage.day)
    let rules = rules([("2", .min), ("3", Self.middle)], Self.price)
    try store.rerate(query, rules, batchSize: 10)
    try expectClean(store)
    for (request, call) in zip(try listed(store), sample.calls) {
      let isAsked =
        call.series.org == "north" && call.time >= (query.since ?? call.time)
        && call.time < (query.until ?? call.time)
      #expect(request.credits?.micros == (isAsked ? expected(call).credits : call.credits))
    }
  }

  @Test("a book whose content changed under its version is refused before anything is stored")
  func changedBook() throws {
    var random = SeededRandom(seed: 24)
    let sample = sample(&random)
    let scratch = try Scratch()
    let store = try UsageStore(path: try sample.fill(scratch.folder), .writing(holder: "a test"))
    var rules = rules([("1", .min)], Self.price)
    rules.books[0].content = "another"
    #expect(throws: EnvironmentFault.self) { try store.requireUnchanged(rules.books) }
    #expect(throws: EnvironmentFault.self) { try store.rerate(UsageQuery(), rules) }
    #expect(try listed(store).map(\.credits?.micros) == sample.calls.map(\.credits))
  }
}
