import Alerting
import CreditCore
import Graph8API
import HTTPService
import PriceBooks
import Reports
import Settings
import Synchronization
import UsageStore
import Workflows

/// What a service does beside answering: asks graph8, evaluates alerts, sends reports.
struct ServiceTasks: Sendable {
  let store: UsageStore
  let shelf: BookShelf
  let team: Settings
  let alerts: AlertSetting?
  let isStopping: StopFlag
  /// Asks graph8 sooner than it is due; does nothing where it is not asked at all.
  private(set) var hurry: @Sendable (Instant) -> Void = { _ in }
  /// How often the balance is asked for; nil where there is no key.
  private(set) var polls: Span?
  private(set) var all: [BackgroundTask] = []
  /// When alerts are to be evaluated next.
  private let evaluation = Shared(Mutex(Instant(microseconds: .min)))

  /// Every five minutes, unless told.
  private static let usualPause = Span(seconds: 300)
  private static let evaluationPause = Span(seconds: 60)

  init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ team: Settings,
    _ alerts: AlertSetting?,
    org: String?,
    _ isStopping: StopFlag
  ) throws {
    (self.store, self.shelf, self.team, self.alerts) = (store, shelf, team, alerts)
    self.isStopping = isStopping
    if let key = try? Graph8Options.key() { addPolling(key, org) }
    if let alerts { addAlerts(alerts) }
    if !team.reports.isEmpty { try addReports(org) }
  }

  private mutating func addPolling(_ key: Secret, _ org: String?) {
    let every = team.graph8?.pollEvery ?? Self.usualPause
    let endpoint = team.graph8?.api.flatMap { BalanceEndpoint(rawValue: $0.rawValue) } ?? .credits
    let (store, shelf, isStopping) = (store, shelf, isStopping)
    let poller = Mutex(
      SnapshotPoller(every: every, endpoint, shelf, chance: { .random(in: 0...1) }) {
        try Graph8Options.client(
          Graph8Account(
            address: Environment["CREDITMETER_API_URL"],
            key: try Graph8Options.key(),
            org: org
          ),
          shelf,
          wait: { isStopping.wait(microseconds: $0) },
          mustEnd: { isStopping.isSet }
        )
      }
    )
    let (shared, evaluation) = (Shared(poller), evaluation)
    polls = every
    // Kept apart, so that nobody waits for graph8 who only wishes to.
    let wish = Shared(Mutex(Instant?.none))
    hurry = { now in wish.value.withLock { $0 = now } }
    all.append(
      BackgroundTask(name: "poll") { now in
        let wished = wish.value.withLock { wished in
          defer { wished = nil }
          return wished
        }
        return shared.value.withLock { poller in
          if let wished { poller.hurry(now: wished) }
          let step = poller.step(store, now: now)
          var result = BackgroundStep(next: step.next)
          (result.trouble, result.news) = (poller.state.fault, step.news)
          result.isChange = step.snapshot?.isNew == true
          // Nobody should wait a minute to hear of a balance that fell.
          if result.isChange { evaluation.value.withLock { $0 = now } }
          return result
        }
      }
    )
  }

  private mutating func addAlerts(_ setting: AlertSetting) {
    let (store, shelf, due) = (store, shelf, evaluation)
    all.append(
      BackgroundTask(name: "alerts") { now in
        let next = due.value.withLock { $0 }
        // A clock that was set back makes nobody wait.
        if now < next, next.microseconds - now.microseconds <= Self.evaluationPause.microseconds {
          return BackgroundStep(next: next)
        }
        let report = try AlertWorkflow(store, shelf, setting)
          .run(AlertOptions.delivery(asLines: true), now: now)
        let after = now.later(by: Self.evaluationPause)
        due.value.withLock { $0 = after }
        var step = BackgroundStep(next: after)
        step.trouble = report.faults.first
        step.isChange = report.sent > 0
        return step
      }
    )
  }

  private mutating func addReports(_ org: String?) throws {
    var reports = ScheduledReports(
      team.reports,
      to: alerts?.plan.destinations ?? [],
      AlertOptions.sinks(asLines: true),
      shelf,
      chance: { .random(in: 0...1) }
    )
    reports.zone = try team.timezone.map(Zones.named) ?? .utc
    reports.weekStart = team.weekStart?.number ?? 1
    reports.billingDay = team.billingDay
    reports.org = org
    let unknown = reports.unknownDestinations
    if !unknown.isEmpty { throw BadInput(unknown) }
    let shared = Shared(Mutex(reports))
    let store = store
    all.append(
      BackgroundTask(name: "reports") { now in
        try shared.value.withLock { reports in
          let sent = try reports.step(store, now: now)
          var step = BackgroundStep(next: sent.next)
          step.trouble = sent.trouble
          if !sent.sent.isEmpty { step.news = "sent " + sent.sent.joined(separator: ", ") }
          return step
        }
      }
    )
  }
}

/// A value that closures of several threads share.
private final class Shared<Value: ~Copyable & Sendable>: Sendable {
  let value: Value
  init(_ value: consuming Value) { self.value = value }
}

/// The wish that everything ends, from any thread.
final class StopFlag: Sendable {
  private let flag = Mutex(false)

  var isSet: Bool { flag.withLock { $0 } }
  func set() { flag.withLock { $0 = true } }

  /// Waits so long, or until it is set.
  func wait(microseconds: Int64) {
    var left = microseconds
    while left > 0, !isSet {
      let part = min(left, 50_000)
      StopSignals.pause(Int((part + 999) / 1_000))
      left -= part
    }
  }
}
