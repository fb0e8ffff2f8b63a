public import CreditCore
public import Graph8API
import Intake
public import PriceBooks
public import Reports
import RequestLogs
public import UsageStore

/// Takes in what the provider itself says: the balance, its ledger, and its log of requests.
///
/// All of it goes the way that logs go, so that what is known already is not stored again.
public final class SyncWorkflow {
  private let client: Graph8Client
  private let store: UsageStore
  private let shelf: BookShelf
  private let now: Instant
  private var report = SyncReport()
  /// Why nothing else would be answered either.
  private var refusal: Graph8Fault?
  /// Hears which page of what was stored.
  public var onPage: (String) -> Void = { _ in }

  public init(_ client: Graph8Client, _ store: UsageStore, _ shelf: BookShelf, now: Instant) {
    self.client = client
    self.store = store
    self.shelf = shelf
    self.now = now
  }

  /// Stores a snapshot, whoever took it; whether it was not known yet.
  public static func keep(
    _ snapshot: Snapshot,
    source: String,
    _ store: UsageStore,
    _ shelf: BookShelf,
    now: Instant
  ) throws -> SnapshotReport {
    var options = IngestWorkflow.Options(now: now)
    options.source = source
    let counts = try IngestWorkflow.run(store, shelf, options) { workflow in
      try workflow.take(.snapshot(snapshot))
      return workflow.counts
    }
    return SnapshotReport(snapshot: snapshot, isNew: counts.accepted > 0)
  }

  /// The balance, the ledger and the log of requests, in this order.
  ///
  /// What of it cannot be had is told in the report, and does not keep the rest away, but for a
  /// key that is not accepted. Throws what storing throws.
  public func run(_ endpoint: BalanceEndpoint) throws -> SyncReport {
    try telling {
      let snapshot = try client.balance(endpoint)
      report.snapshot = try Self.keep(snapshot, source: Self.source, store, shelf, now: now)
    }
    try telling { try part("transactions", .transactions, client.transactions) }
    try telling { try part("logs", .json, client.logs) }
    return report
  }

  /// The source that its rows are stored under.
  public static let source = "graph8"

  private func telling(_ body: () throws -> Void) throws {
    if refusal != nil { return }
    do { try body() } catch let fault as Graph8Fault {
      report.faults.append(fault.description)
      if [.notAllowed, .blocked, .limited, .stopped].contains(fault.kind) { refusal = fault }
    } catch let fault as UnreadableLog {
      report.faults.append((fault.cause as? BadInput)?.brief ?? "\(fault.cause)")
    }
  }

  private func part(
    _ name: String,
    _ format: LogFormat,
    _ pages: ((Page) throws -> Void) throws -> Void
  ) throws {
    var options = IngestWorkflow.Options(now: now)
    options.org = client.account.org
    options.source = Self.source
    // Pages that came before a fault are kept.
    var fault: (any Error)?
    try IngestWorkflow.run(store, shelf, options) { workflow in
      var part = SyncReport.Part(name: name, pages: 0, counts: ImportCounts())
      do {
        try pages { [self] page in
          part.pages += 1
          if page.rows > 0 {
            let place = "graph8 \(name), page \(part.pages)"
            try workflow.read(page: page.body, as: format, name: place)
          }
          onPage("\(name), page \(part.pages): \(workflow.counts.read) rows")
        }
      } catch let error where error is Graph8Fault || error is UnreadableLog {
        fault = error
      }
      part.counts = workflow.counts
      report.parts.append(part)
    }
    if let fault { throw fault }
  }
}
