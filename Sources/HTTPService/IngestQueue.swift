import ByteSources
import CreditCore
import HTTPTypes
import Intake
import NIOConcurrencyHelpers
import NIOPosix
import PriceBooks
import Reports
import RequestLogs
import Synchronization
import UsageStore
import Workflows

/// Takes in what clients send, one after the other, and answers after it is on the disk.
///
/// What waits while a transaction is written goes into the next one together, so that many clients
/// share one wait for the disk.
final class IngestQueue: Sendable {
  /// What one client sends.
  struct Job: Sendable {
    var bytes: [UInt8]
    var format: LogFormat?
    var name: String
    var source: String
    /// Nil where the records say it themselves.
    var org: String?
  }

  private struct Waiting {
    var job: Job
    var answer: CheckedContinuation<IngestReport, any Error>
  }

  private struct State {
    var waiting: [Waiting] = []
    var bytes = 0
    var isOver = false
  }

  private let store: UsageStore
  private let shelf: BookShelf
  private let steps: [String: Int64]
  private let milliseconds: @Sendable () -> Int
  private let now: @Sendable () -> Instant
  private let thread = NIOThreadPool(numberOfThreads: 1)
  /// Whether something waits, or nothing more will.
  private let signal = ConditionLock(value: false)
  private let state = Mutex(State())
  /// Bytes that may wait; more are sent away, to come again.
  private static let limit = 64 << 20
  /// How long others who want to write wait for a session at most.
  private static let sessionMilliseconds = 250
  /// How long a session waits for more.
  private static let idleSeconds = 0.02
  /// Rejected lines that a client is told of; all of them are kept.
  private static let shownRejects = 20

  init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    steps: [String: Int64],
    _ clock: ServiceClock
  ) {
    self.store = store
    self.shelf = shelf
    self.steps = steps
    (now, milliseconds) = (clock.now, clock.milliseconds)
    thread.start()
    thread.submit { _ in self.work() }
  }

  var depth: Int { state.withLock { $0.waiting.count } }

  /// Stores what a job brings; it is on the disk when this returns.
  ///
  /// Throws ``Fault`` where too much waits, ``BadInput`` for what cannot be read.
  func take(_ job: Job) async throws -> IngestReport {
    try await withCheckedThrowingContinuation { continuation in
      signal.lock()
      let isFull = state.withLock { state in
        let isTooMuch = state.bytes + job.bytes.count > Self.limit && !state.waiting.isEmpty
        if state.isOver || isTooMuch { return true }
        state.waiting.append(Waiting(job: job, answer: continuation))
        state.bytes += job.bytes.count
        return false
      }
      signal.unlock(withValue: true)
      if isFull {
        continuation.resume(
          throwing: Fault(
            .serviceUnavailable,
            "busy",
            "too much waits to be stored; send it again",
            headers: [.retryAfter: "1"]
          )
        )
      }
    }
  }

  /// Takes in what comes, until the queue is stopped.
  private func work() {
    var warmth = IngestSession.Warmth()
    while wait(forAsLongAs: nil) {
      let setting = IngestSession.Setting(steps: steps, now: now())
      do {
        try IngestSession.run(store, shelf, setting, &warmth) { session in
          let end = milliseconds() + Self.sessionMilliseconds
          repeat {
            try store(takeWaiting(), session)
          } while milliseconds() < end && wait(forAsLongAs: Self.idleSeconds)
        }
      } catch {
        // Where the database cannot be opened, nobody took those who wait.
        for one in takeWaiting() { one.answer.resume(throwing: error) }
      }
    }
  }

  /// - Returns: false where nothing came in time, or nothing more will come.
  private func wait(forAsLongAs seconds: Double?) -> Bool {
    if let seconds {
      guard signal.lock(whenValue: true, timeoutSeconds: seconds) else { return false }
    } else {
      signal.lock(whenValue: true)
    }
    defer { signal.unlock() }
    return state.withLock { !$0.waiting.isEmpty }
  }

  private func takeWaiting() -> [Waiting] {
    signal.lock()
    let waiting = state.withLock { state in
      defer { (state.waiting, state.bytes) = ([], 0) }
      return state.waiting
    }
    signal.unlock(withValue: state.withLock { $0.isOver })
    return waiting
  }

  /// Stores what clients sent in one transaction, and tells each what came of its own.
  private func store(_ waiting: [Waiting], _ session: IngestSession) throws {
    do {
      let results = try waiting.map { one -> Result<IngestReport, any Error> in
        do { return .success(try take(one.job, session)) } catch let fault as UnreadableLog {
          return .failure(fault)
        }
      }
      try session.commit()
      for (one, result) in zip(waiting, results) { one.answer.resume(with: result) }
    } catch {
      for one in waiting { one.answer.resume(throwing: error) }
      throw error
    }
  }

  private func take(_ job: Job, _ session: IngestSession) throws -> IngestReport {
    let started = milliseconds()
    var rejects: [IngestReport.RejectedLine] = []
    let counts = try session.take(
      job.bytes,
      as: job.format,
      org: job.org,
      source: job.source,
      name: job.name
    ) { reject in
      if rejects.count < Self.shownRejects { rejects.append(.init(reject)) }
    }
    var report = IngestReport(
      counts: counts,
      milliseconds: milliseconds() - started,
      isRehearsal: false
    )
    report.rejects = rejects
    return report
  }

  /// Takes no more; what waits is stored.
  func close() {
    endWaiting()
    thread.shutdownGracefully { _ in }
  }

  /// Ends once all that waits is stored.
  func stop() async {
    endWaiting()
    try? await thread.shutdownGracefully()
  }

  private func endWaiting() {
    signal.lock()
    state.withLock { $0.isOver = true }
    signal.unlock(withValue: true)
  }
}

extension IngestReport.RejectedLine {
  fileprivate init(_ reject: Reject) {
    self.init(
      line: reject.line,
      column: reject.column,
      reason: reject.reason.rawValue,
      message: reject.message
    )
  }
}
