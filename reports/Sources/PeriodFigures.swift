import CreditCore
import Reconciliation

/// Amounts and shares that several forms of a report show.
enum Figures {
  static func credits(_ micros: Int128) -> ExactDecimal {
    ExactDecimal(significand: micros, scale: Credits.places)
  }

  static func whole(_ number: Int128) -> ExactDecimal {
    ExactDecimal(significand: number, scale: 0)
  }

  /// `part` of `whole`, rounded to six decimals; 0 where there is nothing to share.
  static func share(_ part: Int128, of whole: Int128) -> ExactDecimal {
    ratio(part, whole) ?? .zero
  }

  /// By how much of `before` it has grown; nil where that was nothing.
  static func change(_ now: Int128, _ before: Int128) -> ExactDecimal? {
    ratio(now - before, before)
  }

  /// Rounded to six decimals; nil by nothing.
  static func ratio(_ part: Int128, _ whole: Int128) -> ExactDecimal? {
    if whole == 0 { return nil }
    let (part, whole) = whole < 0 ? (-part, -whole) : (part, whole)
    return try? self.whole(part).divided(by: self.whole(whole), places: 6)
  }

  /// Credits over a time; nil over none.
  static func rate(_ micros: Int128, per length: ExactDecimal) -> ExactDecimal? {
    length.isZero ? nil : try? credits(micros).divided(by: length, places: 6)
  }
}

extension PeriodReport {
  /// What the period before is compared with.
  var comparedSums: UsageSums { previous.compared ?? previous.sums }

  var change: ExactDecimal? { Figures.change(totals.credits, comparedSums.credits) }

  var creditsPerDay: ExactDecimal? { Figures.rate(totals.credits, per: burn.days) }
  var creditsPerHour: ExactDecimal? { Figures.rate(totals.credits, per: burn.hours) }
  var previousPerDay: ExactDecimal? {
    Figures.rate(previous.sums.credits, per: burn.previousDays)
  }
  var previousPerHour: ExactDecimal? {
    Figures.rate(previous.sums.credits, per: burn.previousHours)
  }
}

extension PeriodReport.OutcomeCost {
  /// What one of it cost; nil where there was none, or nothing tells how many.
  var each: ExactDecimal? { Self.each(credits, count) }
  var previousEach: ExactDecimal? { Self.each(previousCredits, previousCount) }

  private static func each(_ credits: Int128, _ count: Int128?) -> ExactDecimal? {
    count.flatMap { Figures.ratio(credits, $0) }
  }
}

/// What happened to all balances between their first and last snapshots, in micro-credits.
struct BalanceSums {
  var opening: Int128 = 0
  var closing: Int128?
  /// Nil where no balance has two snapshots.
  var used: Int128?
  var toppedUp: Int128 = 0
  var reset: Int128 = 0
  var refunded: Int128 = 0
  var adjusted: Int128 = 0
  var rated: Int128 = 0

  var unexplained: Int128? { used.map { $0 - rated } }

  /// Nil where there are no snapshots.
  init?(_ balances: [PeriodReport.Balance], from: Instant) {
    if balances.isEmpty { return nil }
    for balance in balances {
      if let only = balance.only {
        let amount = Int128(only.balance?.micros ?? 0)
        opening += amount
        if only.at > from { closing = (closing ?? 0) + amount }
      }
      opening += Int128(balance.intervals.first?.opening.micros ?? 0)
      if let last = balance.intervals.last {
        closing = (closing ?? 0) + Int128(last.closing.micros)
      }
      for interval in balance.intervals {
        used = (used ?? 0) + Int128(interval.spent.micros)
        toppedUp += Int128(interval.toppedUp.micros)
        reset += Int128(interval.reset.micros)
        refunded += Int128(interval.refunded.micros)
        adjusted += Int128(interval.adjusted.micros)
      }
      for rated in balance.rated { self.rated += rated.credits }
    }
  }
}

extension PeriodReport {
  /// The balance at the last snapshots, in micro-credits; nil where there is none.
  public var closingBalance: Int128? { balanceSums?.closing }

  var balanceSums: BalanceSums? { BalanceSums(balances, from: from) }

  /// When balances were first and last known.
  var balanceTimes: (from: Instant, to: Instant)? {
    let starts = balances.compactMap { $0.intervals.first?.from ?? $0.only?.at }
    let ends = balances.compactMap { $0.intervals.last?.to ?? $0.only?.at }
    guard let from = starts.min(), let to = ends.max() else { return nil }
    return (from, to)
  }

  /// What was rated between snapshots, by operation, the most first.
  var ratedOperations: [(operation: String, title: String, credits: Int128)] {
    var sums: [String: (title: String, credits: Int128)] = [:]
    for rated in balances.flatMap(\.rated) {
      sums[rated.operation, default: (rated.title, 0)].credits += rated.credits
    }
    return sums.map { (operation: $0.key, title: $0.value.title, credits: $0.value.credits) }
      .sorted { ($1.credits, $0.operation) < ($0.credits, $1.operation) }
  }

  var events: [(org: String, event: BalanceEvent)] {
    balances.flatMap { balance in balance.events.map { (balance.org, $0) } }
  }
}
