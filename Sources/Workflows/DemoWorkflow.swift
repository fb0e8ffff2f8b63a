import Bundled
import ByteSources
import CampaignFiles
public import CreditCore
import Intake
import Notifications
public import PriceBooks
import Rating
import Reports
import UsageStore

/// A tour of what creditmeter answers, on the samples that the binary carries.
public enum DemoWorkflow {
  /// When the sample history has just ended: a Monday morning.
  public static let now = Instant(microseconds: 1_795_420_800_000_000)

  private static let logs = ["samples/history.ndjson.gz", "samples/history-balance.ndjson"]

  private static func sample(_ name: String) -> SourceText {
    Bundled.file("samples/\(name).yaml")
  }

  /// The tour, a command and its result at a time.
  ///
  /// `folder`: where a database is made for it.
  public static func tour(
    under shelf: BookShelf,
    at now: Instant,
    in folder: String
  ) throws -> String {
    let book = try shelf.book(at: now)
    let workflow = EstimateWorkflow(book: book)
    var text = ""
    func step(_ command: String, _ result: String) {
      text += "$ creditmeter \(command)\n\n\(result)\n"
    }
    step(
      "estimate samples/medium.yaml",
      try workflow.answer(EstimateWorkflow.Question(files: [sample("medium")])).table
    )
    var gated = EstimateWorkflow.Question(files: [sample("small")])
    gated.gate = Gate(requiresCovered: true)
    step("estimate samples/small.yaml --require-covered", try workflow.answer(gated).table)
    let explained = try PricesWorkflow.explain(
      method: "POST",
      path: "/sequences/seq_123/contacts",
      body: nil,
      book: book,
      plan: PriceBook.defaultPlan
    )
    step("prices explain POST /sequences/seq_123/contacts", explained.table)
    let path = folder + "/demo.db"
    let counts = try load(into: path, shelf, at: now)
    step("ingest \(logs.joined(separator: " "))", counts)
    var question = ReportWorkflow.Question(
      period: CalendarPeriod.last(.weekly, before: now, in: .utc),
      now: now
    )
    question.isKept = false
    let report = try ReportWorkflow(try UsageStore(path: path, .reading), shelf).report(question)
      .rendered(as: .table)
    step("report weekly --as-of \(now)", String(decoding: report, as: UTF8.self))
    step(
      "alerts check --config samples/alerts.yaml --as-of \(now) --format table",
      try alert(path, shelf, at: now)
    )
    return text
  }

  /// What the sample rules say, and to whom.
  private static func alert(_ path: String, _ shelf: BookShelf, at now: Instant) throws -> String {
    let store = try UsageStore(path: path, .writing(holder: "creditmeter demo"))
    let setting = AlertSetting(try AlertFile.plan(sample("alerts")))
    var said = ""
    let delivery = AlertDelivery(sink: { _ in OutputSink { said += $0 } }, chance: { 0.5 })
    let report = try AlertWorkflow(store, shelf, setting).run(delivery, now: now)
    return said + String(decoding: report.table, as: UTF8.self)
  }

  /// Reads the sample history into a database; what is said of it.
  private static func load(
    into path: String,
    _ shelf: BookShelf,
    at now: Instant
  ) throws -> String {
    let store = try UsageStore(path: path, .writing(holder: "creditmeter demo"))
    let options = IngestWorkflow.Options(now: now)
    let counts = try IngestWorkflow.run(store, shelf, options) { workflow in
      for log in logs {
        try workflow.read(MemorySource(Bundled.file(log).bytes), name: log)
      }
      return workflow.counts
    }
    let report = IngestReport(counts: counts, milliseconds: 0, isRehearsal: false)
    return String(decoding: report.table, as: UTF8.self)
  }
}
