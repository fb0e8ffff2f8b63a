import CreditCore
import Reconciliation
import TestSupport
import Testing

@Suite("What happened to a balance")
struct BalanceTimelineTests {
  private static func snapshot(
    _ hour: Int64,
    _ balance: Int64?,
    used: Int64?,
    tier: String? = "platform"
  ) -> Snapshot {
    Snapshot(
      org: "org",
      at: instant(hour),
      balance: balance.map { Credits(micros: $0) },
      billingPeriodUsed: used.map { Credits(micros: $0) },
      tier: tier
    )
  }

  private static func instant(_ hour: Int64) -> Instant {
    // 2026-11-01T00:00:00Z
    Instant(microseconds: 1_793_491_200_000_000 + hour * 3_600_000_000)
  }

  private func row(_ hour: Int64, _ amount: Int64, _ type: String) -> LedgerEntry {
    var entry = LedgerEntry(
      id: nil,
      org: nil,
      at: Self.instant(hour),
      amount: Credits(micros: amount)
    )
    entry.type = type
    return entry
  }

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let snapshots: [Snapshot]
    let spent: Int64
    var toppedUp: Int64 = 0
    var reset: Int64 = 0
    var refunded: Int64 = 0
    var adjusted: Int64 = 0
  }

  static let cases = [
    Case(
      testDescription: "use alone",
      snapshots: [snapshot(0, 1_000, used: 500), snapshot(1, 900, used: 600)],
      spent: 100
    ),
    Case(
      testDescription: "a top-up beside use",
      snapshots: [snapshot(0, 1_000, used: 500), snapshot(1, 5_900, used: 600)],
      spent: 100,
      toppedUp: 5_000
    ),
    Case(
      testDescription: "a top-up that the use hides",
      snapshots: [snapshot(0, 1_000, used: 500), snapshot(1, 900, used: 5_600)],
      spent: 5_100,
      toppedUp: 5_000
    ),
    Case(
      testDescription: "a new period fills the balance up",
      snapshots: [snapshot(0, 12_450, used: 62_550), snapshot(1, 74_990, used: 10)],
      spent: 10,
      reset: 62_550
    ),
    Case(
      testDescription: "a refund",
      snapshots: [snapshot(0, 1_000, used: 5_000), snapshot(1, 1_200, used: 4_800)],
      spent: 0,
      refunded: 200
    ),
    Case(
      testDescription: "credits held: the balance falls and nothing was used",
      snapshots: [snapshot(0, 1_000, used: 500), snapshot(1, 400, used: 500)],
      spent: 0,
      adjusted: -600
    ),
    Case(
      testDescription: "no counter: what the balance fell by",
      snapshots: [snapshot(0, 1_000, used: nil), snapshot(1, 700, used: nil)],
      spent: 300
    ),
    Case(
      testDescription: "no counter: a rise is a top-up, not spending below zero",
      snapshots: [snapshot(0, 1_000, used: nil), snapshot(1, 1_700, used: nil)],
      spent: 0,
      toppedUp: 700
    ),
    Case(
      testDescription: "nothing happened",
      snapshots: [snapshot(0, 0, used: 0), snapshot(1, 0, used: 0)],
      spent: 0
    ),
    Case(
      testDescription: "below zero",
      snapshots: [snapshot(0, 10, used: 90), snapshot(1, -40, used: 140)],
      spent: 50
    ),
  ]

  @Test("an interval is parted", arguments: cases)
  func parts(example: Case) throws {
    let interval = try #require(BalanceTimeline(snapshots: example.snapshots).intervals.first)
    #expect(interval.spent.micros == example.spent)
    #expect(interval.toppedUp.micros == example.toppedUp)
    #expect(interval.reset.micros == example.reset)
    #expect(interval.refunded.micros == example.refunded)
    #expect(interval.adjusted.micros == example.adjusted)
  }

  @Test("the ledger parts a top-up from a new period")
  func ledger() throws {
    let timeline = BalanceTimeline(
      snapshots: [Self.snapshot(0, 100, used: 900), Self.snapshot(2, 6_050, used: 50)],
      ledger: [row(1, 5_000, "purchase"), row(1, -50, "usage"), row(3, -7, "usage")]
    )
    let interval = try #require(timeline.intervals.first)
    #expect(interval.toppedUp.micros == 5_000)
    #expect(interval.reset.micros == 1_000)
    #expect(interval.ledger?.micros == 50)
  }

  @Test("a counter that fell on another day than the billing day is a refund")
  func billingDay() throws {
    let snapshots = [Self.snapshot(30, 100, used: 900), Self.snapshot(32, 950, used: 50)]
    let reset = BalanceTimeline(snapshots: snapshots, billingDay: nil).intervals.first
    let refund = BalanceTimeline(snapshots: snapshots, billingDay: 15).intervals.first
    #expect(reset?.reset.micros == 900)
    #expect(refund?.refunded.micros == 850)
  }

  @Test("nulls, contradictions, late snapshots, plans and gaps are named")
  func events() {
    let timeline = BalanceTimeline(snapshots: [
      Self.snapshot(0, 1_000, used: 0), Self.snapshot(1, 990, used: 10),
      Self.snapshot(2, nil, used: 20), Self.snapshot(3, 970, used: 30),
      Self.snapshot(3, 971, used: 29), Self.snapshot(4, 960, used: 40, tier: "payg"),
      Self.snapshot(40, 900, used: 100, tier: "payg"), Self.snapshot(5, 950, used: 50, tier: nil),
    ])
    let found = timeline.events.map { event in
      switch event.kind {
      case .topUp, .periodReset, .refund, .adjustment: "amount"
      case .planChange(let from, let to): "\(from) to \(to)"
      case .gap(let span): "gap \(span.seconds / 3_600)"
      case .unknownBalance: "unknown"
      case .contradiction: "contradiction"
      case .late: "late"
      }
    }
    #expect(found == ["unknown", "contradiction", "platform to payg", "late", "gap 35"])
    #expect(timeline.intervals.map(\.spent.micros) == [10, 19, 11, 10, 50])
  }

  @Test("opening, what happened, and closing agree for random histories; a missed poll is no loss")
  func identity() {
    for seed in 0..<500 {
      var random = SeededRandom(seed: UInt64(seed))
      var snapshots: [Snapshot] = []
      var (balance, used) = (Int64(random.below(100_000)), Int64(random.below(50_000)))
      var (spent, toppedUp) = (Int64(0), Int64(0))
      for hour in 0..<60 {
        snapshots.append(Self.snapshot(Int64(hour), balance, used: used))
        let use = Int64(random.below(500))
        (balance, used, spent) = (balance - use, used + use, spent + use)
        if random.chance(0.1) {
          let amount = Int64(1 + random.below(9_000))
          (balance, toppedUp) = (balance + amount, toppedUp + amount)
        }
      }
      snapshots.append(Self.snapshot(60, balance, used: used))
      let missed = snapshots.enumerated().filter { $0.offset % 7 != 3 }.map(\.element)
      for series in [snapshots, missed] {
        let intervals = BalanceTimeline(snapshots: series).intervals
        for interval in intervals {
          let closing =
            interval.opening.micros - interval.spent.micros + interval.toppedUp.micros
            + interval.reset.micros + interval.refunded.micros + interval.adjusted.micros
          #expect(closing == interval.closing.micros, "seed \(seed)")
        }
        #expect(intervals.reduce(0) { $0 + $1.spent.micros } == spent, "seed \(seed)")
        #expect(intervals.reduce(0) { $0 + $1.toppedUp.micros } == toppedUp, "seed \(seed)")
      }
    }
  }
}
