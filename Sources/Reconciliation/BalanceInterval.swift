public import CreditCore

/// A balance from one snapshot to the next.
public struct BalanceInterval: Sendable, Equatable {
  /// Later than `from`, up to and with `to`.
  public let from: Instant
  public let to: Instant
  public let opening: Credits
  public let closing: Credits
  /// What was spent, by the provider's counter; after a reset at least so much.
  public let spent: Credits
  /// Whether the provider gave no counter, so that spending is what the balance fell by.
  public let isInferred: Bool
  public let toppedUp: Credits
  /// By which a new billing period filled the balance up.
  public let reset: Credits
  public let refunded: Credits
  /// Changes of the balance that nothing tells of, below zero for credits that went.
  public let adjusted: Credits
  /// Credits that ledger rows of use took; nil where the ledger has none.
  public let ledger: Credits?
  public let events: [BalanceEvent]

  init(from: Snapshot, to: Snapshot, _ rows: LedgerSums, billingDay: Int?) {
    let change = Self.difference(to.balance, from.balance)
    var used: Int64?
    if let before = from.billingPeriodUsed, let after = to.billingPeriodUsed {
      used = Self.difference(after, before)
    }
    var parts = Parts()
    if let used {
      let isReset =
        used < 0 && rows.refunded == nil
        && Self.isReset(from, to, billingDay: billingDay)
      if isReset {
        parts.isReset = true
        parts.spent = to.billingPeriodUsed?.micros ?? 0
        parts.fill(change, rows)
        parts.reset = parts.rest(of: change)
      } else if used < 0 || rows.refunded != nil {
        let refunded = rows.refunded ?? -used
        parts.refunded = refunded
        parts.spent = max(0, used &+ refunded)
        parts.fill(change, rows)
      } else {
        parts.spent = used
        parts.fill(change, rows)
      }
    } else {
      parts.refunded = rows.refunded ?? 0
      parts.toppedUp = rows.purchased ?? max(0, change)
      parts.spent = max(0, parts.toppedUp &+ parts.refunded &- change)
    }
    parts.adjusted = parts.rest(of: change)
    (self.from, self.to) = (from.at, to.at)
    opening = from.balance ?? .zero
    closing = to.balance ?? .zero
    spent = Credits(micros: parts.spent)
    isInferred = used == nil
    toppedUp = Credits(micros: parts.toppedUp)
    reset = Credits(micros: parts.reset)
    refunded = Credits(micros: parts.refunded)
    adjusted = Credits(micros: parts.adjusted)
    ledger = rows.used.map { Credits(micros: $0) }
    events = Self.events(parts, from, to)
  }

  /// Micro-credits into which the change of a balance is parted.
  private struct Parts {
    var spent: Int64 = 0
    var toppedUp: Int64 = 0
    var refunded: Int64 = 0
    var adjusted: Int64 = 0
    var reset: Int64 = 0
    var isReset = false

    /// What of `change` is not explained yet.
    func rest(of change: Int64) -> Int64 {
      change &+ spent &- toppedUp &- refunded &- reset &- adjusted
    }

    /// Takes top-ups from the ledger, else from what the balance rose by beside use.
    mutating func fill(_ change: Int64, _ rows: LedgerSums) {
      toppedUp = 0
      if let purchased = rows.purchased {
        toppedUp = purchased
      } else if !isReset {
        toppedUp = max(0, rest(of: change))
      }
    }
  }

  private static func difference(_ to: Credits?, _ from: Credits?) -> Int64 {
    (to?.micros ?? 0) &- (from?.micros ?? 0)
  }

  /// Whether a counter that went down started anew: a period ended, or most of it is gone.
  private static func isReset(_ from: Snapshot, _ to: Snapshot, billingDay: Int?) -> Bool {
    guard let before = from.billingPeriodUsed, let after = to.billingPeriodUsed else {
      return false
    }
    if let billingDay { return BillingDay(billingDay).lies(after: from.at, upTo: to.at) }
    return after.micros < before.micros / 2
  }

  private static func events(
    _ parts: Parts,
    _ from: Snapshot,
    _ to: Snapshot
  ) -> [BalanceEvent] {
    var kinds: [BalanceEvent.Kind] = []
    if parts.toppedUp != 0 { kinds.append(.topUp(Credits(micros: parts.toppedUp))) }
    if parts.isReset { kinds.append(.periodReset(Credits(micros: parts.reset))) }
    if parts.refunded != 0 { kinds.append(.refund(Credits(micros: parts.refunded))) }
    if parts.adjusted != 0 { kinds.append(.adjustment(Credits(micros: parts.adjusted))) }
    if let old = from.tier, let new = to.tier, old != new {
      kinds.append(.planChange(from: old, to: new))
    }
    return kinds.map { BalanceEvent(at: to.at, $0) }
  }
}

/// The day of the month on which a billing period starts, at midnight UTC.
struct BillingDay {
  let day: Int

  init(_ day: Int) { self.day = day }

  func lies(after from: Instant, upTo to: Instant) -> Bool {
    let first = Self.dayNumber(from)
    let last = Self.dayNumber(to)
    guard last > first else { return false }
    // A period is a month, so that longer intervals always hold one.
    if last - first >= 31 { return true }
    return (first + 1...last).contains { Self.dayOfMonth($0) == day }
  }

  private static func dayNumber(_ instant: Instant) -> Int64 {
    let day: Int64 = 86_400_000_000
    let micros = instant.microseconds
    return micros >= 0 ? micros / day : (micros - day + 1) / day
  }

  private static func dayOfMonth(_ number: Int64) -> Int? {
    let text = Instant(microseconds: number * 86_400_000_000).description
    return Int(text.dropFirst(8).prefix(2))
  }
}
