public import CreditCore
public import PriceBooks
import Rating
import Reconciliation
public import Reports
public import UsageStore

/// Fits uncertain rates to what the balance lost between snapshots.
public struct CalibrateWorkflow {
  private let reconcile: ReconcileWorkflow
  private let store: UsageStore
  private let book: PriceBook

  /// - Throws: ``EnvironmentFault`` where no price book is in force.
  public init(_ store: UsageStore, _ shelf: BookShelf, now: Instant) throws(EnvironmentFault) {
    reconcile = ReconcileWorkflow(store, shelf)
    self.store = store
    book = try shelf.book(at: now)
  }

  /// - Throws: ``BadInput``, or ``EnvironmentFault`` where there are no snapshots.
  public func report(_ question: ReconcileWorkflow.Question) throws -> CalibrateReport {
    var intervals: [CalibrationInterval] = []
    var uncertain: [String: CalibrateReport.Uncertain] = [:]
    for (org, orgs) in try reconcile.balanceHolders(question.org) {
      let timeline = try reconcile.timeline(of: org, question)
      let usage = try IntervalUsage(store, timeline.intervals, orgs: orgs)
      for (interval, parts) in zip(timeline.intervals, usage.parts) {
        // What was spent before a reset is not known.
        if interval.events.contains(where: {
          if case .periodReset = $0.kind { true } else { false }
        }) {
          continue
        }
        intervals.append(self.interval(interval, parts, &uncertain))
      }
    }
    intervals.sort { $0.to < $1.to }
    let rates = uncertain.values.map(\.rate).sorted { $0.operation < $1.operation }
    return CalibrateReport(
      calibration: Calibration(intervals, rates: rates),
      intervals: intervals.count,
      uncertain: uncertain,
      provider: book.provider,
      version: book.version,
      now: question.now
    )
  }

  /// What an interval tells: certain credits, and units of uncertain operations.
  private func interval(
    _ interval: BalanceInterval,
    _ parts: [IntervalUsage.Part],
    _ uncertain: inout [String: CalibrateReport.Uncertain]
  ) -> CalibrationInterval {
    var certain = 0.0
    var units: [String: Double] = [:]
    for part in parts {
      let credits = Double(part.credits) / 1_000_000
      let quantity = Double(part.quantity) / 1_000_000
      guard part.basis == .counted || part.basis == .assumed, quantity > 0,
        let found = self.uncertain(part)
      else {
        certain += credits
        continue
      }
      uncertain[part.operation] = found
      units[part.operation, default: 0] += quantity
    }
    return CalibrationInterval(
      to: interval.to,
      spent: interval.spent.approximate,
      certain: certain,
      units: units
    )
  }

  /// A price that is a range, or a quantity that the book assumes; nil where both are known.
  private func uncertain(_ part: IntervalUsage.Part) -> CalibrateReport.Uncertain? {
    guard let operation = book.operation(part.operation), let price = operation.rate.price else {
      return nil
    }
    let per = operation.rate.per.approximate
    if price.min < price.max {
      return CalibrateReport.Uncertain(
        rate: UncertainRate(
          operation: operation.id,
          expected: price.bounds.expected.approximate / per,
          min: price.min.approximate / per,
          max: price.max.approximate / per
        ),
        unit: operation.rate.unit,
        subject: .price(per: operation.rate.per, min: price.min, max: price.max)
      )
    }
    guard part.basis == .assumed, let assumed = operation.rate.defaultQuantity else { return nil }
    // As it is rated: a unit of the assumed quantity.
    let expected = Double(part.credits) / Double(part.quantity)
    return CalibrateReport.Uncertain(
      rate: UncertainRate(
        operation: operation.id,
        expected: expected,
        min: 0,
        max: expected * Self.mostTimesAssumed
      ),
      unit: operation.rate.unit,
      subject: .quantity(assumed: assumed.value, price: expected)
    )
  }

  /// An assumed quantity that is further off than this is no assumption about this operation.
  private static let mostTimesAssumed = 100.0
}
