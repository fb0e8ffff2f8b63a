public import CreditCore

/// What happened to a balance between snapshots of one organisation.
///
/// Spending is read from the provider's used-this-period counter; what the balance did beside it
/// are top-ups, resets, refunds and adjustments. For every interval, exactly:
/// closing = opening - spent + topped up + reset + refunded + adjusted.
public struct BalanceTimeline: Sendable {
  /// Between snapshots that tell a balance, in order of time.
  public let intervals: [BalanceInterval]
  /// What stands out, in order of time.
  public let events: [BalanceEvent]

  /// - Parameters:
  ///   - snapshots: of one organisation, in the order they came to be known.
  ///   - ledger: rows of the provider's ledger, in any order.
  ///   - billingDay: the day of the month, 1 to 28, on which periods start; nil where unknown.
  ///   - gap: the longest time between snapshots that is no gap.
  public init(
    snapshots: [Snapshot],
    ledger: [LedgerEntry] = [],
    billingDay: Int? = nil,
    gap: Span? = nil
  ) {
    var events = Self.lateSnapshots(snapshots)
    let readings = Self.readings(snapshots, &events)
    let rows = ledger.sorted { $0.at < $1.at }
    let limit = gap?.microseconds ?? Self.usualGap(readings)
    var intervals: [BalanceInterval] = []
    for (from, to) in zip(readings, readings.dropFirst()) {
      let row = LedgerSums(rows, from: from.at, to: to.at)
      let interval = BalanceInterval(from: from, to: to, row, billingDay: billingDay)
      intervals.append(interval)
      events += interval.events
      let length = to.at.microseconds - from.at.microseconds
      if let limit, length > limit {
        events.append(BalanceEvent(at: to.at, .gap(Span(seconds: length / 1_000_000))))
      }
    }
    self.intervals = intervals
    self.events = events.sorted { $0.at < $1.at }
  }

  /// Snapshots that came after later ones.
  private static func lateSnapshots(_ snapshots: [Snapshot]) -> [BalanceEvent] {
    var latest: Instant?
    var events: [BalanceEvent] = []
    for snapshot in snapshots {
      if let known = latest, snapshot.at < known {
        events.append(BalanceEvent(at: snapshot.at, .late))
      }
      latest = max(latest ?? snapshot.at, snapshot.at)
    }
    return events
  }

  /// One snapshot an instant, with a balance.
  private static func readings(
    _ snapshots: [Snapshot],
    _ events: inout [BalanceEvent]
  ) -> [Snapshot] {
    var readings: [Snapshot] = []
    let ordered = snapshots.enumerated().sorted {
      ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
    }
    for (_, snapshot) in ordered {
      guard snapshot.balance != nil else {
        events.append(BalanceEvent(at: snapshot.at, .unknownBalance))
        continue
      }
      if let last = readings.last, last.at == snapshot.at {
        if last.balance != snapshot.balance || last.billingPeriodUsed != snapshot.billingPeriodUsed
        {
          events.append(BalanceEvent(at: snapshot.at, .contradiction))
        }
        // The one that came later knows better; what it leaves out stays.
        var merged = snapshot
        merged.billingPeriodUsed = snapshot.billingPeriodUsed ?? last.billingPeriodUsed
        merged.tier = snapshot.tier ?? last.tier
        readings[readings.count - 1] = merged
      } else {
        readings.append(snapshot)
      }
    }
    return readings
  }

  /// Four times the usual distance of snapshots.
  private static func usualGap(_ readings: [Snapshot]) -> Int64? {
    let lengths = zip(readings, readings.dropFirst())
      .map { $1.at.microseconds - $0.at.microseconds }.sorted()
    return lengths.count >= 3
      ? lengths[lengths.count / 2].multipliedReportingOverflow(by: 4).0 : nil
  }
}

/// What the ledger tells of an interval, above zero each; nil where it has no such row.
struct LedgerSums {
  var used: Int64?
  var purchased: Int64?
  var refunded: Int64?

  /// Rows later than `from`, up to and with `to`.
  init(_ rows: [LedgerEntry], from: Instant, to: Instant) {
    for row in rows where row.at > from && row.at <= to {
      let amount = row.amount.micros
      switch row.type?.lowercased() {
      case "refund"?, "reversal"?: refunded = (refunded ?? 0) &+ amount
      // What a plan includes comes with a reset.
      case "subscription"?, "renewal"?, "grant"?, "reset"?: continue
      default:
        if amount > 0 { purchased = (purchased ?? 0) &+ amount }
        if amount < 0 { used = (used ?? 0) &- amount }
      }
    }
  }
}

/// Something about a balance that a person would want to know.
public struct BalanceEvent: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case topUp(Credits)
    /// A new billing period; the credits by which the balance was filled up.
    case periodReset(Credits)
    case refund(Credits)
    /// The balance changed by more than use, top-ups and resets tell: credits that are held,
    /// released or expired.
    case adjustment(Credits)
    case planChange(from: String, to: String)
    /// No snapshot for so long.
    case gap(Span)
    case unknownBalance
    /// Two snapshots of one instant that differ; the one that came later counts.
    case contradiction
    /// A snapshot that came after later ones.
    case late
  }

  /// When it had happened by.
  public let at: Instant
  public let kind: Kind

  public init(at: Instant, _ kind: Kind) {
    self.at = at
    self.kind = kind
  }
}
