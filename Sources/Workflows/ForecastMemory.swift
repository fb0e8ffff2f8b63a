import CreditCore
import Forecasting
import Synchronization
import UsageStore

/// What forecasts rest on and come to, for questions of the same days that come again and again.
///
/// It serves one ``UsageStore`` and one zone.
final class ForecastMemory: Sendable {
  /// Something that was read of the requests before an instant.
  private struct Known<Value: Sendable>: Sendable {
    var value: Value
    /// Commits that were counted before it was read.
    var changes: Int
  }

  private struct Span: Hashable {
    var orgs: [String]
    var from: Instant
    var until: Instant
  }

  private struct Past: Hashable {
    var org: String?
    var end: CivilDate
  }

  private struct Series: Hashable {
    var values: [Double]
    var horizon: Int
  }

  private struct State {
    var histories: [Past: Known<SpendingHistory?>] = [:]
    var credits: [Span: Known<Int128>] = [:]
    var forecasts: [Series: Forecast] = [:]
    var backTests: [Series: Forecast.BackTest] = [:]
  }

  private let state = Mutex(State())
  private static let limit = 200

  /// Credits of the whole days of an organisation before one.
  func history(
    _ store: UsageStore,
    org: String?,
    zone: Zone,
    until end: CivilDate
  ) throws -> SpendingHistory? {
    let past = Past(org: org, end: end)
    let changes = store.changes
    if let known = state.withLock({ $0.histories[past] }),
      !store.hasChanged(before: zone.start(of: end), since: known.changes)
    {
      return known.value
    }
    let history = try SpendingHistory(store, org: org, zone: zone, until: end)
    state.withLock { state in
      if state.histories.count >= Self.limit { state.histories = [:] }
      state.histories[past] = Known(value: history, changes: changes)
    }
    return history
  }

  /// Micro-credits of a span, to the quarter of an hour.
  func credits(
    _ store: UsageStore,
    of orgs: [String],
    from: Instant,
    until: Instant
  ) throws -> Int128 {
    let span = Span(orgs: orgs, from: from, until: until)
    let changes = store.changes
    if let known = state.withLock({ $0.credits[span] }),
      !store.hasChanged(before: until, since: known.changes)
    {
      return known.value
    }
    let credits = try store.credits(of: orgs, from: from, until: until)
    state.withLock { state in
      if state.credits.count >= Self.limit { state.credits = [:] }
      state.credits[span] = Known(value: credits, changes: changes)
    }
    return credits
  }

  /// What ``Forecaster`` makes of values, which is always the same.
  func forecast(_ values: [Double], horizon: Int) -> Forecast? {
    let series = Series(values: values, horizon: horizon)
    if let known = state.withLock({ $0.forecasts[series] }) { return known }
    let forecast = Forecaster.forecast(values, horizon: horizon)
    state.withLock { state in
      if state.forecasts.count >= Self.limit { state.forecasts = [:] }
      state.forecasts[series] = forecast
    }
    return forecast
  }

  /// How ``Forecaster`` did on values before.
  func backTest(_ values: [Double], horizon: Int) -> Forecast.BackTest {
    let series = Series(values: values, horizon: horizon)
    if let known = state.withLock({ $0.backTests[series] }) { return known }
    let backTest = Forecaster.backTest(values, horizon: horizon)
    state.withLock { state in
      if state.backTests.count >= Self.limit { state.backTests = [:] }
      state.backTests[series] = backTest
    }
    return backTest
  }
}

extension UsageStore {
  /// Micro-credits of a span, to the quarter of an hour; of all where `orgs` is empty.
  func credits(of orgs: [String], from: Instant, until: Instant) throws -> Int128 {
    try quarters(of: orgs, from: from, until: until).reduce(0) { $0 + Int128($1.credits) }
  }
}
