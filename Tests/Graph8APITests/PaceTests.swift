import CreditCore
import TestSupport
import Testing

@testable import Graph8API
@testable import Transport

@Suite("Calls keep to the provider's pace")
struct PaceTests {
  @Test("no second has more calls than are allowed, wherever in a call the provider counts it")
  func limit() {
    var random = SeededRandom()
    var waited = 0
    for _ in 0..<300 {
      let perSecond = 1 + random.below(12)
      var limit = RateLimit(perSecond: Double(perSecond))
      var now: Int64 = 0
      var seen: [Int64] = []
      for _ in 0..<60 {
        if random.below(4) == 0 { now += Int64(random.below(900_000)) }
        let pause = limit.wait(at: now)
        waited += pause > 0 ? 1 : 0
        now += pause
        limit.start()
        let length = Int64(random.below(random.below(3) == 0 ? 400_000 : 3_000))
        // The provider counts it at any time while it runs.
        seen.append(now + Int64(random.below(Int(length) + 1)))
        now += length
        limit.end(at: now)
      }
      let shortest = seen.indices.dropFirst(perSecond).map { seen[$0] - seen[$0 - perSecond] }.min()
      #expect(shortest.map { $0 >= 1_000_000 } == true)
    }
    // The limit was met again and again.
    #expect(waited > 2_000)
  }

  @Test("as many calls as are allowed go at once, and several that run count")
  func burst() {
    var limit = RateLimit(perSecond: 5)
    for _ in 0..<5 {
      #expect(limit.wait(at: 0) == 0)
      limit.start()
    }
    #expect(limit.wait(at: 10) == 1_000_000)
    for _ in 0..<5 { limit.end(at: 20) }
    #expect(limit.wait(at: 20) == 1_000_000)
    #expect(limit.wait(at: 1_000_020) == 0)
    limit.pause(until: 3_000_000)
    #expect(limit.wait(at: 1_000_020) == 1_999_980)
    limit.tighten(to: 2)
    limit.tighten(to: 9)
    limit.tighten(to: 0)
    #expect(limit.calls == 2)
    #expect(RateLimit(perSecond: 0.5).window == 2_000_000)
  }

  static let answers: [(headers: [(name: String, value: String)], status: Int, seconds: Int64?)] = [
    ([("Retry-After", "7")], 429, 7), ([("retry-after", "7")], 503, 7),
    ([("Retry-After", "7")], 200, nil), ([("Retry-After", "7")], 500, nil),
    ([("Retry-After", "0")], 429, 1), ([("Retry-After", "-1")], 429, 1),
    ([("Retry-After", "1000000000")], 429, 3_600), ([("Retry-After", "1e3")], 429, nil),
    ([("Retry-After", String(repeating: "9", count: 40))], 429, 3_600),
    ([("Retry-After", "soon")], 429, nil), ([("Retry-After", "")], 429, nil), ([], 429, nil),
    ([("Retry-After", "Fri, 20 Nov 2026 12:00:09 GMT")], 429, 9),
    ([("Retry-After", "Friday, 20-Nov-26 12:00:09 GMT")], 429, 9),
    ([("Retry-After", "Fri Nov 20 12:00:09 2026")], 429, 9),
    ([("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")], 429, 1),
    ([("Retry-After", "Fri, 20 Nov 2027 12:00:00 GMT")], 429, 3_600),
    ([("Retry-After", "Fri, 31 Nov 2026 12:00:09 GMT")], 429, nil),
    (
      [
        ("Date", "Sat, 21 Nov 2026 12:00:00 GMT"), ("Retry-After", "Sat, 21 Nov 2026 12:00:05 GMT"),
      ], 429, 5
    ),
    ([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1795176012")], 429, 12),
    ([("X-RateLimit-Remaining", "3"), ("X-RateLimit-Reset", "1795176012")], 429, nil),
    ([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "soon")], 429, nil),
  ]

  @Test("Retry-After is understood in every form, and never absurd", arguments: answers.indices)
  func patience(index: Int) throws {
    let (headers, status, seconds) = Self.answers[index]
    let now = try #require(Instant("2026-11-20T12:00:00Z"))
    let response = HTTPResponse(status: status, headers: headers, body: [])
    #expect(retryAfter(response, now: now) == seconds.map { $0 * 1_000_000 })
  }

  @Test("a call ends within 30 seconds and 5 tries, whatever happens")
  func bounded() {
    var random = SeededRandom()
    for _ in 0..<2_000 {
      var now: Int64 = 5
      var call = CallState(at: now)
      var tries = 0
      steps: while true {
        let limited = random.below(5) == 0 ? Int64(random.below(2_000_000)) : 0
        switch call.step(at: now, limited: limited) {
        case .wait(let pause):
          #expect(pause > 0)
          now += pause
        case .send(let milliseconds):
          tries += 1
          #expect(milliseconds > 0 && milliseconds <= 15_000)
          now += Int64(random.below(milliseconds * 1_000 + 1))
          let isLost = random.below(2) == 0
          call.take(
            isLost
              ? .fault(TransportFault(.timedOut, at: nil, ""))
              : .answer(status: [429, 500, 503][tries % 3]),
            retryAfter: random.below(3) == 0 ? Int64(1 + random.below(40)) * 1_000_000 : nil,
            at: now,
            random: random.next()
          )
        case .end, .later: break steps
        }
      }
      #expect(now - 5 <= CallState.limit)
      #expect((1...5).contains(tries))
    }
  }

  @Test("pauses grow, and no two clients have the same")
  func backOff() {
    var pauses: [Int64] = []
    for random in [UInt64(0), .max / 3, .max] {
      var call = CallState(at: 0)
      for tried in 1...4 {
        call.take(.answer(status: 500), retryAfter: nil, at: 0, random: random)
        guard case .wait(let pause) = call.step(at: 0, limited: 0) else {
          Issue.record("no pause")
          continue
        }
        let whole = CallState.firstPause << (tried - 1)
        #expect(pause >= whole / 2 && pause < whole * 3 / 2)
        pauses.append(pause)
      }
      call.take(.answer(status: 500), retryAfter: nil, at: 0, random: random)
      #expect(call.step(at: 0, limited: 0) == .end)
    }
    #expect(Set(pauses).count > 8)
  }

  @Test(
    "what will not pass is not tried again",
    arguments: [200, 301, 400, 401, 402, 403, 404, 422]
  )
  func lasting(status: Int) {
    var call = CallState(at: 0)
    call.take(.answer(status: status), retryAfter: nil, at: 0, random: 0)
    #expect(call.step(at: 0, limited: 0) == .end)
  }
}
