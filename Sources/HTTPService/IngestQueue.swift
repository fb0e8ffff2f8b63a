import ByteSources
import CreditCore
import HTTPTypes
import NIOPosix
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
    var now: Instant
  }

  private struct Waiting {
    var job: Job
    var answer: CheckedContinuation<IngestReport, any Error>
  }

  private struct State {
    var waiting: [Waiting] = []
    var bytes = 0
    var isRunning = false
  }

  private let store: UsageStore
  private let shelf: BookShelf
  private let steps: [String: Int64]
  private let milliseconds: @Sendable () -> Int
  private let writer = NIOThreadPool(numberOfThreads: 1)
  private let state = Mutex(State())
  /// Bytes that may wait; more are sent away, to come again.
  private static let limit = 64 << 20
  /// Rejected lines that a client is told of; all of them are kept.
  private static let shownRejects = 20

  init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    steps: [String: Int64],
    milliseconds: @escaping @Sendable () -> Int
  ) {
    self.store = store
    self.shelf = shelf
    self.steps = steps
    self.milliseconds = milliseconds
    writer.start()
  }

  var depth: Int { state.withLock { $0.waiting.count } }

  /// Stores what a job brings; it is on the disk when this returns.
  ///
  /// Throws ``Fault`` where too much waits, ``BadInput`` for what cannot be read.
  func take(_ job: Job) async throws -> IngestReport {
    try await withCheckedThrowingContinuation { continuation in
      let (isFull, mustStart) = state.withLock { state in
        if state.bytes + job.bytes.count > Self.limit, !state.waiting.isEmpty {
          return (true, false)
        }
        state.waiting.append(Waiting(job: job, answer: continuation))
        state.bytes += job.bytes.count
        defer { state.isRunning = true }
        return (false, !state.isRunning)
      }
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
      if mustStart { writer.submit { _ in self.work() } }
    }
  }

  /// Runs until nothing waits.
  private func work() {
    while true {
      let waiting = state.withLock { state in
        defer { (state.waiting, state.bytes) = ([], 0) }
        if state.waiting.isEmpty { state.isRunning = false }
        return state.waiting
      }
      if waiting.isEmpty { return }
      for group in Self.groups(waiting) { store(group) }
    }
  }

  /// Those of one organisation and source together, in the order they came.
  private static func groups(_ waiting: [Waiting]) -> [[Waiting]] {
    var groups: [[Waiting]] = []
    var places: [String: Int] = [:]
    for one in waiting {
      let key = "\(one.job.org ?? "")\u{0}\(one.job.org == nil)\u{0}\(one.job.source)"
      if let place = places[key] {
        groups[place].append(one)
      } else {
        places[key] = groups.count
        groups.append([one])
      }
    }
    return groups
  }

  private func store(_ group: [Waiting]) {
    guard let first = group.first?.job else { return }
    var options = IngestWorkflow.Options(now: first.now)
    options.source = first.source
    options.org = first.org
    options.ownsAll = first.org != nil
    options.steps = steps
    do {
      let results: [Result<IngestReport, any Error>] = try IngestWorkflow.run(store, shelf, options)
      { workflow in
        let started = milliseconds()
        return try group.map { one in
          do {
            var rejects: [IngestReport.RejectedLine] = []
            workflow.onReject = { reject in
              if rejects.count < Self.shownRejects { rejects.append(.init(reject)) }
            }
            let counts = try workflow.take(one.job.bytes, as: one.job.format, name: one.job.name)
            var report = IngestReport(
              counts: counts,
              milliseconds: milliseconds() - started,
              isRehearsal: false
            )
            report.rejects = rejects
            return .success(report)
          } catch let fault as UnreadableLog { return .failure(fault) }
        }
      }
      for (one, result) in zip(group, results) { one.answer.resume(with: result) }
    } catch {
      for one in group { one.answer.resume(throwing: error) }
    }
  }

  func stop() async { try? await writer.shutdownGracefully() }
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
