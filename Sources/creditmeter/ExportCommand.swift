import ArgumentParser
import CreditCore
import LocalFiles
import Reports
import Settings
import UsageStore
import Workflows

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Stored usage for other tools.",
    subcommands: [FocusExportCommand.self, CSVExportCommand.self, NDJSONExportCommand.self]
  )
}

/// What is exported, and where to.
struct ExportOptions: ParsableArguments {
  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var periodOptions: PeriodOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String?
}

struct FocusExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "focus",
    abstract: "Usage and top-ups as FOCUS 1.2 rows, the FinOps cost and usage specification."
  )

  @OptionGroup var exportOptions: ExportOptions
  @OptionGroup var bookOptions: BookOptions

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(
    help: ArgumentHelp(
      "Mark what came to be known later than this, of billing periods closed by then, as a "
        + "correction.",
      valueName: "instant"
    )
  )
  var closedAt: Instant?

  func run() throws {
    let store = try UsageStore(path: exportOptions.databaseOptions.path, .reading)
    var question = FocusWorkflow.Question(now: bookOptions.now)
    let span = try exportOptions.periodOptions.resolve()
    (question.since, question.until) = (span.since, span.until)
    (question.org, question.closedAt) = (org, closedAt)
    question.billingDay = try TeamSettings.current().billingDay ?? 1
    let export = try FocusWorkflow(store, try bookOptions.shelf()).export(question)
    try Outcome.deliver(try export.csv(), to: exportOptions.output)
    if export.unpricedRequests > 0 {
      let count = ExactDecimal(significand: export.unpricedRequests, scale: 0).grouped()
      Outcome.say("\(count) requests have no known price and are in no row")
    }
  }
}

struct CSVExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Rated requests, one a row."
  )

  @OptionGroup var exportOptions: ExportOptions
  @OptionGroup var filterOptions: FilterOptions

  func run() throws { try exportOptions.writeRequests(as: .csv, filterOptions) }
}

struct NDJSONExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ndjson",
    abstract: "Rated requests, one JSON object a line."
  )

  @OptionGroup var exportOptions: ExportOptions
  @OptionGroup var filterOptions: FilterOptions

  func run() throws { try exportOptions.writeRequests(as: .ndjson, filterOptions) }
}

extension ExportOptions {
  fileprivate func writeRequests(
    as format: RequestListWriter.Format,
    _ filterOptions: FilterOptions
  ) throws {
    let store = try UsageStore(path: databaseOptions.path, .reading)
    var question = UsageWorkflow.Question()
    let span = try periodOptions.resolve()
    (question.since, question.until, question.zone) = (span.since, span.until, span.zone)
    question.filter = filterOptions.resolve()
    let file = try output.map { try StreamedFile($0) }
    var writer = RequestListWriter(format, zone: question.zone.name) { bytes in
      if let file { try file.write(bytes) } else { try Outcome.deliver(bytes) }
    }
    try UsageWorkflow.list(store, question, order: .oldestFirst, into: &writer)
    try file?.commit()
  }
}
