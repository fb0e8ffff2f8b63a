/// When the next call may start, so that no second ever has more calls than the provider allows.
///
/// Times are microseconds of a clock that never goes back. A call counts from its start to one
/// second past its end: when in between the provider saw it, nobody here knows.
struct RateLimit: Sendable, Equatable {
  /// How many calls one window has.
  private(set) var calls: Int
  /// A second, or longer where not even one call a second is allowed.
  private(set) var window: Int64
  /// Ends of the last calls, the earliest first; at most `calls` of them.
  private var ends: [Int64] = []
  private var running = 0
  private var pausedUntil = Int64.min

  /// `perSecond`: more than zero; a part of a call is none.
  init(perSecond: Double) {
    calls = max(1, Int(min(perSecond, 10_000)))
    window = perSecond >= 1 ? 1_000_000 : Int64(1_000_000 / max(perSecond, 0.000_1))
  }

  /// How long to wait until a call may start; 0 where one may now.
  func wait(at now: Int64) -> Int64 {
    let free = calls - running
    if free <= 0 { return window }
    // The window that starts with the earliest of the last calls must be over.
    let bound = ends.count < free ? now : ends[ends.count - free] + window
    return max(0, bound - now, pausedUntil == .min ? 0 : pausedUntil - now)
  }

  mutating func start() { running += 1 }

  mutating func end(at now: Int64) {
    running = max(0, running - 1)
    ends.append(max(now, ends.last ?? now))
    if ends.count > calls { ends.removeFirst(ends.count - calls) }
  }

  /// No call starts before `time`.
  mutating func pause(until time: Int64) { pausedUntil = max(pausedUntil, time) }

  /// Takes what the provider says its limit is, where that is less.
  mutating func tighten(to perSecond: Int) {
    guard perSecond >= 1, perSecond < calls else { return }
    calls = perSecond
    if ends.count > calls { ends.removeFirst(ends.count - calls) }
  }
}
