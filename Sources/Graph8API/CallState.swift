import CreditCore
import Transport

/// One call to the provider as a value: what happened so far, and so what is to be done next.
///
/// Times are microseconds of a clock that never goes back.
struct CallState: Sendable {
  /// What a try came to.
  enum Outcome: Sendable {
    case answer(status: Int)
    case fault(TransportFault)
  }

  enum Step: Sendable, Equatable {
    case wait(microseconds: Int64)
    /// Send, and take at most so many milliseconds for it.
    case send(milliseconds: Int)
    /// The last answer, or fault, is what the call came to.
    case end
    /// The provider wants no call for longer than this one may last.
    case later(microseconds: Int64)
  }

  /// The whole call, with all its tries and waits: half a minute with what comes before and after.
  static let limit: Int64 = 28_000_000
  /// One try.
  static let tryLimit: Int64 = 15_000_000
  static let tries = 5
  /// The first pause after a fault of the provider's; each further one is twice as long.
  static let firstPause: Int64 = 500_000
  static let longestPause: Int64 = 8_000_000

  private let deadline: Int64
  private(set) var tried = 0
  private var notBefore: Int64
  private var isOver = false

  init(at now: Int64) {
    deadline = now + Self.limit
    notBefore = now
  }

  /// What to do now, where the rate limit asks for `limited` microseconds of patience.
  func step(at now: Int64, limited: Int64) -> Step {
    if isOver { return .end }
    let pause = max(limited, notBefore - now)
    let left = deadline - now
    if pause > 0 { return pause < left ? .wait(microseconds: pause) : .later(microseconds: pause) }
    // A try that could not even connect in what is left is not begun.
    guard left >= 100_000 else { return tried > 0 ? .end : .later(microseconds: 0) }
    return .send(milliseconds: Int(min(left, Self.tryLimit) / 1_000))
  }

  /// Takes the outcome of a try; `retryAfter` is how long the provider wants no further one, and
  /// `random` is drawn anew for each, so that not all clients come back at once.
  mutating func take(
    _ outcome: Outcome,
    retryAfter: Int64?,
    at now: Int64,
    random: UInt64
  ) {
    tried += 1
    guard Self.mayPass(outcome) else {
      isOver = true
      return
    }
    if tried >= Self.tries {
      isOver = true
      return
    }
    let whole = min(Self.firstPause << (tried - 1), Self.longestPause)
    // From half of it to one and a half.
    let jittered = whole / 2 + Int64(random % UInt64(whole))
    notBefore = now + (retryAfter ?? jittered)
  }

  /// Takes that the answer sends elsewhere, where the call goes on.
  mutating func follow() { isOver = false }

  /// Whether the same call may come to something else in a moment.
  private static func mayPass(_ outcome: Outcome) -> Bool {
    switch outcome {
    case .answer(let status): status == 429 || status == 408 || (500..<600).contains(status)
    case .fault(let fault):
      switch fault.kind {
      case .unresolved, .unreachable, .timedOut, .cutOff: true
      default: false
      }
    }
  }
}

/// How long a provider wants no further call, in microseconds; nil where it does not say.
///
/// `Retry-After` in seconds or as a date, which is compared with the provider's own `Date` where
/// there is one, since clocks differ; else `X-RateLimit-Reset`. What is absurd is brought between
/// a second and an hour.
func retryAfter(_ response: HTTPResponse, now: Instant) -> Int64? {
  guard response.status == 429 || response.status == 503 else { return nil }
  if let seconds = response.retryAfter(now: now) { return clamped(seconds) }
  if response["X-RateLimit-Remaining"] == "0" {
    return untilReset(response, response.date ?? now)
  }
  return nil
}

/// How long until the provider's window starts anew.
func untilReset(_ response: HTTPResponse, _ clock: Instant) -> Int64? {
  guard let reset = response["X-RateLimit-Reset"].flatMap({ Int64($0) }), reset > 0,
    reset < 100_000_000_000
  else { return nil }
  return clamped(reset - clock.microseconds / 1_000_000)
}

private func clamped(_ seconds: Int64) -> Int64 { min(max(seconds, 1), 3_600) * 1_000_000 }
