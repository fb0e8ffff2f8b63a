public import CreditCore
public import Graph8API
public import PriceBooks
public import Reports
public import UsageStore

/// Asks graph8 for the balance every few minutes, and again later where it is not told.
///
/// It keeps no thread and no clock: whoever has both calls ``step(_:now:)`` when it is due.
public final class SnapshotPoller {
  /// How far it came, for readiness and metrics.
  public struct State: Sendable, Equatable {
    /// When graph8 was asked last.
    public var asked: Instant?
    /// When a balance was stored last.
    public var succeeded: Instant?
    /// Why there is none since; nil where there is.
    public var fault: String?
    /// Since when.
    public var failingSince: Instant?
    /// Of these, the ones in a row.
    public var failures = 0
    public var polls = 0
    public var faults = 0

    public init() {}
  }

  /// What a step came to.
  public struct Step: Sendable {
    /// When the next one is due.
    public var next: Instant
    /// The balance, where one was told.
    public var snapshot: SnapshotReport?
    /// What changed, for a log: a fault is told once while it lasts, and so is its end.
    public var news: String?
  }

  public private(set) var state = State()
  private let every: Int64
  private let endpoint: BalanceEndpoint
  private let client: () throws -> Graph8Client
  private let shelf: BookShelf
  private let chance: () -> Double
  private var due: Instant?
  /// Which fault lasts.
  private var told: String?
  private var current: Graph8Client?

  /// The first pause after a fault; each further one is twice as long.
  private static let firstPause: Int64 = 30_000_000
  private static let longestPause: Int64 = 3_600_000_000
  /// Until a key that was refused may be accepted: somebody has to do something.
  private static let patience: Int64 = 900_000_000
  /// After an event, so that what it charged is in the balance.
  private static let settling: Int64 = 10_000_000
  /// Between calls, however many events there are.
  private static let leastPause: Int64 = 30_000_000

  /// Asks `every` so often.
  ///
  /// `client` is asked for before the first call and after a key was refused, so that a new key is
  /// read. `chance`: 0 to 1, anew each time; by it pauses after faults are spread.
  public init(
    every: Span,
    _ endpoint: BalanceEndpoint,
    _ shelf: BookShelf,
    chance: @escaping () -> Double,
    client: @escaping () throws -> Graph8Client
  ) {
    self.every = max(every.microseconds, 1_000_000)
    self.endpoint = endpoint
    self.client = client
    self.shelf = shelf
    self.chance = chance
  }

  /// Asks sooner, because something was charged.
  public func hurry(now: Instant) {
    if state.failures > 0 { return }
    let soon = now.microseconds + Self.settling
    let allowed = (state.asked?.microseconds ?? 0) + Self.leastPause
    let wanted = Instant(microseconds: max(soon, allowed))
    due = min(due ?? wanted, wanted)
  }

  /// Asks for the balance and stores it, if that is due.
  ///
  /// What goes wrong is told in what it gives, and tried again.
  public func step(_ store: UsageStore, now: Instant) -> Step {
    // A clock that was set back makes nobody wait longer than any pause is.
    let wait = (due ?? now).microseconds - now.microseconds
    if wait > 0, wait <= max(every, Self.longestPause) + Self.patience {
      return Step(next: due ?? now)
    }
    state.asked = now
    state.polls += 1
    do {
      let asked = try current ?? client()
      current = asked
      let snapshot = try asked.balance(endpoint)
      let report = try SyncWorkflow.keep(
        snapshot,
        source: SyncWorkflow.source,
        store,
        shelf,
        now: now
      )
      return succeed(report, now)
    } catch { return fail(error, now) }
  }

  private func succeed(_ report: SnapshotReport, _ now: Instant) -> Step {
    let since = state.failingSince
    let failures = state.failures
    state.succeeded = now
    (state.fault, state.failingSince, state.failures, told) = (nil, nil, 0, nil)
    // In step with the time before, unless that is long over.
    let planned = (due ?? now).microseconds + every
    let next = Instant(
      microseconds: since == nil && planned > now.microseconds
        && planned <= now.microseconds + every
        ? planned : now.microseconds + every
    )
    due = next
    var step = Step(next: next)
    step.snapshot = report
    if let since {
      step.news = "graph8 tells the balance again, after \(failures) faults since \(since)"
    }
    return step
  }

  private func fail(_ error: any Error, _ now: Instant) -> Step {
    let fault = error as? Graph8Fault
    if fault?.kind == .stopped {
      state.polls -= 1
      return Step(next: now)
    }
    // The key may be another by then.
    if fault?.kind == .notAllowed { current = nil }
    state.faults += 1
    state.failures += 1
    state.failingSince = state.failingSince ?? now
    state.fault = "\(error)"
    let next = Instant(microseconds: now.microseconds + pause(after: fault))
    due = next
    var step = Step(next: next)
    // Texts differ in numbers of requests; the kind says whether it is the same fault.
    let kind = fault.map { "\($0.kind)" } ?? "\(error)"
    if told != kind { step.news = "the balance cannot be had: \(error)" }
    told = kind
    return step
  }

  private func pause(after fault: Graph8Fault?) -> Int64 {
    let doubled = Self.firstPause << Int64(min(state.failures - 1, 10))
    let whole = Double(min(doubled, max(Self.firstPause, min(every * 4, Self.longestPause))))
    let spread = Int64(whole * (0.75 + 0.5 * min(max(chance(), 0), 1)))
    let asked = fault?.waitAtLeast ?? 0
    let isRefused = [.notAllowed, .forbidden, .blocked].contains(fault?.kind)
    return max(spread, asked, isRefused ? Self.patience : 0)
  }
}
