public import CreditCore
import Reports
import ServiceLifecycle
import Synchronization

/// What runs beside the requests, and how it goes.
final class Background: Sendable {
  private struct State {
    var troubles: [String: String] = [:]
    var runways: [String: [(percentile: String, days: String)]] = [:]
    var isStopping = false
  }

  private let state = Mutex(State())

  /// What does not work now, a sentence each.
  var troubles: [String] {
    state.withLock { state in
      state.troubles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }
  }

  /// - Returns: whether it is another trouble than before.
  func report(_ trouble: String?, of part: String) -> Bool {
    state.withLock { state in
      defer { state.troubles[part] = trouble }
      return trouble != nil && state.troubles[part] != trouble
    }
  }

  /// How the balance is kept up to date, for the dashboard.
  func polling(every span: Span?) -> DashboardValues.Polling {
    guard let span else { return .noKey }
    return state.withLock { $0.troubles["poll"] }.map { .failing($0) } ?? .every(span)
  }

  var isStopping: Bool { state.withLock { $0.isStopping } }
  func stop() { state.withLock { $0.isStopping = true } }

  func runway(of org: String) -> [(percentile: String, days: String)]? {
    state.withLock { $0.runways[org] }
  }

  func set(runway: [(percentile: String, days: String)], of org: String) {
    state.withLock { $0.runways[org] = runway }
  }
}

/// What a background task came to.
public struct BackgroundStep: Sendable {
  /// When it wants to be asked again; earlier does no harm.
  public var next: Instant
  /// What does not work, a sentence; nil where all does.
  public var trouble: String?
  /// Something for the log.
  public var news: String?
  /// Whether open pages show something else now.
  public var isChange = false

  public init(next: Instant) { self.next = next }
}

/// One thing that is done again and again while the service runs.
public struct BackgroundTask: Sendable {
  /// One word for metrics and readiness: `poll`, `alerts`, `reports`.
  public var name: String
  /// Does what is due; may block.
  public var step: @Sendable (Instant) throws -> BackgroundStep

  public init(name: String, step: @escaping @Sendable (Instant) throws -> BackgroundStep) {
    (self.name, self.step) = (name, step)
  }
}

/// Runs a task until the service stops; what it is doing then, it ends.
struct BackgroundLoop: Service {
  let task: BackgroundTask
  let desk: ServiceDesk
  /// So that a clock that jumps, and a task that is to hurry, are noticed.
  private static let longestPause: Int64 = 2_000_000
  private static let shortestPause: Int64 = 200_000

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let now = desk.now()
        var step = BackgroundStep(next: Instant(microseconds: now.microseconds + 60_000_000))
        do { step = try await desk.run { try task.step(now) } } catch {
          desk.metrics.countFault(of: task.name)
          step.trouble = (error as? BadInput)?.brief ?? "\(error)"
        }
        tell(step)
        let pause = step.next.microseconds - desk.now().microseconds
        let microseconds = min(max(pause, Self.shortestPause), Self.longestPause)
        try await Task.sleep(for: .microseconds(microseconds))
      }
    }
  }

  private func tell(_ step: BackgroundStep) {
    if desk.background.report(step.trouble, of: task.name), let trouble = step.trouble {
      desk.log.say(.warning, "\(task.name): \(trouble)")
    }
    if let news = step.news { desk.log.say(.info, "\(task.name): \(news)") }
    if step.isChange { desk.events.tell() }
  }
}
