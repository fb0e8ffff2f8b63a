import CreditCore
import Reports
import Testing
import UsageStore

@testable import Graph8API
@testable import Transport
@testable import Workflows

@Suite("The balance is asked for every few minutes")
struct PollerTests {
  /// Answers that graph8 gives one after another; the last one again and again.
  private final class Provider {
    var answers: [Result<HTTPResponse, TransportFault>]
    var clients = 0
    var calls = 0
    private var clock: Int64 = 0
    private let desk: Desk

    init(_ desk: Desk, _ answers: [Result<HTTPResponse, TransportFault>]) {
      (self.desk, self.answers) = (desk, answers)
    }

    func client() throws -> Graph8Client {
      clients += 1
      let pace = Graph8Pace(
        now: { self.desk.now },
        microseconds: { self.clock },
        wait: { self.clock += $0 },
        mustEnd: { false },
        random: { 0 }
      )
      let account = try Graph8Account(
        address: "https://api.example.com",
        key: Secret("g8_live_canary"),
        org: "org_1"
      )
      return Graph8Client(account, perSecond: ExactDecimal(5), pace) {
        (request) throws(TransportFault) in
        self.calls += 1
        self.clock += 1_000_000
        return try (self.answers.count > 1 ? self.answers.removeFirst() : self.answers[0]).get()
      }
    }
  }

  private let desk: Desk

  init() throws { desk = try Desk() }

  private func answer(
    _ status: Int,
    _ body: String = #"{"balance":12450,"billing_period_used":62550,"tier":"platform"}"#,
    _ headers: [(name: String, value: String)] = []
  ) -> Result<HTTPResponse, TransportFault> {
    .success(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
  }

  private func poller(_ provider: Provider, every: Int64 = 300) -> SnapshotPoller {
    SnapshotPoller(
      every: Span(seconds: every),
      .credits,
      desk.shelf,
      chance: { 0.5 },
      client: { try provider.client() }
    )
  }

  /// Goes to when the next step is due; seconds that it took.
  private func wait(_ step: SnapshotPoller.Step) -> Int64 {
    let micros = step.next.microseconds - desk.now.microseconds
    desk.now = step.next
    return micros / 1_000_000
  }

  @Test("at the start and then in step, and each balance is stored")
  func everyFiveMinutes() throws {
    let provider = Provider(desk, [answer(200)])
    let poller = poller(provider)
    for _ in 0..<3 {
      let asked = desk.now
      let step = poller.step(desk.store, now: desk.now)
      #expect(step.snapshot?.isNew == true)
      #expect(step.news == nil)
      #expect(poller.state.succeeded == asked)
      // Not due yet.
      desk.now = Instant(microseconds: asked.microseconds + 299_000_000)
      #expect(poller.step(desk.store, now: desk.now).next == step.next)
      #expect(step.next.microseconds == asked.microseconds + 300_000_000)
      // A second late; the next one is in step all the same.
      desk.now = step.next
    }
    #expect(provider.clients == 1)
    #expect(provider.calls == 3)
    #expect(poller.state.polls == 3)
    #expect(try desk.store.latestBalances(by: desk.now)["org_1"]?.snapshot.tier == "platform")
    desk.now = Instant(microseconds: desk.now.microseconds + 7_000_000)
    let late = poller.step(desk.store, now: desk.now)
    #expect(wait(late) == 293)
    // Nothing is made up for after a night.
    desk.now = Instant(microseconds: desk.now.microseconds + 28_800_000_000)
    let morning = poller.step(desk.store, now: desk.now)
    #expect(wait(morning) == 300)
  }

  @Test("after faults it waits longer and longer, and says so once")
  func faults() throws {
    let provider = Provider(desk, [answer(500, "{}")])
    let poller = poller(provider)
    var waits: [Int64] = []
    var news: [String] = []
    let start = desk.now
    for _ in 0..<8 {
      let step = poller.step(desk.store, now: desk.now)
      if let said = step.news { news.append(said) }
      waits.append(wait(step))
    }
    #expect(waits == [30, 60, 120, 240, 480, 960, 1_200, 1_200])
    #expect(news.count == 1)
    #expect(news[0].contains("500"))
    #expect(poller.state.failures == 8)
    #expect(poller.state.failingSince == start)
    #expect(poller.state.succeeded == nil)
    #expect(poller.state.fault?.contains("500") == true)
    provider.answers = [answer(200)]
    let step = poller.step(desk.store, now: desk.now)
    #expect(step.news == "graph8 tells the balance again, after 8 faults since \(start)")
    #expect(poller.state.fault == nil)
    #expect(poller.state.faults == 8)
    #expect(wait(step) == 300)
  }

  @Test("Retry-After is honoured")
  func retryAfter() throws {
    let provider = Provider(desk, [answer(429, "{}", [("Retry-After", "700")])])
    let step = poller(provider).step(desk.store, now: desk.now)
    #expect((698...701).contains(wait(step)))
  }

  @Test("a key that is refused is read again, and not asked with all the time")
  func key() throws {
    let provider = Provider(desk, [answer(401, "{}"), answer(403, "{}"), answer(200)])
    let poller = poller(provider, every: 60)
    #expect(wait(poller.step(desk.store, now: desk.now)) == 900)
    #expect(provider.clients == 1)
    let second = poller.step(desk.store, now: desk.now)
    #expect(second.news?.contains("403") == true)
    #expect(wait(second) == 900)
    #expect(provider.clients == 2)
    #expect(wait(poller.step(desk.store, now: desk.now)) == 60)
    #expect(provider.clients == 2)
  }

  @Test("without a key it goes on, and without leaking one")
  func noKey() throws {
    let poller = SnapshotPoller(
      every: Span(seconds: 300),
      .credits,
      desk.shelf,
      chance: { 0.5 },
      client: { throw EnvironmentFault("there is no graph8 key") }
    )
    let step = poller.step(desk.store, now: desk.now)
    #expect(step.news == "the balance cannot be had: there is no graph8 key")
    #expect(wait(step) == 30)
  }

  @Test("a clock that is set back does not stop it")
  func clock() throws {
    let provider = Provider(desk, [answer(200)])
    let poller = poller(provider)
    _ = poller.step(desk.store, now: desk.now)
    desk.now = Instant(microseconds: desk.now.microseconds - 86_400_000_000)
    #expect(poller.step(desk.store, now: desk.now).snapshot != nil)
    #expect(provider.calls == 2)
  }

  @Test("an event makes it ask sooner, but not again and again")
  func hurry() throws {
    let provider = Provider(desk, [answer(200)])
    let poller = poller(provider)
    _ = poller.step(desk.store, now: desk.now)
    for second in 1...60 {
      desk.now = Instant(microseconds: desk.now.microseconds + 1_000_000)
      if second <= 45 { poller.hurry(now: desk.now) }
      _ = poller.step(desk.store, now: desk.now)
    }
    #expect(provider.calls == 3)
  }
}
